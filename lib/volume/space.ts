import { DroverError } from '../core/index.js';
import type { ImageName, Pool, Storage, StorageCall } from '../ports/index.js';
import { volumeLabel } from './names.js';

/** A pool is left so much empty, unless the request says otherwise. */
const FILL = 0.8;

/**
 * Refuses what does not fit into a pool: as much as is free or more, always; more than 80 % of the whole with it, unless
 * `force`. Without a manager daemon Ceph knows of no figures: then only `force` goes on.
 */
export function refuseSpace(volume: ImageName, pool: Pool | undefined, bytes: number, force: boolean): void {
  if (bytes <= 0) return;
  const object = volumeLabel(volume);
  const { storedBytes = 0, freeBytes = 0, name = volume.pool } = pool ?? {};
  if (storedBytes === 0 && freeBytes === 0) {
    if (force) return;
    throw new DroverError('REFUSED', {
      object,
      reason: `Ceph does not say how full pool ${name} is`,
      remedy: 'see that a manager daemon of Ceph runs, or give force',
    });
  }
  const figures = `${bytes} bytes more, with ${storedBytes} stored and ${freeBytes} free`;
  if (bytes >= freeBytes)
    throw new DroverError('REFUSED', {
      object,
      reason: `it does not fit into pool ${name}: ${figures}`,
      remedy: 'make room in the pool first',
    });
  if (!force && storedBytes + bytes >= FILL * (storedBytes + freeBytes))
    throw new DroverError('REFUSED', {
      object,
      reason: `pool ${name} would be more than ${FILL * 100} % full: ${figures}`,
      remedy: 'make room in the pool, or give force',
    });
}

/** The same with the pool's present figures. */
export async function checkSpace(
  storage: Storage,
  volume: ImageName,
  bytes: number,
  force: boolean,
  options?: StorageCall,
): Promise<void> {
  const pools = await storage.pools(options);
  refuseSpace(
    volume,
    pools.find(({ name }) => name === volume.pool),
    bytes,
    force,
  );
}
