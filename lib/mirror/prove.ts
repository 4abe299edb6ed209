import type { MirrorMarked, SumLine } from '../../schemas/mirror-wire.js';
import { DroverError } from '../core/index.js';
import type { CallOptions, ImageName } from '../ports/index.js';
import { type Point, pointWrite, readPointRecords, readPoints } from '../point/index.js';
import { imagesOf, lossOf } from './images.js';
import { termOf } from './records.js';
import { sumsOf } from './sums.js';
import type { ReceiverWorld } from './world.js';

export interface SumsWish {
  readonly disk: ImageName;
  /** Bytes a second. */
  readonly rate?: number;
  readonly signal: AbortSignal;
}

/**
 * What a disk holds at a point here. A point may be removed while it is read, and a snapshot that is gone reads as whatever
 * it likes: it is looked for before, and again before the end is told.
 */
export async function sumsOfPoint(
  world: ReceiverWorld,
  uuid: string,
  id: string,
  { disk, rate, signal }: SumsWish,
): Promise<AsyncIterable<SumLine>> {
  await world.store.sync({ signal });
  const point = await wholePoint(world, uuid, id, { signal });
  const its = point.disks.find(({ pool, volume }) => pool === disk.pool && volume === disk.name);
  if (its === undefined)
    throw new DroverError('NOT_FOUND', {
      object: `volume ${disk.pool}/${disk.name} of point ${point.name}`,
      reason: 'the point here has no such disk',
      remedy: 'check mirror.peers.NAME.pools at the source, or mirror the VM again',
    });
  return (async function* () {
    yield* sumsOf(world, { image: disk, snapshot: point.name, bytes: its.bytes }, { rate, signal });
    await wholePoint(world, uuid, id, { signal });
  })();
}

/** The complete point of this id, whose images and snapshots are what they were. NOT_FOUND otherwise. */
export async function wholePoint(
  { store, storage }: Pick<ReceiverWorld, 'store' | 'storage'>,
  uuid: string,
  id: string,
  options: CallOptions,
): Promise<Point> {
  const point = (await readPoints(store, uuid, options)).find((one) => one.id === id);
  const loss = point && lossOf(point, await imagesOf(storage, [point], options));
  if (point !== undefined && loss === undefined) return point;
  throw new DroverError('NOT_FOUND', {
    object: `point ${point?.name ?? id}`,
    reason: loss ?? 'it is not there, or not any more',
    remedy: 'mirror the VM again, then verify that',
  });
}

/**
 * Keeps what the source has found. A point that differs is no base any more, so that the next one repairs the copy; one that
 * is equal is, even if it came without its zeroes. A point that was made here carries no mark.
 */
export async function judgePoint(
  { store, node }: ReceiverWorld,
  uuid: string,
  id: string,
  equal: boolean,
  options?: CallOptions,
): Promise<MirrorMarked> {
  await store.sync(options);
  for (const [name, record] of await readPointRecords(store, uuid, options)) {
    const { received, ...value } = record.value;
    if (value.id !== id || value.state !== 'complete') continue;
    if (received === undefined) return { unproven: false };
    const { unproven = false, ...from } = received;
    if (unproven === equal) {
      const next = { ...value, received: equal ? from : { ...from, unproven: true } };
      await store.commit([pointWrite(uuid, name, next, record), await termOf(store, node, options)], options);
    }
    return { unproven: !equal };
  }
  throw new DroverError('NOT_FOUND', { object: `point ${id}`, reason: 'it is not here any more' });
}
