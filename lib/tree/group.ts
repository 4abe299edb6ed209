import type { Codec } from './codec.js';
import type { Problem } from './problem.js';

/** One key of an object: where it is below the object's root, and what it holds. */
export interface Key<T, Required extends boolean = boolean> {
  /** Sub-path, empty for the root itself. */
  readonly at: string;
  readonly codec: Codec<T>;
  /** Whether its absence is a problem. */
  readonly required: Required;
  /** The text that schema 15 gives the key when nobody says anything. */
  readonly fill: string;
}

/** A key that may be missing in trees of older schemas. */
export function key<T>(at: string, codec: Codec<T>, fill = ''): Key<T, false> {
  return { at, codec, required: false, fill };
}

/** A key without which the object cannot be used. */
export function must<T>(at: string, codec: Codec<T>): Key<T, true> {
  return { at, codec, required: true, fill: '' };
}

/** A kind of object whatever its keys. */
export interface AnyGroup {
  readonly pattern: string;
  readonly keys: Readonly<Record<string, Key<unknown>>>;
  readonly collections: Readonly<Record<string, AnyGroup>>;
}

/**
 * A kind of object: the pattern of its root, its keys, and the kinds of objects that live in it. A collection lies in
 * the folder above its members' roots.
 */
export interface Group<
  P extends string,
  K extends AnyGroup['keys'],
  C extends AnyGroup['collections'],
> extends AnyGroup {
  readonly pattern: P;
  readonly keys: K;
  readonly collections: C;
}

export function group<P extends string, K extends AnyGroup['keys'], C extends AnyGroup['collections']>(
  pattern: P,
  keys: K,
  collections: C,
): Group<P, K, C> {
  return { pattern, keys, collections };
}

/** The folder of a collection, below the root of the object that it lies in. */
export function folderAt(member: AnyGroup, of: AnyGroup): string {
  return member.pattern.slice(of.pattern.length, member.pattern.lastIndexOf('/'));
}

/** The values of an object's own keys. */
export type KeysOf<G extends AnyGroup> = {
  readonly [N in keyof G['keys']]: G['keys'][N] extends Key<infer T> ? T : never;
};

/** All values of an object. */
export type ObjectOf<G extends AnyGroup> = KeysOf<G> & {
  readonly [N in keyof G['collections']]: ReadonlyMap<string, Reading<ObjectOf<G['collections'][N]>>>;
};

/** What reading an object gives. In a value, undefined is a key without text and null is the text `None`. */
export interface Reading<T> {
  /** A key that is unreadable, or required and missing, has no property. */
  readonly value: Partial<T>;
  /** Those of the object itself and of all objects in it. */
  readonly problems: readonly Problem[];
  /** Keys and folders that the store does not have; `value` shows what schema 15 fills in. */
  readonly absent: ReadonlySet<string>;
}

/** The named keys of an object, if each of them was read. Only then may a decision rest on them. */
export function sound<T, K extends keyof T>(reading: Reading<T>, ...names: K[]): Pick<T, K> | undefined {
  return names.every((name) => Object.hasOwn(reading.value, name))
    ? (reading.value as Pick<T, K>)
    : undefined;
}

/** Names of the keys that an object cannot be without. */
export type RequiredOf<G extends AnyGroup> = {
  [N in keyof G['keys']]: G['keys'][N] extends Key<infer _, true> ? N : never;
}[keyof G['keys']];
