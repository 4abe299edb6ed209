import { isDroverError } from '../core/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import { bytesOf, encodeKey, keyPath, objectPath, publish, removalOf } from '../tree/index.js';
import { publishVolume } from '../volume/index.js';
import type { Entry } from './chain.js';
import type { BackupWorld } from './world.js';

const EMPTY = bytesOf('');

/** Whether the public tree shows the snapshot of a backup. A VM that is gone needs none. */
export async function isTold(
  store: Store,
  { name, manifest }: Entry,
  options?: CallOptions,
): Promise<boolean> {
  const { uuid } = manifest.vm;
  if ((await store.read(objectPath('domain', { uuid }), options)) === undefined) return true;
  const folder = `/domains/${uuid}/snapshots/${name}`;
  return (await store.read(folder, options)) !== undefined;
}

/** Shows the snapshot of a backup in the public tree: of the VM and of each of its volumes, in one transaction. */
export async function tellSnapshot(
  { store, storage }: BackupWorld,
  { name, manifest }: Entry,
  options?: CallOptions,
): Promise<void> {
  const { uuid } = manifest.vm;
  const at = { uuid, snapshot: name };
  const values = new Map<string, Uint8Array>([
    [`/domains/${uuid}/snapshots`, EMPTY],
    [objectPath('vm-snapshot', at), bytesOf(name)],
    [keyPath('vm-snapshot', 'timestamp', at), bytesOf(String(Math.floor(manifest.at / 1000)))],
    [keyPath('vm-snapshot', 'xml', at), bytesOf(manifest.xml)],
    [
      keyPath('vm-snapshot', 'volumeSnapshots', at),
      encodeKey(
        'vm-snapshot',
        'volumeSnapshots',
        manifest.disks.map(({ pool, volume }) => ({ pool, volume, snapshot: name })),
      ),
    ],
  ]);
  for (const { pool, volume, bytes, snapshotId } of manifest.disks) {
    const stats = JSON.stringify({ name: volume, id: snapshotId, snapshot_name: name, size: bytes });
    const names = { pool, volume, snapshot: name };
    values.set(objectPath('pool-snapshots', { pool }), EMPTY);
    values.set(objectPath('volume-snapshots', { pool, volume }), EMPTY);
    values.set(objectPath('volume-snapshot', names), EMPTY);
    values.set(keyPath('volume-snapshot', 'stats', names), bytesOf(stats));
  }
  await publish(store, values, options);
  await tellVolumes({ store, storage }, manifest.disks, options);
}

/** Takes the snapshot of a backup from Ceph, where it is still the same one, and from the public tree; none is fine. */
export async function dropSnapshots(
  world: Pick<BackupWorld, 'store' | 'storage'>,
  { name, manifest }: Entry,
  options?: CallOptions,
): Promise<void> {
  const { store, storage } = world;
  for (const { pool, volume, snapshotId } of manifest.disks)
    try {
      await storage.dropSnapshot({ pool, name: volume }, name, snapshotId, options);
    } catch (error) {
      // No such image any more, or another snapshot of this name: neither is ours.
      if (!isDroverError(error, 'NOT_FOUND', 'STORAGE_REFUSED')) throw error;
    }
  await removeKeys(store, `/domains/${manifest.vm.uuid}/snapshots/${name}`, options);
  for (const { pool, volume } of manifest.disks)
    await removeKeys(store, objectPath('volume-snapshot', { pool, volume, snapshot: name }), options);
  await tellVolumes(world, manifest.disks, options);
}

async function removeKeys(store: Store, path: string, options?: CallOptions): Promise<void> {
  const writes = await removalOf(store, path, options);
  if (writes.length > 0) await store.commit(writes, options);
}

/** How many snapshots a volume has is part of what is told of it. */
async function tellVolumes(
  { store, storage }: Pick<BackupWorld, 'store' | 'storage'>,
  disks: readonly { readonly pool: string; readonly volume: string }[],
  options?: CallOptions,
): Promise<void> {
  for (const { pool, volume } of disks) {
    const name = { pool, name: volume };
    const told = await store.read(objectPath('volume', { pool, volume }), options);
    const image = told && (await storage.image(name, options));
    if (image !== undefined) await publishVolume(store, name, image, options);
  }
}
