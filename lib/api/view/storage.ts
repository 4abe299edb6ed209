import type { CephText, Osd, Pool, Volume, VolumeSnapshot } from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { roundedSize } from '../../pvc/index.js';
import type { Sight } from './sight.js';

/** What a list of images or their snapshots is narrowed to. */
export interface StorageFilter {
  readonly pool?: string;
  readonly volume?: string;
  readonly limit?: (name: string) => boolean;
}

/** What `ceph status` or `ceph df` printed to the primary. */
export async function cephText(sight: Sight, type: 'status' | 'utilization'): Promise<CephText> {
  const cluster = await sight.object('cluster', {}, ['primaryNode', 'cephStatus', 'cephUtilization']);
  const key = type === 'status' ? 'cephStatus' : 'cephUtilization';
  return { type, primary_node: cluster.text('primaryNode'), ceph_data: cluster.text(key).trimEnd() };
}

export async function listPools(sight: Sight, limit: (name: string) => boolean): Promise<Pool[]> {
  const names = (await sight.names('/ceph/pools')).filter(limit);
  return await Promise.all(
    names.map(async (name) => {
      const [pool, volumes] = await Promise.all([
        sight.object('pool', { pool: name }, ['pgs', 'tier', 'stats']),
        sight.names(`/ceph/volumes/${name}`),
      ]);
      return {
        name,
        volume_count: volumes.length,
        pgs: pool.value('pgs') ?? 0,
        tier: pool.text('tier') || 'default',
        stats: pool.value('stats')?.object ?? {},
      };
    }),
  );
}

export async function listOsds(sight: Sight, limit: (id: string) => boolean): Promise<Osd[]> {
  const ids = (await sight.names('/ceph/osds')).filter(limit);
  return await Promise.all(
    ids.map(async (id) => {
      const osd = await sight.object('osd', { osd: id }, ['node', 'device', 'dbDevice', 'split', 'stats']);
      return {
        id,
        node: osd.text('node'),
        device: osd.text('device'),
        db_device: osd.text('dbDevice'),
        is_split: osd.value('split') ?? false,
        stats: osd.value('stats')?.object ?? {},
      };
    }),
  );
}

/** The volumes that match, by pool and name. NOT_FOUND for a pool that does not exist. */
export async function listVolumes(sight: Sight, { pool, limit }: StorageFilter): Promise<Volume[]> {
  const pools = await poolsOf(sight, pool);
  const volumes = await Promise.all(
    pools.map(async (at) => {
      const names = await sight.names(`/ceph/volumes/${at}`);
      return await Promise.all(
        names.filter((name) => limit?.(name) ?? true).map((name) => readVolume(sight, at, name)),
      );
    }),
  );
  return volumes.flat();
}

/** NOT_FOUND when the pool has no volume of this very name. */
export async function getVolume(sight: Sight, pool: string, name: string): Promise<Volume> {
  if (!(await known(sight, '/ceph/volumes', pool, name))) throw missing('volume', `${pool}/${name}`);
  return await readVolume(sight, pool, name);
}

async function readVolume(sight: Sight, pool: string, volume: string): Promise<Volume> {
  const seen = await sight.object('volume', { pool, volume }, ['stats']);
  const stats = seen.value('stats')?.object ?? {};
  const size = stats['size'];
  return {
    name: volume,
    pool,
    stats: typeof size === 'number' ? { ...stats, size: roundedSize(size) } : stats,
  };
}

/** The snapshots of volumes that match, by pool, volume and name. */
export async function listVolumeSnapshots(sight: Sight, filter: StorageFilter): Promise<VolumeSnapshot[]> {
  const pools = await poolsOf(sight, filter.pool);
  const found = await Promise.all(
    pools.map(async (pool) => {
      const volumes = (await sight.names(`/ceph/snapshots/${pool}`)).filter(
        (name) => filter.volume === undefined || name === filter.volume,
      );
      return await Promise.all(volumes.map((volume) => snapshotsOf(sight, pool, volume, filter.limit)));
    }),
  );
  return found.flat(2);
}

/** NOT_FOUND when the volume has no snapshot of this very name. */
export async function getVolumeSnapshot(
  sight: Sight,
  pool: string,
  volume: string,
  name: string,
): Promise<VolumeSnapshot> {
  const there = await known(sight, '/ceph/snapshots', pool, volume, name);
  const [snapshot] = there ? await snapshotsOf(sight, pool, volume, (one) => one === name) : [];
  if (snapshot === undefined) throw missing('snapshot', `${pool}/${volume}@${name}`);
  return snapshot;
}

async function snapshotsOf(
  sight: Sight,
  pool: string,
  volume: string,
  limit: StorageFilter['limit'],
): Promise<VolumeSnapshot[]> {
  const names = await sight.names(`/ceph/snapshots/${pool}/${volume}`);
  return await Promise.all(
    names
      .filter((name) => limit?.(name) ?? true)
      .map(async (snapshot) => {
        const seen = await sight.object('volume-snapshot', { pool, volume, snapshot }, ['stats']);
        return { pool, volume, snapshot, stats: seen.value('stats')?.object ?? {} };
      }),
  );
}

/** Whether these names lie one below the other. What a caller wrote is looked for, never made a path. */
async function known(sight: Sight, folder: string, ...names: readonly string[]): Promise<boolean> {
  let at = folder;
  for (const name of names) {
    if (!(await sight.names(at)).includes(name)) return false;
    at = `${at}/${name}`;
  }
  return true;
}

async function poolsOf(sight: Sight, pool: string | undefined): Promise<readonly string[]> {
  const pools = await sight.names('/ceph/pools');
  if (pool === undefined) return pools;
  if (!pools.includes(pool)) throw missing('pool', pool);
  return [pool];
}

function missing(kind: string, name: string): DroverError {
  return new DroverError('NOT_FOUND', {
    object: `${kind} '${name}'`,
    reason: `there is no ${kind} of this name`,
  });
}
