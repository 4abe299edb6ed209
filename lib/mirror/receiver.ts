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
import { DroverError, isDroverError, together, Turns } from '../core/index.js';
import { findVm, vmNames, whereabouts } from '../domain/index.js';
import type { CallOptions, ImageName } from '../ports/index.js';
import { dropPoint as removePoint, readPointRecords, readPoints } from '../point/index.js';
import { readKeys } from '../tree/index.js';
import { UnitReader } from '../ship/index.js';
import { shutOut } from '../volume/index.js';
import { activate, prepare, revoke } from './takeover.js';
import { chooseBase } from './base.js';
import { type Begin, foundReceive, prepareDisks, settleOthers } from './begin.js';
import { commitReceive } from './commit.js';
import { stepTold } from './cuts.js';
import { judgePoint, sumsOfPoint, type SumsWish } from './prove.js';
import { abandonReceive, moveDisk, needReceive, noReceive, type ReceiveDisk, viewOf } from './receives.js';
import { clusterId, readMirror, readReceive, type Receive, termOf } from './records.js';
import { Room } from './room.js';
import { wasSeenRunning } from './running.js';
import type { ReceiverWorld, ReceivingWorld } from './world.js';

/**
 * The receiving side of mirrors, on the primary. Page: docs/mirror-protocol.md. A VM has one turn at a time; whatever is cut
 * is gone on with by the same question.
 */
export class Receiver {
  readonly #world: ReceivingWorld;
  readonly #turns = new Turns();
  /** Receives and their images that only this program has written to: nobody else's client has to be looked for. */
  readonly #ours = new Map<string, Set<string>>();

  constructor(world: ReceiverWorld) {
    this.#world = { ...world, room: new Room(world), stages: new Turns() };
  }

  /** The room for what comes. */
  get room(): Room {
    return this.#world.room;
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
      points: points.map(({ id, name, at, origin }) => ({ id, name, at, origin })),
    };
  }

  /** Begins to receive a point, or says how far it is. Without `how` it builds on the newest point that both sides have. */
  begin(offer: MirrorOffer, options?: CallOptions, how: Begin = ours(offer)): Promise<ReceiveView> {
    return this.#turns.take(offer.vm.uuid, async () => {
      const { store } = this.#world;
      const { id } = offer.point;
      await store.sync(options);
      if (await this.#isComplete(offer.vm.uuid, id, options)) return { id, state: 'complete', disks: [] };
      for (const other of await settleOthers(this.#world, offer, options)) this.#ours.delete(other);
      let receive = await readReceive(store, id, options);
      let why: string | undefined;
      if (receive === undefined) {
        this.#ours.delete(id);
        ({ receive, why } = await foundReceive(this.#world, offer, how, options));
      }
      if (receive.value.state === 'receiving')
        receive = await prepareDisks(this.#world, receive, id, options);
      return viewOf(id, receive.value, why);
    });
  }

  async receive(id: string, options?: CallOptions): Promise<ReceiveView> {
    const { store } = this.#world;
    await store.sync(options);
    return viewOf(id, (await needReceive(this.#world, id, options)).value);
  }

  /** Says how large a disk is at the point, where the offer could not tell. REFUSED when more than that has arrived. */
  async measured(id: string, disk: number, bytes: number, options?: CallOptions): Promise<void> {
    await this.#turns.take(`${id} ${disk}`, async () => {
      const its = (await needReceive(this.#world, id, options)).value.disks[disk];
      if (its?.bytes === bytes) return;
      if (its === undefined || bytes < (its.cursor ?? its.bytes))
        throw new DroverError('REFUSED', {
          object: `receive ${id}`,
          reason: `${bytes} bytes are less than what of disk ${disk} has arrived`,
        });
      await moveDisk(this.#world, id, disk, (one) => ({ ...one, bytes, cursor: one.cursor ?? one.bytes }));
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
      const receive = await needReceive(this.#world, id, options);
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
      if (this.#ours.get(id)?.has(its.imageId) !== true)
        await this.#refuseForeign(receive.value, image, its.imageId, signal);
      this.#ours.set(id, (this.#ours.get(id) ?? new Set()).add(its.imageId));
      const reader = new UnitReader(`unit of ${its.pool}/${its.volume} from ${from}`, its.bytes);
      const write = async () => {
        try {
          await streams.write(image, reader.stream(body), signal);
        } catch (error) {
          // Its client may have died with the image open, and its lock: the next one looks, and shuts it out.
          this.#ours.delete(id);
          throw error;
        }
      };
      return await stepTold(this.#world, 'receive/unit', write, async () => {
        const { to } = reader;
        await moveDisk(this.#world, id, disk, (one) => advanced(one, from, to));
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
        this.#ours.delete(id);
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
    await this.#turns.take(receive.value.uuid, async () => {
      await abandonReceive(this.#world, id, options);
      this.#ours.delete(id);
    });
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
    const [found, mirror, watchers] = await together([
      storage.image(image, { signal }),
      readMirror(store, receive.uuid, { signal }),
      storage.watchers(image, { signal }).catch((error: unknown) => {
        if (isDroverError(error, 'NOT_FOUND')) return [];
        throw error;
      }),
    ]);
    if (found?.id !== imageId)
      throw new DroverError('REFUSED', {
        object: `${image.pool}/${image.name}`,
        reason: 'it is another image than the one that this receive began with',
        remedy: 'give the receive up, and send the point again',
      });
    if (mirror !== undefined && mirror.value.role !== 'mirror')
      throw new DroverError('REFUSED', {
        object: `VM '${receive.vm.name}'`,
        reason: `it is ${mirror.value.role} here`,
      });
    if (watchers.length === 0) return;
    const gone = await shutOut(this.#world, image, signal);
    if (gone.length > 0)
      log.warn({ image: image.name, clients: gone }, 'clients of a dead receive were shut out');
  }
}

function ours(offer: MirrorOffer): Begin {
  return { base: (points, images) => chooseBase(offer, points, images), unproven: false };
}

function advanced(disk: ReceiveDisk, from: number, to: number): ReceiveDisk {
  // A reply that was lost: it has moved already.
  if (disk.cursor !== from) return disk;
  const { cursor: _, ...rest } = disk;
  return to >= disk.bytes ? rest : { ...rest, cursor: to };
}
