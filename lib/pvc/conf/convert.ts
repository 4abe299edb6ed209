/** Values as PVC's file has them → values of ours. Each returns undefined for what it cannot read. */
export interface Convert {
  /** What is expected, for the remedy: `write …`. */
  readonly expected: string;
  readonly read: (value: unknown) => unknown;
}

const whole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Python makes text of a number that stands where text belongs: so do we, where it is the same text. */
const asText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : whole(value) ? String(value) : undefined;

export const text: Convert = { expected: 'text', read: asText };

export const flag: Convert = {
  expected: 'yes or no',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};

export const number: Convert = {
  expected: 'a whole number',
  read: (value) => (whole(value) ? value : undefined),
};

export const seconds: Convert = {
  expected: 'a whole number of seconds',
  read: (value) => (whole(value) ? `${value}s` : undefined),
};

/** A number of lines; false, PVC's own default, is none. */
export const lines: Convert = {
  expected: 'a number of lines, or false for none',
  read: (value) => (value === false ? 0 : whole(value) ? value : undefined),
};

export const texts: Convert = {
  expected: 'a list of names',
  read: (value) => {
    if (!Array.isArray(value)) return undefined;
    const read = value.map(asText);
    return read.includes(undefined) ? undefined : read;
  },
};

/** A word that stands for another here. */
export function oneOf(words: Readonly<Record<string, unknown>>): Convert {
  return {
    expected: Object.keys(words).join(' or '),
    read: (value) => {
      const word = typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
      return Object.hasOwn(words, word) ? words[word] : undefined;
    },
  };
}

/** The length of a netmask: 24, or 255.255.255.0. */
export const netmask: Convert = {
  expected: 'a netmask such as 24 or 255.255.255.0',
  read: (value) => {
    const bits = typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : value;
    if (whole(bits)) return bits <= 32 ? bits : undefined;
    const parts =
      typeof value === 'string' ? /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(value)?.slice(1) : undefined;
    const binary = parts?.map((part) => Number(part).toString(2).padStart(8, '0')).join('');
    return binary !== undefined && /^(?=.{32}$)1*0*$/.test(binary) ? binary.lastIndexOf('1') + 1 : undefined;
  },
};

/** One pool there for every pool here. */
export const everyPool: Convert = {
  expected: 'the name of a pool',
  read: (value) => (typeof value === 'string' ? { '*': value } : undefined),
};
