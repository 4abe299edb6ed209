import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox';

/**
 * The version that all documents of the Drover tree share. Readers accept this one and the next; a higher one is
 * written only when every session record shows that it is read.
 */
export const DOCUMENT_VERSION = 1;

/** Shape of a document: `v`, the named fields, and whatever fields a later version adds. */
export type DocumentSchema<P extends TProperties> = TObject<P & { v: typeof Version }> & Names;

interface Names {
  $id: string;
  title: string;
  description: string;
}

export type Immutable<T> = T extends (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** The immutable type of what a schema describes. */
export type Value<S extends TSchema> = Immutable<Static<S>>;

const Version = Type.Integer({
  minimum: 1,
  description: 'Version of the document. A reader accepts the version it knows and the next one.',
});

/** One kind of document; its name is also that of its JSON Schema file. */
export function document<P extends TProperties>(
  name: string,
  title: string,
  description: string,
  properties: P,
): DocumentSchema<P> {
  const names: Names = { $id: `urn:drover:document:${name}`, title, description };
  const schema = Type.Object({ v: Version, ...properties }, { ...names, additionalProperties: true });
  return Object.assign(schema, names);
}

/** A part of a document; like the document it keeps fields that it does not know. */
export function part<P extends TProperties>(properties: P, description?: string): TObject<P> {
  return Type.Object(properties, {
    additionalProperties: true,
    ...(description === undefined ? {} : { description }),
  });
}

export const NodeName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[^/]+$',
  description: 'Short host name of a node, as under /nodes.',
});

export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'UUID in lower case.',
});

export const BootId = Type.String({
  minLength: 1,
  maxLength: 64,
  description:
    'Identity of one run of a node, from power-on to power-off: the kernel’s boot id, or what stands in for it.',
});

/** Wall time for people and records; decisions use monotonic clocks. */
export const Time = Type.Integer({
  minimum: 0,
  description: 'Milliseconds since 1970 UTC, by the writer’s clock.',
});

export const Epoch = Type.Integer({
  minimum: 0,
  description: 'A number that only grows; the higher one is right.',
});

/** Transaction ids have 64 bits, more than a JSON number keeps: text as `zkCli.sh` prints it. */
export const Zxid = Type.String({
  pattern: '^0x[0-9a-f]{1,16}$',
  description: 'Transaction id of the store in hex, as `stat` of zkCli.sh prints it.',
});

/** An id that a requester may choose: it becomes one key of the store. */
export const RequestId = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
  description: 'Id chosen by the requester: lower-case letters, digits and dashes.',
});

export const Text = Type.String({ maxLength: 4096 });

export const Who = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'Who asked: a user, a schedule, a node.',
});
