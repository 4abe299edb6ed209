import { DroverError, isDroverError } from '../core/index.js';
import type { Storage, StorageCall } from '../ports/index.js';

/** What is left free for what has to be cleaned up: on a full pool even a removal hangs (D4). */
const KEPT_FRACTION = 0.05;
const KEPT_BYTES = 128 * 1024 * 1024;

/** REFUSED with the numbers when a pool has not the room for so many bytes. */
export async function refuseFull(
  storage: Storage,
  wanted: ReadonlyMap<string, number>,
  options?: StorageCall,
): Promise<void> {
  const pools = await storage.pools(options);
  for (const [name, bytes] of wanted) {
    const pool = pools.find((one) => one.name === name);
    if (pool === undefined) {
      await refuseMissing(storage, name, options);
      continue;
    }
    const size = pool.storedBytes + pool.freeBytes;
    // All zero: Ceph has no manager that counts.
    if (size === 0) continue;
    const free = Math.floor(pool.freeBytes - Math.min(size * KEPT_FRACTION, KEPT_BYTES));
    if (bytes > free)
      throw new DroverError('REFUSED', {
        object: `pool ${name}`,
        reason: `${bytes} bytes may come, and ${Math.max(0, free)} are free beside what is kept for cleaning up`,
        remedy: 'make room there; what has arrived stays for the next try',
      });
  }
}

/** Without a manager Ceph counts no pools: whether one is there tells its list of images. */
async function refuseMissing(storage: Storage, name: string, options?: StorageCall): Promise<void> {
  try {
    await storage.images(name, options);
  } catch (error) {
    if (!isDroverError(error, 'NOT_FOUND')) throw error;
    throw new DroverError('NOT_FOUND', {
      object: `pool ${name}`,
      reason: 'there is none of this name here',
      remedy: 'map it to one that there is: `mirror.peers.NAME.pools` at the source',
    });
  }
}
