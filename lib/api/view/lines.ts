/** The last `count` lines of a text; a line end at its end begins no line. */
export function lastLines(text: string, count: number): string {
  return text.replace(/\n$/, '').split('\n').slice(-count).join('\n');
}
