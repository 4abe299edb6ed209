import type { Entry, Store } from '../ports/index.js';
import { decodeKey, keyPath, type Problem, type TreeKey, type TreeValue } from '../tree/index.js';
import type { Wish } from './facts.js';

/** The keys that a plan needs: garbage in any other key of a VM blocks nothing. */
export const WISH_KEYS = [
  'name',
  'state',
  'node',
  'lastNode',
  'xml',
  'failedReason',
  'volumes',
  'migrationMethod',
  'migrationMaxDowntime',
] as const satisfies readonly TreeKey<'domain'>[];

type WishKey = (typeof WISH_KEYS)[number];

/** The wish for a VM, that there is none, or the first key that cannot be read. */
export type WishReading =
  | { readonly wish: Wish; readonly problem?: undefined }
  | { readonly wish?: undefined; readonly problem: Problem }
  | { readonly wish?: undefined; readonly problem?: undefined };

const DEFAULT_DOWNTIME_MS = 300;

/** Reads what the public keys of a VM ask for, all keys at once. */
export async function readWish(store: Store, uuid: string): Promise<WishReading> {
  const entries = await Promise.all(WISH_KEYS.map((key) => store.read(keyPath('domain', key, { uuid }))));
  const root = entries[WISH_KEYS.indexOf('name')];
  if (root === undefined) return {};
  const keys = new Keys(uuid, entries);
  const state = keys.needed('state');
  const [name, node, xml, volumes] = [
    keys.needed('name'),
    keys.needed('node'),
    keys.needed('xml'),
    keys.needed('volumes'),
  ];
  const [lastNode, failedReason] = [keys.needed('lastNode'), keys.needed('failedReason')];
  const [method, downtime] = [keys.optional('migrationMethod'), keys.optional('migrationMaxDowntime')];
  if (keys.problem !== undefined) return { problem: keys.problem };
  if (!state || !name || !node || !xml || !volumes || !lastNode || !failedReason) return {};
  return {
    wish: {
      name: name.value,
      state: { value: state.value, version: state.version, mzxid: state.mzxid },
      node: { value: node.value ?? '', version: node.version },
      lastNode: { value: lastNode.value ?? '', version: lastNode.version },
      xml: { value: xml.value, version: xml.version },
      failedReason: { value: failedReason.value, version: failedReason.version },
      volumes: volumes.value,
      migrationMethod: method?.value ?? 'none',
      maxDowntimeMs: downtime?.value ?? DEFAULT_DOWNTIME_MS,
    },
  };
}

/**
 * Whether a node was flushed after transaction `mzxid`. One that has only come into the tree begins flushed: that is no wish,
 * and other programs may have wished for VMs on it before it was there.
 *
 * @param entry the node's domain state
 */
export function flushedSince(entry: Entry | undefined, mzxid: bigint): boolean {
  if (entry === undefined || entry.stat.mzxid <= mzxid || entry.stat.version === 0) return false;
  const state = decodeKey('node', 'domainState', entry.data, entry.path);
  return state.ok && (state.value === 'flushed' || state.value === 'flush');
}

interface Found<K extends WishKey> {
  readonly value: TreeValue<'domain', K>;
  readonly version: number;
  readonly mzxid: bigint;
}

class Keys {
  problem: Problem | undefined;
  readonly #uuid: string;
  readonly #entries: readonly (Entry | undefined)[];

  constructor(uuid: string, entries: readonly (Entry | undefined)[]) {
    this.#uuid = uuid;
    this.#entries = entries;
  }

  /** The value with its version; a problem is noted when the key is missing or garbage. */
  needed<K extends WishKey>(key: K): Found<K> | undefined {
    if (this.#entries[WISH_KEYS.indexOf(key)] === undefined) {
      const path = keyPath('domain', key, { uuid: this.#uuid });
      this.problem ??= { path, expected: 'a value', found: 'nothing', remedy: `write ${path}` };
    }
    return this.optional(key);
  }

  /** The value with its version; a problem is noted when the key is garbage. */
  optional<K extends WishKey>(key: K): Found<K> | undefined {
    const entry = this.#entries[WISH_KEYS.indexOf(key)];
    if (entry === undefined) return undefined;
    const { path } = entry;
    const decoded = decodeKey('domain', key, entry.data, path);
    if (decoded.ok) return { value: decoded.value, version: entry.stat.version, mzxid: entry.stat.mzxid };
    this.problem ??= decoded.problem;
    return undefined;
  }
}
