import { DroverError } from './errors.js';

/** Where randomness comes from: the machine's generator in production, a seed in a simulation. */
export interface Random {
  /** An integer in 0 … 2³²−1. */
  uint32(): number;
}

const HEX = 16;

/** `count` hex digits. */
export function hexId(random: Random, count = HEX): string {
  let text = '';
  while (text.length < count) text += random.uint32().toString(16).padStart(8, '0');
  return text.slice(0, count);
}

/** A version 4 UUID in lower case. */
export function uuid(random: Random): string {
  const digits = hexId(random, 32).split('');
  digits[12] = '4';
  digits[16] = ((parseInt(digits[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  const text = digits.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}

/** An integer in 0 … bound−1. */
export function below(random: Random, bound: number): number {
  return Math.floor((random.uint32() / 0x1_0000_0000) * bound);
}

/** What a requester may call a task, a schedule, a benchmark: it becomes one key of the store. */
const REQUEST_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** `text` if it can be the id of a request, else BAD_INPUT that names `what`. */
export function requestId(text: string, what: string): string {
  if (REQUEST_ID.test(text)) return text;
  throw new DroverError('BAD_INPUT', {
    object: `${what} ${JSON.stringify(text.slice(0, 80))}`,
    reason: 'an id has 1 to 64 lower-case letters, digits and dashes, and starts with a letter or digit',
  });
}
