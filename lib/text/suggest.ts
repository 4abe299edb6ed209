/** The number of single-letter changes (insert, delete, replace, swap of neighbours) from `from` to `to`. */
export function editDistance(from: string, to: string): number {
  const [a, b] = [Array.from(from), Array.from(to)];
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of a.entries()) {
    const next = [row + 1];
    for (const [column, other] of b.entries()) {
      const replaced = at(last, column) + (letter === other ? 0 : 1);
      const swapped =
        row > 0 && column > 0 && letter === b[column - 1] && a[row - 1] === other
          ? at(beforeLast, column - 1) + 1
          : Infinity;
      next.push(Math.min(at(last, column + 1) + 1, at(next, column) + 1, replaced, swapped));
    }
    [beforeLast, last] = [last, next];
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}

/**
 * The one of `known` that somebody who wrote `word` most likely meant: equal but for case and dashes, or at most a third
 * of its letters away. Undefined when none is near enough.
 */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const wanted = plain(word);
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(wanted, plain(name));
    if (
      distance <= Math.floor(Math.max(wanted.length, name.length) / 3) &&
      distance < (best?.distance ?? Infinity)
    ) {
      best = { name, distance };
    }
  }
  return best?.name;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}
