/**
 * Rows below a header, each column as wide as its longest value, two spaces between them and none at the end of a line.
 * Every line ends with a line feed.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => line(row, widths)).join('');
}

/** Names and values below each other, the values in one column. */
export function properties(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map((pair) => line(pair, [width, 0])).join('');
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return `${cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd()}\n`;
}
