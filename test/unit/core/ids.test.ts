import * as fc from 'fast-check';
import t from 'tap';
import { below, hexId, type Random, requestId, uuid } from '../../../lib/core/index.js';

const UINT32 = fc.integer({ min: 0, max: 0xffff_ffff });

/** Says the given numbers in turn, over and over. */
function saying(numbers: readonly number[]): Random {
  let at = 0;
  return { uint32: () => numbers[at++ % numbers.length] ?? 0 };
}

const random = fc.array(UINT32, { minLength: 4, maxLength: 8 }).map((numbers) => ({
  numbers,
  make: () => saying(numbers),
}));

void t.test('hex ids have the length that was asked for, and use every digit drawn', (t) => {
  fc.assert(
    fc.property(random, fc.nat(40), ({ make }, count) => {
      const id = hexId(make(), count);
      return id.length === count && /^[0-9a-f]*$/.test(id);
    }),
  );
  t.equal(hexId(saying([0x1, 0xabcdef01])), '00000001abcdef01', 'small numbers keep their zeroes');
  t.equal(hexId(saying([0x12345678]), 3), '123');
  t.end();
});

void t.test('a UUID is of version 4 and variant 1, and its other digits are the random ones', (t) => {
  fc.assert(
    fc.property(random, ({ make }) => {
      const id = uuid(make());
      t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const digits = id.replaceAll('-', '');
      const drawn = hexId(make(), 32);
      for (const [at, digit] of drawn.split('').entries())
        if (at !== 12 && at !== 16 && digits[at] !== digit) t.fail(`digit ${at} of ${id}`);
    }),
    { numRuns: 50 },
  );
  const variants = [0x0, 0x4, 0x8, 0xc].map((n) => uuid(saying([0, 0, (n << 28) >>> 0, 0])).charAt(19));
  t.same(variants, ['8', '8', '8', '8']);
  const low = [0x1, 0x2, 0x3].map((n) => uuid(saying([0, 0, (n << 28) >>> 0, 0])).charAt(19));
  t.same(low, ['9', 'a', 'b'], 'the two free bits of the variant stay');
  t.end();
});

void t.test('different draws make different ids', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(UINT32, { minLength: 2, maxLength: 2 }), ([first = 0, second = 0]) => {
      return hexId(saying([first])) !== hexId(saying([second]));
    }),
  );
  t.pass('for any two draws');
  t.end();
});

void t.test('a number below a bound is an integer from 0 to bound − 1, both reached', (t) => {
  fc.assert(
    fc.property(UINT32, fc.integer({ min: 1, max: 2 ** 32 }), (draw, bound) => {
      const number = below(saying([draw]), bound);
      return Number.isInteger(number) && number >= 0 && number < bound;
    }),
  );
  t.equal(below(saying([0]), 6), 0);
  t.equal(below(saying([0xffff_ffff]), 6), 5);
  t.equal(below(saying([0xffff_ffff]), 2 ** 32), 0xffff_ffff);
  t.end();
});

void t.test('the id of a request is taken as it is, or refused with its name', (t) => {
  const first = fc.constantFrom(...'abcxyz0189'.split(''));
  const rest = fc.string({ unit: fc.constantFrom(...'abcxyz0189-'.split('')), maxLength: 63 });
  fc.assert(fc.property(first, rest, (head, tail) => requestId(head + tail, 'task') === head + tail));
  const bad = ['', '-a', 'A', 'a_b', 'a/b', 'a b', 'a\n', 'ä', '..', 'a'.repeat(65)];
  for (const text of bad)
    t.throws(() => requestId(text, 'task'), { code: 'BAD_INPUT', object: /^task "/ }, JSON.stringify(text));
  t.end();
});

void t.test('whatever is refused, the message stays short and on one line', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 65, maxLength: 5000 }), (text) => {
      try {
        requestId(text, 'task');
      } catch (error) {
        return (error as Error).message.length < 1000 && !(error as Error).message.includes('\n');
      }
      return false;
    }),
    { numRuns: 20 },
  );
  t.pass('for any long text');
  t.end();
});
