import type { MirrorOffer } from '../../schemas/mirror-wire.js';
import { DroverError, forEachOf, together } from '../core/index.js';
import { type Point, readPointRecord, readPoints } from '../point/index.js';
import type { CallOptions } from '../ports/index.js';
import { discard } from '../volume/index.js';
import { admit } from './admit.js';
import type { BaseRule } from './base.js';
import { step, stepTold } from './cuts.js';
import { backTo, type ImageNow, imagesOf } from './images.js';
import { stageOf } from './names.js';
import { abandonReceive, moveDisk, needReceive, type ReceiveDisk, sweepStages } from './receives.js';
import {
  type Mirror,
  type MirrorRecord,
  mirrorWrite,
  readReceives,
  type Receive,
  type ReceiveRecord,
  receiveWrite,
  termOf,
} from './records.js';
import type { ReceiverWorld, ReceivingWorld } from './world.js';

/** Images made ready at once. */
const IMAGES = 4;

/** How a receive begins. */
export interface Begin {
  readonly base: BaseRule;
  /** It comes without its zeroes. */
  readonly unproven: boolean;
}

/**
 * Other receives of the VM: one that was being completed is, one that was only begun is given up for the newer.
 *
 * @returns their ids
 */
export async function settleOthers(
  world: ReceivingWorld,
  offer: MirrorOffer,
  options?: CallOptions,
): Promise<readonly string[]> {
  const others = [...(await readReceives(world.store, options))].filter(
    ([id, { value }]) => value.uuid === offer.vm.uuid && id !== offer.point.id,
  );
  for (const [id] of others) await abandonReceive(world, id, options);
  return others.map(([id]) => id);
}

/** The record of a new receive: nothing that anybody uses has changed before it stands. */
export async function foundReceive(
  world: ReceivingWorld,
  offer: MirrorOffer,
  how: Begin,
  options?: CallOptions,
): Promise<{ readonly receive: ReceiveRecord; readonly why: string }> {
  const { store, storage, clock, node, room } = world;
  const { id } = offer.point;
  const { uuid } = offer.vm;
  const mirror = await admit(store, offer, options);
  const here = async () => {
    const points = mirror === undefined ? [] : await readPoints(store, uuid, options);
    return { points, images: await imagesOf(storage, points, options) };
  };
  const pools = new Set(offer.disks.map(({ pool }) => pool));
  const [before, swept] = await together([here(), sweepStages(world, pools, options), room.look(options)]);
  // Sweeping took its time, and has made room.
  if (swept > 0) room.forget();
  const { points, images } = swept > 0 ? await here() : before;
  const { base, why } = how.base(points, images);
  await refuseTaken(world, offer, base, images, options);
  const wanted = new Map<string, number>();
  for (const { pool, data } of offer.disks) wanted.set(pool, (wanted.get(pool) ?? 0) + data);
  await room.admit(wanted, options);
  const clean = mirror?.value.head?.state === 'clean' && mirror.value.head.point === base?.id;
  const disks = offer.disks.map((disk, at) => {
    const its = base?.disks.find(({ pool, volume }) => pool === disk.pool && volume === disk.volume);
    const { of, pool, volume, bytes } = disk;
    const same = { of, pool, volume, bytes, cursor: 0 };
    if (its === undefined) return { ...same, imageId: '', stage: stageOf(id, at) };
    return { ...same, imageId: clean ? its.imageId : '', base: true };
  });
  const { xml, meta, ...point } = offer.point;
  const value: Omit<Receive, 'v'> = {
    ...{ uuid, epoch: offer.epoch, source: offer.source, since: clock.now(), state: 'receiving' },
    point: { ...point, ...(how.unproven ? { unproven: true } : {}) },
    ...(base === undefined ? {} : { base: { id: base.id, name: base.name } }),
    vm: { name: offer.vm.name, xml, meta },
    disks,
  };
  const writes = [receiveWrite(id, value, undefined), await termOf(store, node, options)];
  if (mirror !== undefined) writes.push(mirrorWrite(uuid, dirtied(mirror, base), mirror));
  await step(world, 'receive/found', () => store.commit(writes, options));
  return { receive: await needReceive(world, id, options), why };
}

/** REFUSED when the copy has something else of the name: it would be taken for the point, or stand in its way for ever (M24). */
async function refuseTaken(
  { store }: ReceivingWorld,
  { vm, point }: MirrorOffer,
  base: Point | undefined,
  images: ReadonlyMap<string, ImageNow>,
  options?: CallOptions,
): Promise<void> {
  const record = await readPointRecord(store, vm.uuid, point.name, options);
  const disk = base?.disks.find(({ pool, volume }) => images.get(`${pool}/${volume}`)?.names.has(point.name));
  if (record === undefined && disk === undefined) return;
  throw new DroverError('REFUSED', {
    object: `snapshot ${point.name} of VM '${vm.name}'`,
    reason:
      record === undefined && disk !== undefined
        ? `the copy's volume ${disk.pool}/${disk.volume} has another one of this name`
        : 'the copy has another one of this name',
    remedy: 'remove that one there, or send one of another name',
  });
}

/** Makes every image ready that is not. */
export async function prepareDisks(
  world: ReceiverWorld,
  { value: { uuid, base, disks } }: ReceiveRecord,
  id: string,
  options?: CallOptions,
): Promise<ReceiveRecord> {
  const point = (await readPoints(world.store, uuid, options)).find((one) => one.id === base?.id);
  await forEachOf(disks, IMAGES, async (disk, at) => {
    if (disk.imageId !== '') return;
    const make = () => prepareDisk(world, disk, id, point, options);
    await stepTold(world, 'receive/image', make, (imageId) =>
      moveDisk(world, id, at, (one) => ({ ...one, imageId })),
    );
  });
  return await needReceive(world, id, options);
}

/** Rolled back to the base, or new and empty; returns the id of the image. */
async function prepareDisk(
  world: ReceiverWorld,
  { stage, pool, volume, bytes }: ReceiveDisk,
  id: string,
  base: Point | undefined,
  options?: CallOptions,
): Promise<string> {
  const { storage } = world;
  if (stage !== undefined) {
    const image = { pool, name: stage };
    await discard(world, image, options?.signal);
    // Any size will do: the first unit brings the right one.
    await storage.create(image, Math.max(bytes, 1), options);
    return (await storage.image(image, options))?.id ?? '';
  }
  const its = base?.disks.find((one) => one.pool === pool && one.volume === volume);
  if (base === undefined || its === undefined)
    throw new DroverError('NOT_FOUND', { object: `receive ${id}`, reason: 'its base is gone' });
  await backTo(world, base, its, options);
  return its.imageId;
}

function dirtied({ value }: MirrorRecord, base: Point | undefined): Omit<Mirror, 'v'> {
  return { ...value, head: { state: 'dirty', ...(base === undefined ? {} : { point: base.id }) } };
}
