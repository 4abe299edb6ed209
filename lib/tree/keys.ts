import { DroverError } from '../core/index.js';
import type { CallOptions, Entry, Store, Write } from '../ports/index.js';
import type { GroupName } from './groups/index.js';
import { decodeKey, encodeKey, keyPath, type TreeKey, type TreeNames, type TreeValue } from './object.js';
import { type Problem, problemAt, problemError } from './problem.js';

/** The names of a kind of object are checked by {@link readKeys}; a generic call cannot show it. */
const pathOf = keyPath as unknown as (
  group: GroupName,
  key: string,
  names: Readonly<Record<string, string>>,
) => string;

/** Some keys of one object, with the versions that a decision rests on. */
export class Keys<N extends GroupName, K extends TreeKey<N>> {
  readonly #group: N;
  readonly #names: TreeNames<N>;
  readonly #entries: ReadonlyMap<string, Entry | undefined>;

  constructor(group: N, names: TreeNames<N>, entries: ReadonlyMap<K, Entry | undefined>) {
    this.#group = group;
    this.#names = names;
    this.#entries = entries;
  }

  has(key: K): boolean {
    return this.#entries.get(key) !== undefined;
  }

  /** The value; undefined for a key that is missing. TREE_UNREADABLE for one of another form. */
  value<F extends K>(key: F): TreeValue<N, F> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const decoded = decodeKey(this.#group, key, entry.data, entry.path);
    if (!decoded.ok) throw problemError(decoded.problem);
    return decoded.value;
  }

  /** The value; undefined also for one of another form: for keys that may be passed over. */
  sound<F extends K>(key: F): TreeValue<N, F> | undefined {
    const entry = this.#entries.get(key);
    const decoded = entry && decodeKey(this.#group, key, entry.data, entry.path);
    return decoded?.ok === true ? decoded.value : undefined;
  }

  /** Whether these keys are there and have their form. */
  readable(...keys: readonly K[]): boolean {
    return keys.every((key) => {
      const entry = this.#entries.get(key);
      return entry !== undefined && decodeKey(this.#group, key, entry.data, entry.path).ok;
    });
  }

  /** The value; TREE_UNREADABLE also for a key that is missing. */
  needed<F extends K>(key: F): TreeValue<N, F> {
    const value = this.value(key);
    if (this.has(key)) return value as TreeValue<N, F>;
    throw new DroverError('TREE_UNREADABLE', { object: this.path(key), reason: 'there is no such key' });
  }

  /** What is wrong with these keys: of another form, or missing where `needed` names them. */
  problems(needed: readonly K[] = []): readonly Problem[] {
    return [...this.#entries].flatMap(([key, entry]) => {
      if (entry === undefined)
        return needed.includes(key as K) ? [problemAt(this.path(key as K), 'a value', 'nothing')] : [];
      const decoded = decodeKey(this.#group, key as K, entry.data, entry.path);
      return decoded.ok ? [] : [decoded.problem];
    });
  }

  /** The write that gives the key this value: none when it has it already. */
  set<F extends K>(key: F, value: TreeValue<N, F>): readonly Write[] {
    const data = encodeKey(this.#group, key, value);
    const entry = this.#entries.get(key);
    if (entry === undefined) return [{ op: 'create', path: this.path(key), data }];
    return same(entry.data, data) ? [] : [{ op: 'set', path: entry.path, data, version: entry.stat.version }];
  }

  /** Ties a transaction to the key as it was read. */
  check(key: K): readonly Write[] {
    const entry = this.#entries.get(key);
    return entry === undefined ? [] : [{ op: 'check', path: entry.path, version: entry.stat.version }];
  }

  path(key: K): string {
    return pathOf(this.#group, key, this.#names);
  }
}

/** Reads some keys of one object, all at once. */
export async function readKeys<N extends GroupName, K extends TreeKey<N>>(
  store: Store,
  group: N,
  names: TreeNames<N>,
  keys: readonly K[],
  options?: CallOptions,
): Promise<Keys<N, K>> {
  const entries = await Promise.all(
    keys.map(async (key) => [key, await store.read(pathOf(group, key, names), options)] as const),
  );
  return new Keys(group, names, new Map(entries));
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
