import fc from 'fast-check';
import t from 'tap';
import { unifiedDiff } from '../../../lib/api/view/line-diff.js';

/** What `patch` would make of it: a hunk head says where in the old text its lines begin. */
function patched(text: string, diff: readonly string[]): string {
  const old = text.split('\n');
  const fresh: string[] = [];
  let at = 0;
  for (const line of diff.slice(2)) {
    const [, start, count] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line) ?? [];
    if (start !== undefined) {
      const begin = Number(start) - (count === '0' ? 0 : 1);
      fresh.push(...old.slice(at, begin));
      at = begin;
    } else if (line.startsWith('+')) fresh.push(line.slice(1));
    else {
      if (old[at] !== line.slice(1)) throw new Error(`line ${at}: ${line}`);
      if (line.startsWith(' ')) fresh.push(line.slice(1));
      at += 1;
    }
  }
  return [...fresh, ...old.slice(at)].join('\n');
}

void t.test('applied to the one text, the difference gives the other', (t) => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '<x/>'), { maxLength: 14 })
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const diff = unifiedDiff(one, other);
      if ((diff.length === 0) !== (one === other)) throw new Error('empty for equal texts only');
      if (diff.length > 0 && patched(one, diff) !== other) throw new Error(diff.join('\n'));
    }),
    { numRuns: 1000 },
  );
  t.pass('1000 pairs');
  t.end();
});

void t.test('the heads of hunks count as `diff -U1` does', (t) => {
  const lines = (text: string) => text.split('').join('\n');
  const heads = (one: string, other: string) =>
    unifiedDiff(lines(one), lines(other)).filter((line) => line.startsWith('@@'));
  t.same(heads('abcdefgh', 'aBcdefGh'), ['@@ -1,3 +1,3 @@', '@@ -6,3 +6,3 @@']);
  t.same(heads('ab', 'abc'), ['@@ -2 +2,2 @@']);
  t.same(heads('ab', 'b'), ['@@ -1,2 +1 @@']);
  t.end();
});

void t.test('texts that have nothing in common are shown as changed whole, however long', (t) => {
  const one = Array.from({ length: 3000 }, (_, n) => `old ${n}`).join('\n');
  const other = Array.from({ length: 3000 }, (_, n) => `new ${n}`).join('\n');
  const diff = unifiedDiff(one, other);
  t.equal(diff.length, 6003);
  t.equal(patched(one, diff), other);
  t.end();
});
