import { DroverError } from '../core/index.js';
import { vmNames } from '../domain/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import { readKeys, withoutContenders } from '../tree/index.js';
import { readPointRecord } from './points.js';

/** One snapshot of one volume, by its names. */
export interface SnapshotName {
  readonly pool: string;
  readonly volume: string;
  readonly snapshot: string;
}

/** The VM of whose restore points a snapshot is part. */
export interface Owner {
  readonly uuid: string;
  readonly vm: string;
}

/** VMs that are looked at at once. */
const READS = 64;

/**
 * Whose restore point a snapshot of a volume belongs to: by our records, also of points that are being made or removed, and
 * by what the public tree shows of snapshots that another program made. Undefined: nobody's.
 */
export async function ownerOf(
  store: Store,
  name: SnapshotName,
  options?: CallOptions,
): Promise<Owner | undefined> {
  const names = await vmNames(store, options);
  const recorded = withoutContenders((await store.children('/drover/points', options))?.names ?? []);
  const uuids = [...new Set([...names.keys(), ...recorded])];
  for (let at = 0; at < uuids.length; at += READS) {
    const found = await Promise.all(
      uuids
        .slice(at, at + READS)
        .map(async (uuid) => ((await isPart(store, uuid, name, options)) ? [uuid] : [])),
    );
    const [uuid] = found.flat();
    if (uuid !== undefined) return { uuid, vm: names.get(uuid) ?? uuid };
  }
  return undefined;
}

async function isPart(
  store: Store,
  uuid: string,
  { pool, volume, snapshot }: SnapshotName,
  options?: CallOptions,
): Promise<boolean> {
  const isIt = (one: { readonly pool: string; readonly volume: string }) =>
    one.pool === pool && one.volume === volume;
  const record = await readPointRecord(store, uuid, snapshot, options);
  if (record !== undefined) return record.value.disks.some(isIt);
  const keys = await readKeys(store, 'vm-snapshot', { uuid, snapshot }, ['volumeSnapshots'], options);
  return (keys.value('volumeSnapshots') ?? []).some((one) => one.snapshot === snapshot && isIt(one));
}

/** REFUSED for a snapshot that is part of a restore point, with the command for the whole of it. */
export async function refuseOwned(
  store: Store,
  name: SnapshotName,
  remedy: (owner: Owner) => string,
  options?: CallOptions,
): Promise<void> {
  const owner = await ownerOf(store, name, options);
  if (owner === undefined) return;
  throw new DroverError('REFUSED', {
    object: `snapshot '${name.pool}/${name.volume}@${name.snapshot}'`,
    reason: `it is part of snapshot ${name.snapshot} of VM '${owner.vm}'`,
    remedy: remedy(owner),
  });
}
