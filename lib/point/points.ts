import type { DocumentOf } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import type { CallOptions, Store, Write } from '../ports/index.js';
import {
  documentPath,
  publish,
  type Recorded,
  readRecord,
  withoutContenders,
  writeRecord,
} from '../tree/index.js';

export type PointRecord = Recorded<'point'>;
export type PointDisk = DocumentOf<'point'>['disks'][number];

/** A restore point that is complete: everything that it may lack while it is being made is there. */
export interface Point {
  readonly name: string;
  readonly id: string;
  readonly at: number;
  readonly origin: DocumentOf<'point'>['origin'];
  readonly consistency: NonNullable<DocumentOf<'point'>['consistency']>;
  readonly xml: string;
  readonly meta: NonNullable<DocumentOf<'point'>['meta']>;
  readonly disks: readonly Required<
    Pick<PointDisk, 'pool' | 'volume' | 'imageId' | 'snapshotId' | 'bytes'>
  >[];
  readonly unproven: boolean;
}

export async function readPointRecord(
  store: Store,
  uuid: string,
  name: string,
  options?: CallOptions,
): Promise<PointRecord | undefined> {
  return await readRecord(store, 'point', documentPath('point', { uuid, point: name }), options);
}

/** All records of a VM's points, whatever their state, by name. */
export async function readPointRecords(
  store: Store,
  uuid: string,
  options?: CallOptions,
): Promise<ReadonlyMap<string, PointRecord>> {
  const names = withoutContenders((await store.children(folderOf(uuid), options))?.names ?? []);
  const records = await Promise.all(names.map((name) => readPointRecord(store, uuid, name, options)));
  return new Map(names.flatMap((name, at) => (records[at] === undefined ? [] : [[name, records[at]]])));
}

/** The complete points of a VM, the oldest first. */
export async function readPoints(
  store: Store,
  uuid: string,
  options?: CallOptions,
): Promise<readonly Point[]> {
  const records = await readPointRecords(store, uuid, options);
  return [...records]
    .flatMap(([name, record]) => {
      const point = completed(name, record);
      return point === undefined ? [] : [point];
    })
    .sort((one, other) => one.at - other.at || (one.name < other.name ? -1 : 1));
}

/** The point of a record, or undefined while it is not complete. */
export function completed(name: string, { value }: PointRecord): Point | undefined {
  const { state, id, at, origin, consistency, xml, meta } = value;
  if (state !== 'complete' || consistency === undefined || xml === undefined || meta === undefined)
    return undefined;
  const disks = value.disks.flatMap(({ pool, volume, imageId, snapshotId, bytes }) =>
    snapshotId === undefined || bytes === undefined ? [] : [{ pool, volume, imageId, snapshotId, bytes }],
  );
  if (disks.length !== value.disks.length) return undefined;
  return { name, id, at, origin, consistency, xml, meta, disks, unproven: value.received?.unproven ?? false };
}

/** The complete point of this name. NOT_FOUND otherwise. */
export async function needPoint(
  store: Store,
  { uuid, vm }: { readonly uuid: string; readonly vm: string },
  name: string,
  options?: CallOptions,
): Promise<Point> {
  const record = await readPointRecord(store, uuid, name, options);
  const point = record && completed(name, record);
  if (point !== undefined) return point;
  throw new DroverError('NOT_FOUND', {
    object: `snapshot ${name} of VM '${vm}'`,
    reason: record === undefined ? 'there is none of this name' : `it is ${record.value.state}, not complete`,
  });
}

/** The write that moves a record, from the version that was read. */
export function pointWrite(
  uuid: string,
  name: string,
  value: DocumentOf<'point'> | Omit<DocumentOf<'point'>, 'v'>,
  from: PointRecord | undefined,
): Write {
  return writeRecord('point', documentPath('point', { uuid, point: name }), value, from);
}

/** Makes the folder of a VM's points; there already is fine. */
export async function makeFolder(store: Store, uuid: string, options?: CallOptions): Promise<void> {
  await publish(store, new Map([[folderOf(uuid), new Uint8Array()]]), options);
}

export function folderOf(uuid: string): string {
  return `/drover/points/${uuid}`;
}
