/** Beyond this many steps a difference is not looked for any further: everything between is shown as changed. */
const MOST_STEPS = 2_000_000;

interface Change {
  readonly op: ' ' | '-' | '+';
  readonly line: string;
}

/**
 * The unified difference of two texts, as lines, with one line around each change; empty for equal texts. The names in
 * its head are `current` and `snapshot`.
 */
export function unifiedDiff(current: string, snapshot: string): string[] {
  if (current === snapshot) return [];
  const changes = changesOf(current.split('\n'), snapshot.split('\n'));
  return ['--- current', '+++ snapshot', ...hunks(changes)];
}

function changesOf(before: readonly string[], after: readonly string[]): Change[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const rest = Math.min(before.length, after.length) - head;
  while (tail < rest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const same = (line: string): Change => ({ op: ' ', line });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** By the longest common subsequence, when that is not too much work. */
function middle(before: readonly string[], after: readonly string[]): Change[] {
  if (before.length * after.length > MOST_STEPS)
    return [
      ...before.map((line): Change => ({ op: '-', line })),
      ...after.map((line): Change => ({ op: '+', line })),
    ];
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      longest[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      changes.push({ op: ' ', line: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      changes.push({ op: '-', line: old });
      i += 1;
    } else {
      changes.push({ op: '+', line: fresh ?? '' });
      j += 1;
    }
  }
  return changes;
}

function hunks(changes: readonly Change[]): string[] {
  const shown = changes.map((_, at) =>
    [at - 1, at, at + 1].some((near) => (changes[near]?.op ?? ' ') !== ' '),
  );
  const lines: string[] = [];
  let [before, after] = [0, 0];
  for (let at = 0; at < changes.length;) {
    const start = at;
    while (at < changes.length && shown[at] === shown[start]) at += 1;
    const run = changes.slice(start, at);
    const old = run.filter(({ op }) => op !== '+').length;
    const fresh = run.filter(({ op }) => op !== '-').length;
    if (shown[start] === true) {
      lines.push(`@@ -${range(before, old)} +${range(after, fresh)} @@`);
      lines.push(...run.map(({ op, line }) => op + line));
    }
    before += old;
    after += fresh;
  }
  return lines;
}

/** Lines count from 1; one line is written without its count, and none as the line before it with a count of 0. */
function range(start: number, count: number): string {
  if (count === 1) return String(start + 1);
  return count === 0 ? `${start},0` : `${start + 1},${count}`;
}
