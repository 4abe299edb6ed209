import { isDeepStrictEqual } from 'node:util';
import { DroverError } from '../core/index.js';
import type { CallOptions, ImageName, Store, Write } from '../ports/index.js';
import {
  documentPath,
  keyPath,
  objectPath,
  readKeys,
  readRecord,
  type TreeValue,
  withoutContenders,
  writeRecord,
} from '../tree/index.js';
import { renamedXml } from './disks.js';

/** What a VM's keys shall say instead: other names of volumes of one pool, and perhaps another name of itself. */
export interface Renaming {
  readonly volumes: readonly Renamed[];
  readonly vm?: string;
}

export interface Renamed {
  readonly pool: string;
  readonly from: string;
  readonly to: string;
}

/** Names of snapshots whose keys still say the old names. */
export async function staleSnapshots(
  store: Store,
  uuid: string,
  renaming: Renaming,
  options?: CallOptions,
): Promise<readonly string[]> {
  const folders = [`${objectPath('domain', { uuid })}/snapshots`, `/drover/points/${uuid}`];
  const found = await Promise.all(
    folders.map(async (folder) => withoutContenders((await store.children(folder, options))?.names ?? [])),
  );
  // One of ours that is half taken or half removed is in the second only.
  const names = [...new Set(found.flat())];
  const stale = await Promise.all(
    names.map(
      async (snapshot) => (await snapshotWrites(store, uuid, snapshot, renaming, options)).length > 0,
    ),
  );
  return names.filter((_, at) => stale[at] === true);
}

/** What makes the keys of one snapshot, and our record of it, say the new names. TREE_UNREADABLE when they cannot be read. */
export async function snapshotWrites(
  store: Store,
  uuid: string,
  snapshot: string,
  renaming: Renaming,
  options?: CallOptions,
) {
  const keys = await readKeys(store, 'vm-snapshot', { uuid, snapshot }, ['xml', 'volumeSnapshots'], options);
  const xml = keys.value('xml');
  const list = keys.value('volumeSnapshots');
  return [
    ...(xml === undefined ? [] : keys.set('xml', changedXml(keys.path('xml'), xml, renaming))),
    ...(list === undefined
      ? []
      : keys.set(
          'volumeSnapshots',
          list.map((one) => renamed(renaming, one)),
        )),
    ...(await pointWrites(store, uuid, snapshot, renaming, options)),
  ];
}

async function pointWrites(
  store: Store,
  uuid: string,
  point: string,
  renaming: Renaming,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const record = await readRecord(store, 'point', documentPath('point', { uuid, point }), options);
  if (record === undefined) return [];
  const { xml, disks } = record.value;
  const next = {
    ...record.value,
    ...(xml === undefined ? {} : { xml: changedXml(record.path, xml, renaming) }),
    disks: disks.map((disk) => renamed(renaming, disk)),
  };
  return isDeepStrictEqual(next, record.value) ? [] : [writeRecord('point', record.path, next, record)];
}

/** What makes the VM itself have the new names: in one transaction, tied to its state and to nobody holding it. */
export async function definitionWrites(
  store: Store,
  uuid: string,
  renaming: Renaming,
  options?: CallOptions,
) {
  const keys = await readKeys(store, 'domain', { uuid }, ['name', 'xml', 'volumes', 'state'], options);
  const volumes: TreeValue<'domain', 'volumes'> = keys.needed('volumes');
  const writes = [
    ...(renaming.vm === undefined ? [] : keys.set('name', renaming.vm)),
    ...keys.set('xml', changedXml(keyPath('domain', 'xml', { uuid }), keys.needed('xml'), renaming)),
    ...keys.set(
      'volumes',
      volumes.map((one) => renamed(renaming, one)),
    ),
  ];
  if (writes.length === 0) return [];
  return [...writes, ...keys.check('state'), ...(await stillDown(store, uuid, options))];
}

/** Ties a transaction to a VM that nobody holds. HELD when a node has taken it meanwhile. */
async function stillDown(store: Store, uuid: string, options?: CallOptions): Promise<readonly Write[]> {
  const run = await readRecord(store, 'run', documentPath('run', { uuid }), options);
  const [holder] = run?.value.holders ?? [];
  if (holder !== undefined)
    throw new DroverError('HELD', {
      object: `VM ${uuid}`,
      reason: `${holder.node} has begun to run it meanwhile`,
      remedy: 'stop it and ask again',
    });
  return run === undefined ? [] : [{ op: 'check', path: run.path, version: run.version }];
}

function renamed<V extends { readonly pool: string; readonly volume: string }>(
  { volumes }: Renaming,
  one: V,
): V {
  const to = volumes.find(({ pool, from }) => pool === one.pool && from === one.volume)?.to;
  return to === undefined ? one : { ...one, volume: to };
}

function changedXml(path: string, xml: string, { volumes, vm }: Renaming): string {
  const images = new Map(volumes.map(({ pool, from, to }) => [`${pool}/${from}`, `${pool}/${to}`]));
  const changed = renamedXml(xml, images, vm);
  if (changed !== undefined) return changed;
  throw new DroverError('TREE_UNREADABLE', { object: path, reason: 'it is no well-formed XML' });
}

export function fromOf({ pool, from }: Renamed): ImageName {
  return { pool, name: from };
}

export function toOf({ pool, to }: Renamed): ImageName {
  return { pool, name: to };
}
