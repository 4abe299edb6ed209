import type { MirrorOffer } from '../../schemas/mirror-wire.js';
import { DroverError, forEachOf, isDroverError, together } from '../core/index.js';
import { type Point, readPoints } from '../point/index.js';
import type { CallOptions, ImageName } from '../ports/index.js';
import { discard } from '../volume/index.js';
import { admit } from './admit.js';
import type { BaseRule } from './base.js';
import { commitReceive } from './commit.js';
import { step, stepTold } from './cuts.js';
import { backTo, imagesOf } from './images.js';
import { isStray, stageOf } from './names.js';
import { abandonReceive, moveDisk, needReceive, type ReceiveDisk } from './receives.js';
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
import type { Room } from './room.js';
import type { ReceiverWorld } from './world.js';

/** Images made ready at once. */
const IMAGES = 4;

/** How a receive begins. */
export interface Begin {
  readonly base: BaseRule;
  /** It comes without its zeroes. */
  readonly unproven: boolean;
}

/** Other receives of the VM: one that was being completed is, one that was only begun is given up for the newer. */
export async function settleOthers(
  world: ReceiverWorld,
  offer: MirrorOffer,
  options?: CallOptions,
): Promise<void> {
  for (const [id, receive] of await readReceives(world.store, options)) {
    if (receive.value.uuid !== offer.vm.uuid || id === offer.point.id) continue;
    if (receive.value.state === 'committing') await commitReceive(world, receive, id, options);
    else await abandonReceive(world, id, options);
  }
}

/** The record of a new receive: nothing that anybody uses has changed before it stands. */
export async function foundReceive(
  world: ReceiverWorld,
  room: Room,
  offer: MirrorOffer,
  how: Begin,
  options?: CallOptions,
): Promise<{ readonly receive: ReceiveRecord; readonly why: string }> {
  const { store, storage, clock, node } = world;
  const { id } = offer.point;
  const { uuid } = offer.vm;
  const mirror = await admit(store, offer, options);
  const points = mirror === undefined ? [] : await readPoints(store, uuid, options);
  const [images, strays] = await together([
    imagesOf(storage, points, options),
    straysIn(world, new Set(offer.disks.map(({ pool }) => pool)), options),
    room.look(options),
  ]);
  const { base, why } = how.base(points, images);
  for (const stray of strays) await discard(world, stray, options?.signal);
  if (strays.length > 0) room.forget();
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

/**
 * Stages that receives have left behind. The images are listed before the receives: whose stage is there is recorded, and may be of
 * another VM whose receive begins at this moment.
 */
async function straysIn(
  { store, storage }: ReceiverWorld,
  pools: Iterable<string>,
  options?: CallOptions,
): Promise<readonly ImageName[]> {
  const images = await together(
    [...pools].map(async (pool) => {
      const names = await storage.images(pool, options).catch((error: unknown) => {
        // Which pool is missing is said later, with what to do.
        if (isDroverError(error, 'NOT_FOUND')) return [];
        throw error;
      });
      return names.map((name) => ({ pool, name }));
    }),
  );
  const receives = [...(await readReceives(store, options)).keys()];
  return images.flat().filter(({ name }) => isStray(name, receives));
}

function dirtied({ value }: MirrorRecord, base: Point | undefined): Omit<Mirror, 'v'> {
  return { ...value, head: { state: 'dirty', ...(base === undefined ? {} : { point: base.id }) } };
}
