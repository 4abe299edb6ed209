/** What the sections of the configuration are made of. */
import {
  type Static,
  type TObject,
  type TProperties,
  type TSchema,
  type TSchemaOptions,
  type TUnsafe,
  Type,
} from 'typebox';

/**
 * An object whose unknown keys are errors. A key with a default may be left out, but is there in the type: who validates
 * fills defaults in.
 */
export function section<P extends TProperties>(
  description: string,
  properties: P,
  options: TSchemaOptions = {},
): TObject<P> {
  const required = Object.entries(properties)
    .filter(([, property]) => !Type.IsOptional(property) && !('default' in property))
    .map(([key]) => key);
  return Type.Object(properties, {
    description,
    additionalProperties: false,
    required,
    ...options,
  });
}

/** A section that is filled with its defaults when the file does not have it. */
export function standing<P extends TProperties>(description: string, properties: P): TObject<P> {
  return section(description, properties, { default: {} });
}

/** An object whose keys are names the operator chooses. */
export function named<S extends TSchema>(
  description: string,
  names: TSchemaOptions,
  values: S,
  options: TSchemaOptions = {},
): TUnsafe<Record<string, Static<S>>> {
  return Type.Unsafe<Record<string, Static<S>>>({
    type: 'object',
    description,
    additionalProperties: values,
    propertyNames: { type: 'string', ...names },
    ...options,
  });
}

/** A value with a form of its own. `title` and `examples` are what an error message and the reference say of it. */
interface Form extends TSchemaOptions {
  readonly title: string;
  readonly pattern?: string;
  readonly examples: readonly string[];
}

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?';
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const IPV6 = '[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}';

/** Forms of text. Every pattern of a time, size or rate admits only what `lib/text` reads. */
export const FORMS = {
  time: {
    title: 'a time with its unit',
    pattern: '^(?=\\d)(?:\\d{1,6}d)?(?:\\d{1,6}h)?(?:\\d{1,6}m)?(?:\\d{1,6}s)?(?:\\d{1,6}ms)?$',
    examples: ['10s', '5m', '1h30m'],
  },
  size: {
    title: 'a size with its unit',
    pattern: '^(?:\\d{1,6}(?:B|KiB|MiB|GiB)|\\d{1,3}TiB)$',
    examples: ['512MiB', '8GiB'],
  },
  rate: {
    title: 'a rate with its unit',
    pattern: '^\\d{1,6}(?:B|KiB|MiB|GiB)/s$',
    examples: ['100MiB/s'],
  },
  path: {
    title: 'an absolute path',
    pattern: '^/(?!(?:.*/)?\\.\\.?(?:/|$))[^\\0]*$',
    examples: ['/var/lib/drover'],
  },
  host: {
    title: 'a host name or address',
    pattern: `^(?:${HOST}|${IPV6})$`,
    examples: ['hv1', '10.0.0.1'],
  },
  server: {
    title: 'a host and a port',
    pattern: `^(?:${HOST}|\\[${IPV6}\\]):\\d{1,5}$`,
    examples: ['hv1:2181', '[fd00::1]:2181'],
  },
  address: {
    title: 'an IP address',
    pattern: `^(?:${IPV4}|${IPV6})$`,
    examples: ['10.0.0.1'],
  },
  ownAddress: {
    title: 'an IP address of this node, or "by-id"',
    pattern: `^(?:by-id|${IPV4}|${IPV6})$`,
    examples: ['by-id', '10.0.0.1'],
  },
  range: {
    title: 'a range of IPv4 addresses',
    pattern: `^${IPV4}/(?:[12]?\\d|3[0-2])$`,
    examples: ['10.0.0.0/24'],
  },
  domain: { title: 'a DNS domain', pattern: `^${HOST}$`, examples: ['cluster.local'] },
  uuid: {
    title: 'a UUID',
    pattern: '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
    examples: ['c416032b-2ad9-457f-a5f0-18151a3485f4'],
  },
  url: { title: 'a web address', pattern: '^https?://[^\\s/]+\\S*$', examples: ['https://example.org/hook'] },
  mailbox: { title: 'a mail address', pattern: '^[^\\s@<>,]+@[^\\s@<>,]+$', examples: ['ops@example.org'] },
  tag: { title: 'a tag', pattern: '^[^\\s:]{1,128}$', examples: ['daily'] },
  nodeName: {
    title: 'a short host name',
    pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$',
    examples: ['hv1'],
  },
  name: {
    title: 'a name of letters, digits, ".", "_" and "-"',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    examples: ['site-b'],
  },
  id: {
    title: 'a name of lower-case letters, digits and dashes',
    pattern: '^[a-z0-9][a-z0-9-]{0,40}$',
    examples: ['nightly'],
  },
  pool: { title: 'a pool name, or "*"', pattern: '^(?:\\*|[A-Za-z0-9._-]+)$', examples: ['vms'] },
  text: { title: 'text', examples: [] },
} as const satisfies Record<string, Form>;

/** A text of one of the {@link FORMS}. */
export function text(form: keyof typeof FORMS, description: string, options: TSchemaOptions = {}) {
  const { examples, ...rest } = FORMS[form];
  return Type.String({
    description,
    minLength: 1,
    ...rest,
    ...(examples.length > 0 ? { examples: [...examples] } : {}),
    ...options,
  });
}

/** One of a few words. */
export function word<const W extends readonly [string, ...string[]]>(
  words: W,
  description: string,
  options: TSchemaOptions = {},
): TUnsafe<W[number]> {
  return Type.Unsafe<W[number]>({ type: 'string', enum: [...words], description, ...options });
}

/** A whole number of things. */
export function count(minimum: number, maximum: number, description: string, options: TSchemaOptions = {}) {
  return Type.Integer({ minimum, maximum, description, ...options });
}

export function flag(description: string, options: TSchemaOptions = {}) {
  return Type.Boolean({ description, ...options });
}

export function list<S extends TSchema>(items: S, description: string, options: TSchemaOptions = {}) {
  return Type.Array(items, { description, ...options });
}

/** A secret in the file itself (`KEY`) or in a file of its own (`KEY_file`): one of the two. Never shown. */
export function secret(description: string) {
  return Type.Optional(Type.String({ title: 'text', minLength: 1, description, writeOnly: true }));
}

export function secretFile(key: string) {
  return Type.Optional(
    text('path', `A file that holds the value of \`${key}\` alone, instead of \`${key}\` itself.`),
  );
}
