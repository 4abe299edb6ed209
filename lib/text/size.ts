/** Sizes with their unit, in powers of 1024 only: `4KiB`, `512MiB`, `1.5GiB`. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

const FORM = /^(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB|PiB)$/;

/**
 * Bytes of a text such as `512MiB`. Undefined when it is anything else: a bare number, `MB` and `M` (which are read as
 * 1000 by some and as 1024 by others), or what is no whole number of bytes.
 */
export function parseSize(text: string): number | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * 1024 ** UNITS.indexOf(match[2] as (typeof UNITS)[number]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The text of `bytes`, exact, in the largest unit that divides it: {@link parseSize} reads it back. */
export function formatSize(bytes: number): string {
  let unit = 0;
  let count = bytes;
  while (count > 0 && count % 1024 === 0 && unit < UNITS.length - 1) {
    count /= 1024;
    unit += 1;
  }
  return `${count}${UNITS[unit] ?? 'B'}`;
}

/** Bytes a second of a text such as `100MiB/s`; undefined when it is anything else. */
export function parseRate(text: string): number | undefined {
  return text.endsWith('/s') ? parseSize(text.slice(0, -2).trimEnd()) : undefined;
}

/** About so many, in the largest of `units` that leaves a digit before the point: three digits that count. */
function about(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  let count = value;
  while (Math.abs(count) >= step && unit < units.length - 1) {
    count /= step;
    unit += 1;
  }
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, Math.abs(count)))));
  return `${Number(count.toFixed(digits))} ${units[unit] ?? ''}`.trimEnd();
}

/** About so many bytes, for people: `12.9 MiB`. */
export function aboutBytes(bytes: number): string {
  return about(bytes, 1024, UNITS);
}

/** About so many bits a second, for people: `1.25 Gbit/s`. */
export function aboutBits(bits: number): string {
  return about(bits, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
}

/** About so long, for people: `19.3 ms`. */
export function aboutMicroseconds(us: number): string {
  return about(us, 1000, ['us', 'ms', 's']);
}

/** About so many, for people: `3320`, `12.9 k`. */
export function aboutCount(count: number): string {
  return count < 10_000
    ? String(Number(count.toFixed(count < 100 ? 1 : 0)))
    : about(count, 1000, ['', 'k', 'M', 'G']);
}
