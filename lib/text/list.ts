/** Words as a sentence lists them: `a`, `a and b`, `a, b and c`. An empty list is `none`. */
export function sentenceList(words: readonly string[], conjunction = 'and'): string {
  const last = words.at(-1);
  if (last === undefined) return 'none';
  return words.length === 1 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** `1 problem`, `2 problems`: a count with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
