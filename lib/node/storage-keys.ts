import { isDroverError, type Log, Loop, type Plan } from '../core/index.js';
import type { Leadership } from '../ownership/index.js';
import type { Clock, Pool, Storage, Store } from '../ports/index.js';
import { bytesOf, keyPath, objectPath, publish } from '../tree/index.js';

export interface StorageKeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly leadership: Leadership;
  readonly storage: Storage;
  readonly everyMs: number;
}

/** Asking Ceph costs a Python program each time: not more often than this. */
const LEAST_MS = 30_000;

/** Keeps what the public tree says of Ceph and its pools up to date, in a term of the primary. */
export function keepStorageKeys(options: StorageKeysOptions): void {
  const { leadership, clock, log, everyMs } = options;
  const ms = Math.max(everyMs, LEAST_MS);
  const loop = new Loop<never>(leadership.scope, {
    name: 'storage',
    alarms: clock,
    pass: async (signal): Promise<Plan<never>> => {
      await tell(options, signal);
      return { do: 'wait', ms, reason: 'told' };
    },
    onError: (error, retryMs) => {
      // A cluster may do without Ceph, or before it: its figures are missing then, and nothing else.
      if (!isDroverError(error, 'NOT_LEADER', 'TREE_READ_ONLY'))
        log.warn({ err: error, retryMs }, 'the state of Ceph cannot be told');
    },
    firstRetryMs: 5_000,
    lastRetryMs: ms,
  });
  void loop.start();
}

async function tell({ store, storage, leadership }: StorageKeysOptions, signal: AbortSignal): Promise<void> {
  const { status, usage, health } = await storage.report({ signal });
  const pools = await storage.pools({ signal });
  leadership.throwIfOver();
  await publish(
    store,
    new Map([
      [keyPath('cluster', 'cephStatus'), bytesOf(status)],
      [keyPath('cluster', 'cephHealth'), bytesOf(health)],
      [keyPath('cluster', 'cephUtilization'), bytesOf(usage)],
    ]),
    { signal },
  );
  // Ceph's own pools are nobody's.
  for (const pool of pools.filter(({ name }) => !name.startsWith('.') && name !== 'device_health_metrics'))
    await tellPool(store, pool, signal);
}

async function tellPool(store: Store, pool: Pool, signal: AbortSignal): Promise<void> {
  const names = { pool: pool.name };
  const empty = bytesOf('');
  const present = await store.read(objectPath('pool', names), { signal });
  const made: readonly (readonly [string, Uint8Array])[] =
    present !== undefined
      ? []
      : [
          [objectPath('pool', names), empty],
          [keyPath('pool', 'pgs', names), empty],
          [keyPath('pool', 'tier', names), bytesOf('default')],
          [objectPath('pool-volumes', names), empty],
          [objectPath('pool-snapshots', names), empty],
        ];
  await publish(store, new Map([...made, [keyPath('pool', 'stats', names), bytesOf(statsOf(pool))]]), {
    signal,
  });
}

/** The JSON of `/ceph/pools/{pool}/stats`, as far as `ceph df` tells it. */
function statsOf(pool: Pool): string {
  return JSON.stringify({
    id: pool.id,
    stored_bytes: pool.storedBytes,
    free_bytes: pool.freeBytes,
    used_bytes: pool.usedBytes,
    used_percent: pool.usedFraction,
    num_objects: pool.objects,
  });
}
