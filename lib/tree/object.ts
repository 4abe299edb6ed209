import { DroverError } from '../core/index.js';
import type { Write } from '../ports/index.js';
import {
  type AnyGroup,
  folderAt,
  type Key,
  type KeysOf,
  type ObjectOf,
  type Reading,
  type RequiredOf,
} from './group.js';
import { type GroupName, GROUPS, type Groups } from './groups/index.js';
import { fill, type ParamArgs, type Params } from './pattern.js';
import { type Decoded, type Problem, problemAt } from './problem.js';
import type { Subtree } from './subtree.js';
import { bytesOf } from './text.js';

/** All values of an object of the public tree. */
export type TreeObject<N extends GroupName> = ObjectOf<Groups[N]>;
/** The names in an object's path. */
export type TreeNames<N extends GroupName> = {
  readonly [P in keyof Params<Groups[N]['pattern']>]: string;
};
/** The keys of a kind of object. */
export type TreeKey<N extends GroupName> = keyof Groups[N]['keys'] & string;
/** The value of one key of a kind of object. */
export type TreeValue<N extends GroupName, F extends TreeKey<N>> = KeysOf<Groups[N]>[F];
/** What a new object is made of: the keys it cannot be without, and any others. */
export type NewObject<N extends GroupName> = Partial<KeysOf<Groups[N]>> &
  Pick<KeysOf<Groups[N]>, RequiredOf<Groups[N]>>;

/** The root of an object: `objectPath('domain', { uuid })`. BAD_INPUT when a name cannot be a key. */
export function objectPath<N extends GroupName>(
  name: N,
  ...[params]: ParamArgs<Groups[N]['pattern']>
): string {
  return fill(GROUPS[name].pattern, params ?? {});
}

/** One key of an object: `keyPath('domain', 'state', { uuid })`. BAD_INPUT when a name cannot be a key. */
export function keyPath<N extends GroupName>(
  name: N,
  field: TreeKey<N>,
  ...[params]: ParamArgs<Groups[N]['pattern']>
): string {
  return fill(GROUPS[name].pattern, params ?? {}) + keyOf(name, field).at;
}

/** The value of one key. A problem that names `path` when the bytes have another form. */
export function decodeKey<N extends GroupName, F extends TreeKey<N>>(
  name: N,
  field: F,
  bytes: Uint8Array,
  path: string,
): Decoded<TreeValue<N, F>> {
  return keyOf(name, field).codec.decode(bytes, path) as Decoded<TreeValue<N, F>>;
}

/** The bytes of one key. */
export function encodeKey<N extends GroupName, F extends TreeKey<N>>(
  name: N,
  field: F,
  value: TreeValue<N, F>,
): Uint8Array {
  return keyOf(name, field).codec.encode(value);
}

/** Reads one object, and all objects in it, out of a subtree. */
export function decodeObject<N extends GroupName>(
  name: N,
  params: TreeNames<N>,
  from: Subtree,
): Reading<TreeObject<N>> {
  return read(GROUPS[name], fill(GROUPS[name].pattern, params), from) as Reading<TreeObject<N>>;
}

/**
 * The values of an object, and of all objects in it, by path, parents first: exactly the keys that were there and
 * readable.
 */
export function encodeObject<N extends GroupName>(
  name: N,
  params: TreeNames<N>,
  reading: Reading<TreeObject<N>>,
): ReadonlyMap<string, Uint8Array> {
  return new Map(byPath(entries(GROUPS[name], fill(GROUPS[name].pattern, params), reading)));
}

/**
 * Creates every key and folder of a new object, for one transaction, parents first: keys that are not given hold what
 * schema 15 fills in.
 */
export function createObject<N extends GroupName>(
  name: N,
  params: TreeNames<N>,
  value: NewObject<N>,
): Write[] {
  const group: AnyGroup = GROUPS[name];
  const root = fill(group.pattern, params);
  const values: Readonly<Record<string, unknown>> = value;
  const keys = Object.entries(group.keys).map(
    ([field, key]) =>
      [
        root + key.at,
        Object.hasOwn(values, field) ? key.codec.encode(values[field]) : bytesOf(key.fill),
      ] as const,
  );
  const folders = Object.values(group.collections).map(
    (member) => [root + folderAt(member, group), bytesOf('')] as const,
  );
  return byPath([...keys, ...folders]).map(([path, data]) => ({ op: 'create', path, data }));
}

function keyOf(name: GroupName, field: string): Key<unknown> {
  const keys: AnyGroup['keys'] = GROUPS[name].keys;
  const found = keys[field];
  if (found === undefined)
    throw new DroverError('INTERNAL', { object: `key ${field}`, reason: `no ${name} has such a key` });
  return found;
}

type AnyReading = Reading<Readonly<Record<string, unknown>>>;

function read(group: AnyGroup, root: string, from: Subtree): AnyReading {
  const value: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const absent = new Set<string>();
  for (const [field, { at, codec, required, fill: text }] of Object.entries(group.keys)) {
    const path = root + at;
    const bytes = from.get(path);
    if (bytes === undefined && required) {
      problems.push(problemAt(path, codec.expected, 'nothing'));
      continue;
    }
    if (bytes === undefined) absent.add(field);
    const decoded = codec.decode(bytes ?? bytesOf(text), path);
    if (decoded.ok) value[field] = decoded.value;
    else problems.push(decoded.problem);
  }
  for (const [field, member] of Object.entries(group.collections)) {
    const folder = root + folderAt(member, group);
    const bytes = from.get(folder);
    if (bytes === undefined) absent.add(field);
    else if (bytes.length > 0) problems.push(problemAt(folder, 'nothing', `${bytes.length} bytes`));
    const members = from
      .names(folder)
      .map((name) => [name, read(member, `${folder}/${name}`, from)] as const);
    problems.push(...members.flatMap(([, reading]) => reading.problems));
    value[field] = new Map(members);
  }
  return { value, problems, absent };
}

function* entries(group: AnyGroup, root: string, reading: AnyReading): Generator<Pair> {
  const { value, absent } = reading;
  for (const [field, { at, codec }] of Object.entries(group.keys))
    if (Object.hasOwn(value, field) && !absent.has(field)) yield [root + at, codec.encode(value[field])];
  for (const [field, member] of Object.entries(group.collections)) {
    const members = value[field] as ReadonlyMap<string, AnyReading> | undefined;
    if (members === undefined || absent.has(field)) continue;
    const folder = root + folderAt(member, group);
    yield [folder, bytesOf('')];
    for (const [name, inner] of members) yield* entries(member, `${folder}/${name}`, inner);
  }
}

type Pair = readonly [path: string, data: Uint8Array];

/** A parent is a prefix of its children, so the order of paths puts it first. */
function byPath(pairs: Iterable<Pair>): Pair[] {
  return [...pairs].sort(([one], [other]) => (one < other ? -1 : 1));
}
