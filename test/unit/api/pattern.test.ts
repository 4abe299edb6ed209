import fc from 'fast-check';
import t from 'tap';
import { fuzzyPattern } from '../../../lib/api/index.js';

/** Patterns of everything that is understood, whole by construction. */
const pattern = fc.letrec<{ part: string; piece: string; whole: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '-', '.', '[ab]', '[^a]', '[a-c]', '[]a]', '[a-]', '\\.', '^', '$'),
    tie('whole').map((inside) => `(${inside})`),
  ),
  piece: fc
    .tuple(tie('part'), fc.constantFrom('', '', '*', '+', '?'))
    .map(([part, often]) => (/^[\^$]$/.test(part) ? part : part + often)),
  whole: fc
    .array(fc.array(tie('piece'), { maxLength: 4 }), { minLength: 1, maxLength: 2 })
    .map((ways) => ways.map((pieces) => pieces.join('')).join('|')),
})).whole;

void t.test('matches exactly where a regular expression does', (t) => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '.', ']'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 1, maxLength: 5 }), (text, names) => {
      fc.pre(text.length <= 128);
      const expression = new RegExp(text.replaceAll('[]a]', '[\\]a]'));
      const matches = fuzzyPattern(text);
      for (const one of names)
        if (matches(one) !== expression.test(one)) throw new Error(`${text} on ${one}`);
    }),
    { numRuns: 2000 },
  );
  t.pass('2000 patterns');
  t.end();
});

void t.test('no pattern is catastrophic: the work is bounded by its length times that of the name', (t) => {
  const name = `${'a'.repeat(255)}b`;
  for (const text of [
    '^(a*)*$',
    '^(a|a)*$',
    '^(a|aa)+$',
    `^${'a*'.repeat(60)}$`,
    '((a+)+)+c',
    `${'a?'.repeat(55)}${'a'.repeat(8)}c`,
  ])
    t.equal(fuzzyPattern(text)(name), false, text);
  t.equal(fuzzyPattern('(a*)*b$')(name), true);
  t.end();
});

void t.test('a pattern that is not understood is BAD_INPUT', (t) => {
  for (const text of [
    '[',
    '[b-a]',
    '(',
    'a)',
    '*',
    '+a',
    '\\d',
    '\\',
    'a{2}',
    '(?:a)',
    'a**',
    'x'.repeat(129),
  ])
    t.throws(() => fuzzyPattern(text), { code: 'BAD_INPUT' }, text);
  t.end();
});
