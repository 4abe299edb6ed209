import { together } from '../core/index.js';
import type { CallOptions, Image, ImageName, Storage, Store, Write } from '../ports/index.js';
import { bytesOf, encodeKey, keyPath, objectPath, removalOf } from '../tree/index.js';
import { publishVolume } from '../volume/index.js';
import type { Point } from './points.js';

const EMPTY = bytesOf('');

/**
 * The writes that make the public tree show a point: of the VM and of each of its volumes. What is there already is set.
 */
export async function publicWrites(
  store: Store,
  uuid: string,
  point: Pick<Point, 'name' | 'at' | 'xml' | 'disks' | 'origin'>,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const { name } = point;
  const at = { uuid, snapshot: name };
  // PVC's backups have whole seconds, all else has fractions.
  const seconds = point.origin === 'backup' ? Math.floor(point.at / 1000) : point.at / 1000;
  const values = new Map<string, Uint8Array>([
    [`/domains/${uuid}/snapshots`, EMPTY],
    [objectPath('vm-snapshot', at), bytesOf(name)],
    [keyPath('vm-snapshot', 'timestamp', at), bytesOf(String(seconds))],
    [keyPath('vm-snapshot', 'xml', at), bytesOf(point.xml)],
    [
      keyPath('vm-snapshot', 'volumeSnapshots', at),
      encodeKey(
        'vm-snapshot',
        'volumeSnapshots',
        point.disks.map(({ pool, volume }) => ({ pool, volume, snapshot: name })),
      ),
    ],
  ]);
  for (const { pool, volume, bytes, snapshotId } of point.disks)
    addVolumeSnapshot(values, { pool, volume, name, id: snapshotId, bytes });
  return await settingWrites(store, values, options);
}

/** One snapshot of one volume. */
export interface VolumeSnapshot {
  readonly pool: string;
  readonly volume: string;
  readonly name: string;
  readonly id: string;
  readonly bytes: number;
}

/** The writes that make the public tree show a snapshot of a volume. */
export async function volumeSnapshotWrites(
  store: Store,
  snapshot: VolumeSnapshot,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const values = new Map<string, Uint8Array>();
  addVolumeSnapshot(values, snapshot);
  return await settingWrites(store, values, options);
}

function addVolumeSnapshot(
  values: Map<string, Uint8Array>,
  { pool, volume, name, id, bytes }: VolumeSnapshot,
): void {
  const names = { pool, volume, snapshot: name };
  values.set(objectPath('pool-snapshots', { pool }), EMPTY);
  values.set(objectPath('volume-snapshots', { pool, volume }), EMPTY);
  values.set(objectPath('volume-snapshot', names), EMPTY);
  const stats = JSON.stringify({ name: volume, id, snapshot_name: name, size: bytes });
  values.set(keyPath('volume-snapshot', 'stats', names), bytesOf(stats));
}

async function settingWrites(
  store: Store,
  values: ReadonlyMap<string, Uint8Array>,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const writes = await Promise.all(
    [...values].map(async ([path, data]): Promise<Write> => {
      const present = await store.read(path, options);
      return present === undefined
        ? { op: 'create', path, data }
        : { op: 'set', path, data, version: present.stat.version };
    }),
  );
  // A folder that is there holds nothing that would have to be written.
  return writes.filter(({ op, path }) => op === 'create' || values.get(path) !== EMPTY);
}

/** The writes that take a point from the public tree; none when it is not shown. */
export async function removalWrites(
  store: Store,
  uuid: string,
  name: string,
  disks: readonly { readonly pool: string; readonly volume: string }[],
  options?: CallOptions,
): Promise<readonly Write[]> {
  const paths = [
    objectPath('vm-snapshot', { uuid, snapshot: name }),
    ...disks.map(({ pool, volume }) => objectPath('volume-snapshot', { pool, volume, snapshot: name })),
  ];
  return (await Promise.all(paths.map((path) => removalOf(store, path, options)))).flat();
}

/** How many snapshots a volume has is part of what is told of it. */
export async function tellVolumes(
  { store, storage }: { readonly store: Store; readonly storage: Storage },
  disks: readonly { readonly pool: string; readonly volume: string }[],
  options?: CallOptions,
): Promise<void> {
  await together(
    disks.map(async ({ pool, volume }) => {
      const name = { pool, name: volume };
      const image = (await isTold(store, name, options)) ? await storage.image(name, options) : undefined;
      if (image !== undefined) await publishVolume(store, name, image, options);
    }),
  );
}

/** Tells anew of a volume that is told of at all. */
export async function tellVolume(
  store: Store,
  name: ImageName,
  image: Image,
  options?: CallOptions,
): Promise<void> {
  if (await isTold(store, name, options)) await publishVolume(store, name, image, options);
}

async function isTold(store: Store, { pool, name }: ImageName, options?: CallOptions): Promise<boolean> {
  return (await store.read(objectPath('volume', { pool, volume: name }), options)) !== undefined;
}
