import { DroverError } from '../core/index.js';
import { type Decoded, decoded, refused } from './problem.js';
import { bytesOf, utf8 } from './text.js';

/**
 * One text form of the public tree. What `decode` accepts, `encode` writes back byte for byte; anything else is a
 * problem that names the path.
 */
export interface Codec<T> {
  /** What the key must hold, as a noun phrase. */
  readonly expected: string;
  decode(bytes: Uint8Array, path: string): Decoded<T>;
  /** BAD_INPUT for a value that would be read back as another one, or not at all. */
  encode(value: T): Uint8Array;
}

/** What a parser answers to a text of another form. */
export const REFUSED = Symbol('refused');

interface Form<T> {
  readonly expected: string;
  readonly parse: (text: string) => T | typeof REFUSED;
  readonly print: (value: T) => string;
}

/** A codec that knows its texts, so that others can be made of it. */
export interface TextCodec<T> extends Codec<T>, Form<T> {}

export function form<T>(
  expected: string,
  parse: (text: string) => T | typeof REFUSED,
  print: (value: T) => string,
): TextCodec<T> {
  return {
    expected,
    parse,
    print,
    decode(bytes, path) {
      const text = utf8(bytes, path);
      if (!text.ok) return text;
      const value = parse(text.value);
      return value === REFUSED ? refused(path, expected, text.value) : decoded(value);
    },
    encode(value) {
      const text = print(value);
      if (parse(text) === REFUSED) throw unwritable(expected, text);
      return bytesOf(text);
    },
  };
}

function unwritable(expected: string, text: string): DroverError {
  const object = `value ${JSON.stringify(text.slice(0, 80))}`;
  return new DroverError('BAD_INPUT', { object, reason: `it could not be read back as ${expected}` });
}

const same = (text: string) => text;

/** Any text, also none. */
export const TEXT = form<string>('text in UTF-8', same, same);

/** Text of which every character matches: `pattern` is anchored. */
export function matching(expected: string, pattern: RegExp): TextCodec<string> {
  return form(expected, (text) => (pattern.test(text) ? text : REFUSED), same);
}

/** Text that PVC's watchers decode as ASCII. */
export const ASCII = matching('text in ASCII', /^\p{ASCII}*$/u);

/** A key that only has children, or only carries locks. */
export const EMPTY = form<''>('nothing', (text) => (text === '' ? text : REFUSED), same);

/** One word of a fixed set. */
export function oneOf<const W extends string>(...words: readonly W[]): TextCodec<W> {
  const known = new Map<string, W>(words.map((word) => [word, word]));
  return form(`one of ${words.join(', ')}`, (text) => known.get(text) ?? REFUSED, same);
}

function boolean(yes: string, no: string): TextCodec<boolean> {
  return form<boolean>(
    `${yes} or ${no}`,
    (text) => (text === yes ? true : text === no ? false : REFUSED),
    (value) => (value ? yes : no),
  );
}

/** `True` or `False`, as almost everywhere. */
export const BOOLEAN = boolean('True', 'False');
/** `true` or `false`, as in /config/maintenance. */
export const LOWER_BOOLEAN = boolean('true', 'false');

/** Decimal text without leading zeros or sign plus, within ±2⁵³. */
export const INTEGER = form<number>(
  'an integer',
  (text) => {
    const value = /^(0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) ? value : REFUSED;
  },
  String,
);

/** Seconds since 1970 UTC by the writer's clock. */
export const SECONDS: TextCodec<number> = { ...INTEGER, expected: 'whole seconds since 1970' };

/** A number with the text that it was written as: `1.50` and `1.5` are one number. */
export interface Decimal {
  readonly number: number;
  readonly text: string;
}

/** @param digits after the point; by default as many as the number needs */
export function decimal(number: number, digits?: number): Decimal {
  return { number, text: digits === undefined ? String(number) : number.toFixed(digits) };
}

export const DECIMAL = form<Decimal>(
  'a decimal number',
  (text) => {
    const number = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    return Number.isFinite(number) ? { number, text } : REFUSED;
  },
  ({ text }) => text,
);

/** An object with the text that it was written as: spaces, order and number forms are the writer's. */
export interface Json {
  readonly object: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export function json(object: Readonly<Record<string, unknown>>): Json {
  return { object, text: JSON.stringify(object) };
}

export const JSON_OBJECT = form<Json>('a JSON object', parseObject, ({ text }) => text);

function parseObject(text: string): Json | typeof REFUSED {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return REFUSED;
    return { object: value as Readonly<Record<string, unknown>>, text };
  } catch {
    return REFUSED;
  }
}

/** Items between single separators; no text is no item, and no item is empty. */
export function listOf<T>(separator: ',' | ' ', item: TextCodec<T>, plural: string): TextCodec<readonly T[]> {
  const expected = `${plural} between ${separator === ',' ? 'commas' : 'single spaces'}`;
  const print = (value: T) => {
    const text = item.print(value);
    if (text === '' || text.includes(separator)) throw unwritable(expected, text);
    return text;
  };
  return form<readonly T[]>(
    expected,
    (text) => {
      const items: T[] = [];
      for (const part of text === '' ? [] : text.split(separator)) {
        const value = part === '' ? REFUSED : item.parse(part);
        if (value === REFUSED) return REFUSED;
        items.push(value);
      }
      return items;
    },
    (items) => items.map(print).join(separator),
  );
}

/** The same, or no text at all for a value that is not set. */
export function unset<T>(codec: TextCodec<T>): TextCodec<T | undefined> {
  return form<T | undefined>(
    `${codec.expected} or nothing`,
    (text) => (text === '' ? undefined : codec.parse(text)),
    (value) => (value === undefined ? '' : codec.print(value)),
  );
}

/** The same, or the text `None` for a value that is known to be none. */
export function none<T>(codec: TextCodec<T>): TextCodec<T | null> {
  return form<T | null>(
    `${codec.expected} or None`,
    (text) => (text === 'None' ? null : codec.parse(text)),
    (value) => (value === null ? 'None' : codec.print(value)),
  );
}
