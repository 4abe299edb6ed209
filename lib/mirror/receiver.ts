import {
  MIRROR_PROTOCOL,
  type MirrorAbout,
  type MirrorActivate,
  type MirrorCopy,
  type MirrorMarked,
  type MirrorOffer,
  type MirrorPrepare,
  type Reached,
  type ReceiveView,
  type SumLine,
} from '../../schemas/mirror-wire.js';
import { DroverError, isDroverError } from '../core/index.js';
import { findVm, vmNames, whereabouts } from '../domain/index.js';
import type { CallOptions, ImageName } from '../ports/index.js';
import { dropPoint as removePoint, type Point, readPointRecords, readPoints } from '../point/index.js';
import { readKeys } from '../tree/index.js';
import { UnitReader } from '../ship/index.js';
import { discard, shutOut } from '../volume/index.js';
import { activate, prepare, revoke } from './takeover.js';
import { admit } from './admit.js';
import { type BaseRule, chooseBase } from './base.js';
import { commitReceive } from './commit.js';
import { step, stepTold } from './cuts.js';
import { Turns } from './turns.js';
import { backTo, imagesOf } from './images.js';
import { isStray, stageOf } from './names.js';
import { judgePoint, sumsOfPoint, type SumsWish } from './prove.js';
import {
  clusterId,
  type Mirror,
  type MirrorRecord,
  mirrorWrite,
  readMirror,
  readReceive,
  readReceives,
  type Receive,
  type ReceiveRecord,
  receiveWrite,
  termOf,
} from './records.js';
import { refuseFull } from './room.js';
import { wasSeenRunning } from './running.js';
import type { ReceiverWorld } from './world.js';

/** How a receive begins that is not offered by a cluster of Drover. */
export interface Begin {
  readonly base: BaseRule;
  /** It comes without its zeroes. */
  readonly unproven: boolean;
}

/**
 * The receiving side of mirrors, on the primary. Page: docs/mirror-protocol.md. A VM has one turn at a time; whatever is cut
 * is gone on with by the same question.
 */
export class Receiver {
  readonly #world: ReceiverWorld;
  readonly #turns = new Turns();
  /** Receives and their images that only this program has written to: nobody else's client has to be looked for. */
  readonly #ours = new Set<string>();

  constructor(world: ReceiverWorld) {
    this.#world = world;
  }

  async about(options?: CallOptions): Promise<MirrorAbout> {
    const { store, cluster } = this.#world;
    return {
      cluster: { id: await clusterId(store, options), name: cluster.name },
      protocol: MIRROR_PROTOCOL,
    };
  }

  /** NOT_FOUND when there is no such VM here. */
  async copy(uuid: string, options?: CallOptions): Promise<MirrorCopy> {
    const { store } = this.#world;
    await store.sync(options);
    await findVm(store, uuid, options);
    const [vm, record, points, keys, seen] = await Promise.all([
      whereabouts(store, uuid, options),
      readMirror(store, uuid, options),
      readPoints(store, uuid, options),
      readKeys(store, 'domain', { uuid }, ['failedReason'], options),
      wasSeenRunning(store, uuid, options),
    ]);
    const { role = 'active', epoch = 0, head } = record?.value ?? {};
    const failed = keys.value('failedReason');
    return {
      ...{ uuid, name: vm.name, role, epoch, state: vm.state, running: vm.holders.length > 0 && seen },
      ...(head === undefined ? {} : { head }),
      ...(failed === undefined || failed === '' ? {} : { failed }),
      points: points.map(({ id, name, at }) => ({ id, name, at })),
    };
  }

  /** Begins to receive a point, or says how far it is. Without `how` it builds on the newest point that both sides have. */
  begin(offer: MirrorOffer, options?: CallOptions, how: Begin = ours(offer)): Promise<ReceiveView> {
    return this.#turns.take(offer.vm.uuid, async () => {
      const { store } = this.#world;
      const { id } = offer.point;
      await store.sync(options);
      if (await this.#isComplete(offer.vm.uuid, id, options)) return { id, state: 'complete', disks: [] };
      await this.#settleOthers(offer, options);
      let receive = await readReceive(store, id, options);
      let why: string | undefined;
      if (receive === undefined) ({ receive, why } = await this.#found(offer, how, options));
      if (receive.value.state === 'receiving') receive = await this.#prepareDisks(receive, id, options);
      return viewOf(id, receive.value, why);
    });
  }

  async receive(id: string, options?: CallOptions): Promise<ReceiveView> {
    const { store } = this.#world;
    await store.sync(options);
    return viewOf(id, (await this.#needed(id, options)).value);
  }

  /** Says how large a disk is at the point, where the offer could not tell. REFUSED when more than that has arrived. */
  async measured(id: string, disk: number, bytes: number, options?: CallOptions): Promise<void> {
    await this.#turns.take(`${id} ${disk}`, async () => {
      const its = (await this.#needed(id, options)).value.disks[disk];
      if (its?.bytes === bytes) return;
      if (its === undefined || bytes < (its.cursor ?? its.bytes))
        throw new DroverError('REFUSED', {
          object: `receive ${id}`,
          reason: `${bytes} bytes are less than what of disk ${disk} has arrived`,
        });
      await this.#moved(id, (value) => ({
        ...value,
        disks: value.disks.map((one, at) =>
          at === disk ? { ...one, bytes, cursor: one.cursor ?? one.bytes } : one,
        ),
      }));
    });
  }

  /** One unit of a disk. Whatever it fails with, everything up to the cursor stays. */
  async unit(
    id: string,
    disk: number,
    from: number,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ readonly to: number }> {
    return await this.#turns.take(`${id} ${disk}`, async () => {
      const { store, streams, node } = this.#world;
      const options = { signal };
      const receive = await this.#needed(id, options);
      const its = receive.value.disks[disk];
      if (receive.value.state !== 'receiving' || its === undefined || its.imageId === '')
        throw new DroverError('REFUSED', {
          object: `receive ${id}`,
          reason: 'no unit of this disk is expected',
        });
      if (its.cursor !== from)
        throw new DroverError('STORE_CONFLICT', {
          object: `receive ${id}`,
          reason: `disk ${disk} has arrived up to ${its.cursor ?? its.bytes}, and the unit begins at ${from}`,
        });
      await termOf(store, node, options);
      const image = { pool: its.pool, name: its.stage ?? its.volume };
      const ours = `${id} ${its.imageId}`;
      if (!this.#ours.has(ours)) await this.#refuseForeign(receive.value, image, its.imageId, signal);
      this.#ours.add(ours);
      const reader = new UnitReader(`unit of ${its.pool}/${its.volume} from ${from}`, its.bytes);
      const write = () => streams.write(image, reader.stream(body), signal);
      return await stepTold(this.#world, 'receive/unit', write, async () => {
        const { to } = reader;
        await this.#moved(id, (value) => ({
          ...value,
          disks: value.disks.map((one, at) => (at === disk ? advanced(one, from, to) : one)),
        }));
        return { to };
      });
    });
  }

  /** Makes a point complete all of whose disks have arrived; again is fine, also when nothing is left of the receive. */
  async commit(id: string, options?: CallOptions): Promise<Reached> {
    const { store } = this.#world;
    await store.sync(options);
    const begun = await readReceive(store, id, options);
    const uuids = begun === undefined ? [...(await vmNames(store, options)).keys()] : [begun.value.uuid];
    if (begun !== undefined)
      await this.#turns.take(begun.value.uuid, async () => {
        const receive = await readReceive(store, id, options);
        if (receive !== undefined) await commitReceive(this.#world, receive, id, options);
        this.#forget(id);
      });
    for (const uuid of uuids) {
      const point = (await readPoints(store, uuid, options)).find((one) => one.id === id);
      if (point !== undefined) return { id, name: point.name, at: point.at };
    }
    throw noReceive(id);
  }

  /** Gives up a receive. What came into a copy is undone by the next one. */
  async abandon(id: string, options?: CallOptions): Promise<void> {
    const { store } = this.#world;
    const receive = await readReceive(store, id, options);
    if (receive === undefined) return;
    await this.#turns.take(receive.value.uuid, () => this.#abandon(id, options));
  }

  async dropPoint(uuid: string, point: string, options?: CallOptions): Promise<void> {
    await this.#turns.take(uuid, async () => {
      const { store } = this.#world;
      const mirror = await readMirror(store, uuid, options);
      if (mirror?.value.role === 'mirror' && mirror.value.head?.point === point)
        throw new DroverError('REFUSED', { object: `point ${point}`, reason: 'this copy goes on from it' });
      for (const [name, record] of await readPointRecords(store, uuid, options))
        if (record.value.id === point) {
          if (record.value.received === undefined && mirror?.value.role !== 'mirror')
            throw new DroverError('REFUSED', { object: `snapshot ${name}`, reason: 'it was made here' });
          await removePoint(this.#world, { uuid, name, record }, options);
        }
    });
  }

  /** What a disk holds at a point, as sums. Fails before it tells anything when the point is not whole. */
  async sums(uuid: string, point: string, how: SumsWish): Promise<AsyncIterable<SumLine>> {
    return await sumsOfPoint(this.#world, uuid, point, how);
  }

  /** The source has compared a point with its own. */
  judge(uuid: string, point: string, equal: boolean, options?: CallOptions): Promise<MirrorMarked> {
    return this.#turns.take(uuid, () => judgePoint(this.#world, uuid, point, equal, options));
  }

  prepare(uuid: string, how: MirrorPrepare, options?: CallOptions): Promise<void> {
    return this.#turns.take(uuid, () => prepare(this.#world, uuid, how, options));
  }

  activate(uuid: string, how: MirrorActivate, options?: CallOptions): Promise<void> {
    return this.#turns.take(uuid, () => activate(this.#world, uuid, how, options));
  }

  revoke(uuid: string, how: MirrorPrepare, options?: CallOptions): Promise<void> {
    return this.#turns.take(uuid, () => revoke(this.#world, uuid, how, options));
  }

  async #isComplete(uuid: string, id: string, options?: CallOptions): Promise<boolean> {
    return (await readPoints(this.#world.store, uuid, options)).some((point) => point.id === id);
  }

  /** Other receives of the VM: one that was being completed is, one that was only begun is given up for the newer. */
  async #settleOthers(offer: MirrorOffer, options?: CallOptions): Promise<void> {
    const { store, storage } = this.#world;
    const receives = await readReceives(store, options);
    for (const [id, receive] of receives) {
      if (receive.value.uuid !== offer.vm.uuid || id === offer.point.id) continue;
      if (receive.value.state === 'committing') await commitReceive(this.#world, receive, id, options);
      else await this.#abandon(id, options);
    }
    for (const pool of new Set(offer.disks.map((disk) => disk.pool))) {
      const names = await storage.images(pool, options).catch((error: unknown) => {
        // Which pool is missing is said later, with what to do.
        if (isDroverError(error, 'NOT_FOUND')) return [];
        throw error;
      });
      for (const name of names)
        if (isStray(name, receives.keys())) await discard(this.#world, { pool, name }, options?.signal);
    }
  }

  /** The record of a new receive: nothing has changed before it stands. */
  async #found(
    offer: MirrorOffer,
    how: Begin,
    options?: CallOptions,
  ): Promise<{ readonly receive: ReceiveRecord; readonly why: string }> {
    const { store, clock, node } = this.#world;
    const { id } = offer.point;
    const { uuid } = offer.vm;
    const mirror = await admit(store, offer, options);
    const points = mirror === undefined ? [] : await readPoints(store, uuid, options);
    const images = await imagesOf(this.#world.storage, points, options);
    const { base, why } = how.base(points, images);
    const room = new Map<string, number>();
    for (const { pool, data } of offer.disks) room.set(pool, (room.get(pool) ?? 0) + data);
    await refuseFull(this.#world.storage, room, options);
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
    await step(this.#world, 'receive/found', () => store.commit(writes, options));
    return { receive: await this.#needed(id, options), why };
  }

  /** Makes every image ready that is not. */
  async #prepareDisks(receive: ReceiveRecord, id: string, options?: CallOptions): Promise<ReceiveRecord> {
    const { store } = this.#world;
    const { uuid, base, disks } = receive.value;
    const point = (await readPoints(store, uuid, options)).find((one) => one.id === base?.id);
    for (const [at, disk] of disks.entries()) {
      if (disk.imageId !== '') continue;
      const make = () => this.#prepareDisk(disk, id, point, options);
      await stepTold(this.#world, 'receive/image', make, (imageId) =>
        this.#moved(id, (value) => ({
          ...value,
          disks: value.disks.map((one, index) => (index === at ? { ...one, imageId } : one)),
        })),
      );
    }
    return await this.#needed(id, options);
  }

  /** Rolled back to the base, or new and empty; returns the id of the image. */
  async #prepareDisk(
    { stage, pool, volume, bytes }: Receive['disks'][number],
    id: string,
    base: Point | undefined,
    options?: CallOptions,
  ): Promise<string> {
    const { storage } = this.#world;
    if (stage !== undefined) {
      const image = { pool, name: stage };
      await discard(this.#world, image, options?.signal);
      // Any size will do: the first unit brings the right one.
      await storage.create(image, Math.max(bytes, 1), options);
      return (await storage.image(image, options))?.id ?? '';
    }
    const its = base?.disks.find((one) => one.pool === pool && one.volume === volume);
    if (base === undefined || its === undefined)
      throw new DroverError('NOT_FOUND', { object: `receive ${id}`, reason: 'its base is gone' });
    await backTo(this.#world, base, its, options);
    return its.imageId;
  }

  /**
   * Before the first unit of this program into an image: nobody else writes to it, not even a client that a dead primary has
   * left, and it is the image that is meant. D10: the dead one is shut out instead of waited for.
   */
  async #refuseForeign(
    receive: Receive,
    image: ImageName,
    imageId: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, storage, log } = this.#world;
    if ((await storage.image(image, { signal }))?.id !== imageId)
      throw new DroverError('REFUSED', {
        object: `${image.pool}/${image.name}`,
        reason: 'it is another image than the one that this receive began with',
        remedy: 'give the receive up, and send the point again',
      });
    const mirror = await readMirror(store, receive.uuid, { signal });
    if (mirror !== undefined && mirror.value.role !== 'mirror')
      throw new DroverError('REFUSED', {
        object: `VM '${receive.vm.name}'`,
        reason: `it is ${mirror.value.role} here`,
      });
    const gone = await shutOut(this.#world, image, signal);
    if (gone.length > 0)
      log.warn({ image: image.name, clients: gone }, 'clients of a dead receive were shut out');
  }

  async #abandon(id: string, options?: CallOptions): Promise<void> {
    const { store, node } = this.#world;
    const receive = await readReceive(store, id, options);
    if (receive === undefined) return;
    if (receive.value.state === 'committing') {
      await commitReceive(this.#world, receive, id, options);
      return;
    }
    await store.commit(
      [{ op: 'delete', path: receive.path, version: receive.version }, await termOf(store, node, options)],
      options,
    );
    this.#forget(id);
    for (const { pool, stage } of receive.value.disks) {
      if (stage !== undefined) await discard(this.#world, { pool, name: stage }, options?.signal);
    }
  }

  #forget(id: string): void {
    for (const ours of this.#ours) if (ours.startsWith(`${id} `)) this.#ours.delete(ours);
  }

  async #needed(id: string, options?: CallOptions): Promise<ReceiveRecord> {
    const receive = await readReceive(this.#world.store, id, options);
    if (receive !== undefined) return receive;
    throw noReceive(id);
  }

  /** Moves the record by compare-and-set; several disks arrive at once. */
  async #moved(id: string, change: (value: Receive) => Omit<Receive, 'v'>): Promise<void> {
    const { store, node } = this.#world;
    for (let tries = MOVES; ; tries -= 1) {
      const receive = await this.#needed(id);
      try {
        await store.commit([receiveWrite(id, change(receive.value), receive), await termOf(store, node)]);
        return;
      } catch (error) {
        if (tries === 1 || !isDroverError(error, 'STORE_CONFLICT', 'STORE_OUTCOME_UNKNOWN')) throw error;
        await store.sync();
      }
    }
  }
}

const MOVES = 16;

function noReceive(id: string): DroverError {
  return new DroverError('NOT_FOUND', {
    object: `receive ${id}`,
    reason: 'there is none: it was not begun, or given up',
  });
}

function ours(offer: MirrorOffer): Begin {
  return { base: (points, images) => chooseBase(offer, points, images), unproven: false };
}

function advanced(disk: Receive['disks'][number], from: number, to: number): Receive['disks'][number] {
  // A reply that was lost: it has moved already.
  if (disk.cursor !== from) return disk;
  const { cursor: _, ...rest } = disk;
  return to >= disk.bytes ? rest : { ...rest, cursor: to };
}

function dirtied({ value }: MirrorRecord, base: Point | undefined): Omit<Mirror, 'v'> {
  return { ...value, head: { state: 'dirty', ...(base === undefined ? {} : { point: base.id }) } };
}

function viewOf(id: string, { state, base, disks }: Receive, why?: string): ReceiveView {
  return {
    ...{ id, state },
    ...(base === undefined ? {} : { base: base.id }),
    ...(why === undefined ? {} : { why }),
    disks: disks.map(({ base: changes = false, cursor }) => ({
      base: changes,
      ...(cursor === undefined ? {} : { cursor }),
    })),
  };
}
