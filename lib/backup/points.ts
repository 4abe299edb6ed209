import type { CallOptions, Store } from '../ports/index.js';
import { dropPoint, type PointRecord, readPointRecords } from '../point/index.js';
import type { Entry } from './chain.js';
import type { BackupWorld } from './world.js';

/** The point of a backup. */
export interface BackupPoint {
  readonly name: string;
  readonly record: PointRecord;
}

/** The points that backups were made of and that are still there. They are meant by the ids of their snapshots. */
export async function pointsOf(
  store: Store,
  uuid: string,
  entries: readonly Entry[],
  options?: CallOptions,
): Promise<readonly BackupPoint[]> {
  const records = await readPointRecords(store, uuid, options);
  return entries.flatMap(({ name, manifest }) => {
    const record = records.get(name);
    if (record?.value.origin !== 'backup') return [];
    const same = manifest.disks.every(({ imageId, snapshotId }) =>
      record.value.disks.some((disk) => disk.imageId === imageId && disk.snapshotId === snapshotId),
    );
    return same ? [{ name, record }] : [];
  });
}

/** Removes the point of a backup; none is fine. */
export async function dropPointOf(
  world: Pick<BackupWorld, 'store' | 'storage'>,
  entry: Entry,
  options: CallOptions = {},
): Promise<void> {
  const { uuid } = entry.manifest.vm;
  for (const point of await pointsOf(world.store, uuid, [entry], options))
    await dropPoint(world, { uuid, ...point }, options);
}
