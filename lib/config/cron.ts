const FIELDS = [
  { name: 'minute', from: 0, to: 59, words: [] },
  { name: 'hour', from: 0, to: 23, words: [] },
  { name: 'day of the month', from: 1, to: 31, words: [] },
  {
    name: 'month',
    from: 1,
    to: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', from: 0, to: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

const PART = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d+))?$/;

/** What is wrong with a cron expression of five fields, as a clause; undefined when nothing is. */
export function cronFault(text: string): string | undefined {
  const fields = text.trim().toLowerCase().split(/\s+/);
  if (fields.length !== FIELDS.length) return `it has ${fields.length} fields, not ${FIELDS.length}`;
  for (const [index, { name, from, to, words }] of FIELDS.entries()) {
    const number = (word: string): number =>
      /^\d+$/.test(word) ? Number(word) : from + (words as readonly string[]).indexOf(word.slice(0, 3));
    const inside = (word: string): boolean => {
      const known = /^\d+$/.test(word) || (words as readonly string[]).includes(word);
      return known && number(word) >= from && number(word) <= to;
    };
    for (const part of fields[index]?.split(',') ?? []) {
      const match = PART.exec(part);
      const [low, high, step] = [match?.[1], match?.[2], match?.[3]];
      const ordered = low === undefined || high === undefined || number(low) <= number(high);
      const good = [low, high].every((word) => word === undefined || inside(word)) && ordered;
      if (match === null || !good || step === '0') return `"${part}" is no ${name} from ${from} to ${to}`;
    }
  }
  return undefined;
}
