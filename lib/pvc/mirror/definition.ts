import { DroverError } from '../../core/index.js';

/**
 * The definition at a snapshot: the present one, changed as the snapshot's unified difference says. Each change is put where its
 * lines are, not where its numbers point: PVC writes the text anew with other quotes, and lines move (M15).
 *
 * @param changes lines of a unified difference from `current` to the snapshot; none: it has not changed
 * @returns the definition; REFUSED when its changes do not fit
 */
export function definitionAt(current: string, changes: readonly string[]): string {
  const hunks = hunksOf(changes);
  if (hunks.length === 0) return current;
  const lines = current.split('\n');
  let shift = 0;
  for (const { start, before, after } of hunks) {
    const at = placeOf(lines, before, Math.max(0, start - 1 + shift));
    lines.splice(at, before.length, ...after.map((line) => line.text(lines, at)));
    shift += after.length - before.length;
  }
  return lines.join('\n');
}

interface Hunk {
  readonly start: number;
  readonly before: readonly string[];
  readonly after: readonly { text(lines: readonly string[], at: number): string }[];
}

function hunksOf(changes: readonly string[]): Hunk[] {
  const hunks: { start: number; before: string[]; after: Hunk['after'][number][] }[] = [];
  for (const line of changes) {
    const [, start] = /^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@/.exec(line) ?? [];
    const hunk = hunks.at(-1);
    const [mark, text] = [line[0], line.slice(1)];
    if (start !== undefined) hunks.push({ start: Number(start), before: [], after: [] });
    else if (hunk === undefined) continue;
    else if (mark === '+') hunk.after.push({ text: () => text });
    else if (mark === '-') hunk.before.push(text);
    else {
      // What has not changed stays as it is written now.
      const place = hunk.before.push(text) - 1;
      hunk.after.push({ text: (lines, at) => lines[at + place] ?? text });
    }
  }
  return hunks;
}

/** Where these lines are: as near as can be to where they should be. */
function placeOf(lines: readonly string[], wanted: readonly string[], near: number): number {
  const plain = (line: string) => line.replaceAll('"', "'").trim();
  const places = [...lines.keys()].filter((at) =>
    wanted.every((line, index) => plain(lines[at + index] ?? '') === plain(line)),
  );
  if (wanted.length === 0) places.push(lines.length);
  const [place] = places.sort((one, other) => Math.abs(one - near) - Math.abs(other - near));
  if (place !== undefined) return place;
  throw new DroverError('REFUSED', {
    object: 'the definition at the snapshot',
    reason: `its changes do not fit what the VM is now: there is no line '${plain(wanted[0] ?? '')}'`,
    remedy: 'send a snapshot that was taken after the last change of the definition',
  });
}
