import { type Static, type TEnum, type TObject, type TProperties, type TSchema, Type } from 'typebox';
import type { Immutable } from './parts.js';

/** A body of the API; it may grow fields that an older reader passes over. */
export function body<P extends TProperties>(properties: P, description?: string): TObject<P> {
  return Type.Object(properties, description === undefined ? {} : { description });
}

/** The immutable type of a body or of arguments. */
export type Shape<S extends TSchema> = Immutable<Static<S>>;

export const Word = Type.String();
export const Words = Type.Array(Type.String());
export const Count = Type.Integer();
export const Amount = Type.Number();
export const Flag = Type.Boolean();
/** Whatever libvirt or Ceph said, by name. */
export const Figures = Type.Record(Type.String(), Type.Unknown());

export function orNull<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

/**
 * The arguments of a request: each comes as text, in the query or in a form body. The description of an argument is what
 * a caller reads who left it out or got it wrong.
 */
export function args<P extends TProperties>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

/** Some text, at least one character. */
export function text(description: string, maxLength = 1024) {
  return Type.String({ description, minLength: 1, maxLength });
}

export function flag(description: string) {
  return Type.Boolean({ description, default: false });
}

export function choice<const W extends string[]>(description: string, words: readonly [...W]): TEnum<W> {
  return Type.Enum([...words], { description });
}

export function integer(description: string, minimum: number, maximum: number, byDefault?: number) {
  const range = { description, minimum, maximum };
  return Type.Integer(byDefault === undefined ? range : { ...range, default: byDefault });
}

export function texts(description: string) {
  return Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { description, maxItems: 1000 });
}

export const NO_ARGUMENTS = args({});

/** What most requests answer, and every refusal. */
export const Message = body({
  message: Type.Union([Type.String(), Type.Record(Type.String(), Type.String())], {
    description: 'A sentence; or, for arguments that are missing or wrong, a sentence for each by name.',
  }),
});
export type Message = Shape<typeof Message>;
