import type { Children, Entry, Store } from '../../ports/index.js';
import {
  decodeKey,
  type GroupName,
  keyPath,
  type TreeKey,
  type TreeNames,
  type TreeValue,
  utf8,
  withoutContenders,
} from '../../tree/index.js';

/**
 * What one request reads of the store. Reads go out as soon as they are asked for, so callers ask for everything they
 * can name before they wait; nothing is read twice in one request.
 */
export class Sight {
  readonly #store: Store;
  readonly #signal: AbortSignal;
  readonly #entries = new Map<string, Promise<Entry | undefined>>();
  readonly #children = new Map<string, Promise<Children | undefined>>();

  /** @param signal ends the reading: no further read goes out, and each has its own deadline anyway */
  constructor(store: Store, signal: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  /** Waits until everything that was committed anywhere before is seen: for what another program has just written. */
  async fresh(): Promise<void> {
    await this.#store.sync();
  }

  read(path: string): Promise<Entry | undefined> {
    this.#signal.throwIfAborted();
    return once(this.#entries, path, () => this.#store.read(path));
  }

  /** The names below `path` with what the store says of it; undefined when there is no such path. */
  children(path: string): Promise<Children | undefined> {
    this.#signal.throwIfAborted();
    return once(this.#children, path, () => this.#store.children(path));
  }

  /** The names below `path`, sorted, without lock contenders; none when there is no such path. */
  async names(path: string): Promise<readonly string[]> {
    return withoutContenders((await this.children(path))?.names ?? []);
  }

  /** Some keys of one object of the public tree. */
  async object<N extends GroupName, K extends TreeKey<N>>(
    group: N,
    names: TreeNames<N>,
    keys: readonly K[],
  ): Promise<Seen<N, K>> {
    const entries = await Promise.all(
      keys.map(async (key) => [key, await this.read(pathOf(group, key, names))] as const),
    );
    return new Seen(group, new Map(entries));
  }
}

/** Some keys of one object as they were read. What cannot be understood is shown as it is, or not at all. */
export class Seen<N extends GroupName, K extends TreeKey<N>> {
  readonly #group: N;
  readonly #entries: ReadonlyMap<string, Entry | undefined>;

  constructor(group: N, entries: ReadonlyMap<K, Entry | undefined>) {
    this.#group = group;
    this.#entries = entries;
  }

  has(key: K): boolean {
    return this.#entries.get(key) !== undefined;
  }

  /** The text of a key; empty when it is missing or no text. */
  text(key: K): string {
    const entry = this.#entries.get(key);
    const text = entry && utf8(entry.data, entry.path);
    return text?.ok === true ? text.value : '';
  }

  /** The value of a key; undefined when it is missing or of another form. */
  value<F extends K>(key: F): TreeValue<N, F> | undefined {
    const entry = this.#entries.get(key);
    const value = entry && decodeKey(this.#group, key, entry.data, entry.path);
    return value?.ok === true ? value.value : undefined;
  }

  /** The transaction that wrote a key: a key with the same one holds the same. */
  stamp(key: K): bigint | undefined {
    return this.#entries.get(key)?.stat.mzxid;
  }
}

/** The names of a kind of object are checked by {@link Sight.object}; a generic call cannot show it. */
const pathOf = keyPath as unknown as (
  group: GroupName,
  key: string,
  names: Readonly<Record<string, string>>,
) => string;

function once<T>(known: Map<string, Promise<T>>, path: string, ask: () => Promise<T>): Promise<T> {
  const before = known.get(path);
  if (before !== undefined) return before;
  const asked = ask();
  known.set(path, asked);
  return asked;
}
