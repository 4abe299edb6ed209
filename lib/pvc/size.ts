import { DroverError } from '../core/index.js';

/** PVC's units, each 1024 of the one before. */
const UNITS = ['B', 'K', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y', 'R', 'Q'] as const;
const MOST = 9999;

/** Bytes in the smallest unit in which they have at most four digits, rounded up: `2048M`, `21G`. */
export function roundedSize(bytes: number): string {
  let unit = 0;
  let count = bytes;
  while (count > MOST && unit < UNITS.length - 1) {
    unit += 1;
    count = Math.ceil(bytes / 1024 ** unit);
  }
  return `${count}${UNITS[unit] ?? ''}`;
}

/**
 * Bytes of a size as PVC's clients write it: a number, with a unit or none for bytes, also as `Gi`, `GB`, `GiB`; always
 * in steps of 1024. BAD_INPUT for anything else, and for what is no whole number of bytes.
 */
export function parseSize(text: string): number {
  const [, number, letter] = /^(\d{1,16}(?:\.\d{1,9})?) ?([BKMGTP])?(?:iB?|B)?$/i.exec(text) ?? [];
  const unit = UNITS.findIndex((one) => one === (letter ?? 'B').toUpperCase());
  const bytes = number === undefined ? NaN : Number(number) * 1024 ** unit;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new DroverError('BAD_INPUT', {
    object: `size '${text}'`,
    reason: 'a size is a number of bytes, or a number with B, K, M, G, T or P',
    remedy: 'write it as 20G or as bytes',
  });
}
