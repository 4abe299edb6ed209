import { DroverError } from '../../core/index.js';
import { findVm } from '../../domain/index.js';
import {
  type Begin,
  imagesOf,
  lossOf,
  readMirror,
  readReceives,
  type Receive,
  type Receiver,
} from '../../mirror/index.js';
import type { CallOptions, Storage, Store } from '../../ports/index.js';
import { type Point, readPointRecords, readPoints } from '../../point/index.js';
import { UNIT_BYTES } from '../../ship/index.js';
import { parseSize, roundedSize } from '../size.js';
import { Inflow, unitOf } from './inflow.js';
import { boundaryOf } from './multipart.js';
import { changesIn } from './parts.js';
import { type Stretch, torn, wholeImage } from './stretch.js';
import { isOfPvc, offerOf, readVmObject } from './vm-object.js';

export interface PvcReceiverWorld {
  readonly store: Store;
  readonly storage: Storage;
}

/** The snapshot that a request is about, as PVC names it. */
export interface SnapshotOf {
  /** By the name of its VM, or its UUID. */
  readonly vm: string;
  readonly snapshot: string;
}

/** One disk of it. */
export interface DiskOf extends SnapshotOf {
  readonly pool: string;
  readonly volume: string;
}

/**
 * What a sender of PVC says, put into the words of the engine. Page: docs/mirror-protocol.md. Its configuration begins a receive, its
 * blocks are units of that, and with the last disk that it closes the point is complete. Until then nothing of it is seen.
 */
export class PvcReceiver {
  readonly #world: PvcReceiverWorld;
  readonly #engine: Receiver;

  constructor(world: PvcReceiverWorld, engine: Receiver) {
    this.#world = world;
    this.#engine = engine;
  }

  /**
   * Begins a snapshot from its beginning, whatever has come of it before. REFUSED, and nothing has changed, when its VM may not
   * come here or what it builds on is not here, whole.
   *
   * @param parent the snapshot that the changes to come are changes of; none: all of it will come
   * @param token the name of the token of the sender
   */
  async configuration(
    { vm, snapshot }: SnapshotOf,
    parent: string | undefined,
    body: unknown,
    token: string,
    options?: CallOptions,
  ): Promise<string> {
    const { store } = this.#world;
    const its = readVmObject(body);
    const { uuid } = its;
    if (vm !== its.name && vm !== uuid)
      throw new DroverError('BAD_INPUT', { object: `VM '${vm}'`, reason: `the body is about '${its.name}'` });
    await store.sync(options);
    const epoch = (await readMirror(store, uuid, options))?.value.epoch ?? 0;
    const plain = offerOf(its, snapshot, token, epoch);
    if ((await readPointRecords(store, uuid, options)).has(snapshot))
      throw new DroverError('REFUSED', {
        object: `snapshot ${snapshot} of VM '${its.name}'`,
        reason: 'there is one of this name here',
        remedy: 'send another one',
      });
    const base = parent === undefined ? undefined : await this.#base(its, parent, options);
    const offer = { ...plain, disks: plain.disks.map((disk) => ({ ...disk, bytes: bytesAt(base, disk) })) };
    const begin: Begin = {
      base: (points, images) => {
        if (base === undefined) return { base: undefined, why: 'the sender sends all of it' };
        const still = points.find(({ id }) => id === base.id);
        const loss = still === undefined ? 'it has been removed' : lossOf(still, images);
        if (loss !== undefined) throw noBase(its.name, base.name, loss);
        return { base, why: `what changed since ${base.name}` };
      },
      unproven: base !== undefined,
    };
    const { id } = offer.point;
    const earlier = (await readReceives(store, options)).get(id);
    // One that is being completed ends first, and is found to be there.
    if (earlier?.value.state === 'committing') await this.#engine.commit(id, options);
    else if (earlier !== undefined) await this.#engine.abandon(id, options);
    await this.#engine.begin(offer, options, begin);
    if (offer.disks.length === 0) await this.#engine.commit(id, options);
    return `Snapshot ${snapshot} of VM '${its.name}' is expected.`;
  }

  /** All of one disk, from its first byte on. */
  async whole(
    disk: DiskOf,
    size: number,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<string> {
    const found = await this.#expected(disk, { signal });
    const { id, at, its } = found;
    if (its.base === true)
      throw refused(
        disk,
        'its changes are expected, not all of it',
        'send the configuration without a source snapshot',
      );
    if (its.cursor !== 0) throw refused(disk, 'a part of it has arrived already', AGAIN);
    await this.#engine.measured(id, at, size, { signal });
    const object = labelOf(disk);
    await this.#take(found, new Inflow(object, wholeImage(object, body, size), 0), size, signal);
    return `All of ${object} is here: ${size} bytes.`;
  }

  /** Some changes of one disk, in the order of the image. */
  async changes(
    disk: DiskOf,
    type: string | undefined,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<string> {
    const found = await this.#expected(disk, { signal });
    const { cursor, base, bytes } = found.its;
    const object = labelOf(disk);
    if (base !== true)
      throw refused(
        disk,
        'all of it is expected, not its changes',
        'send the configuration with the source snapshot',
      );
    if (cursor === undefined) throw refused(disk, 'it is complete', AGAIN);
    const boundary = boundaryOf(type);
    if (boundary === undefined) throw torn(object, 'it is not of multipart/form-data with a boundary');
    const inflow = new Inflow(object, changesIn(object, boundary, body), cursor);
    if ((await inflow.peek()) === undefined) throw torn(object, 'it has no changes');
    await this.#take(found, inflow, bytes, signal);
    return `Changes of ${object} are here up to ${inflow.at}.`;
  }

  /** Everything of one disk has been sent; with the last of them the point is complete. */
  async close(disk: DiskOf, options: CallOptions & { readonly signal: AbortSignal }): Promise<string> {
    const found = await this.#find(disk, options);
    const said = `Snapshot ${disk.snapshot} of ${labelOf(disk)} is here.`;
    // A reply that was lost: the point is complete already.
    if (found === undefined && (await this.#isHere(disk, options))) return said;
    const { id, at, its } = found ?? (await this.#expected(disk, options));
    if (its.cursor !== undefined) {
      if (its.base !== true) throw refused(disk, `only ${its.cursor} bytes of it have arrived`, AGAIN);
      // Nothing has changed from there on: the engine still has to know, and the image to be as large as it shall be.
      const rest = new Inflow(labelOf(disk), nothing(), its.bytes);
      await this.#engine.unit(id, at, its.cursor, unitOf(rest, its.bytes, false), options.signal);
    }
    const { disks } = await this.#engine.receive(id, options);
    if (disks.every(({ cursor }) => cursor === undefined)) await this.#engine.commit(id, options);
    return said;
  }

  /**
   * A disk has another size at the snapshot that is on its way: told before its blocks come.
   *
   * @returns whether it is one of a snapshot on its way; if not, it is any volume, and nothing was done
   */
  async resized(pool: string, volume: string, bytes: number, options?: CallOptions): Promise<boolean> {
    const receives = await readReceives(this.#world.store, options);
    for (const [id, { value }] of receives) {
      const at = value.disks.findIndex((disk) => disk.pool === pool && disk.volume === volume);
      if (at < 0 || !isOfPvc(id) || value.state !== 'receiving') continue;
      await this.#engine.measured(id, at, bytes, options);
      return true;
    }
    return false;
  }

  /** Brings what flows in into the image, in units, each of which Ceph has for good. */
  async #take({ id, at, its }: Found, inflow: Inflow, size: number, signal: AbortSignal): Promise<void> {
    let bytes = size;
    let cursor = inflow.at;
    try {
      for (let next = await inflow.peek(); next !== undefined; next = await inflow.peek()) {
        const end = next.offset + next.bytes.length;
        if (end > bytes) {
          refuseGrowth(its, bytes, end);
          bytes = end;
          await this.#engine.measured(id, at, bytes, { signal });
        }
        const unitBytes = Math.min(UNIT_BYTES, bytes - cursor);
        await this.#engine.room.admit(new Map([[its.pool, unitBytes]]), { signal });
        ({ to: cursor } = await this.#engine.unit(
          id,
          at,
          cursor,
          unitOf(inflow, bytes, its.stage !== undefined),
          signal,
        ));
      }
    } finally {
      await inflow.close();
    }
  }

  /** The point that changes are changes of, if it is here, complete, and its images and their snapshots are what they were. */
  async #base(
    { uuid, name }: { readonly uuid: string; readonly name: string },
    parent: string,
    options?: CallOptions,
  ): Promise<Point> {
    const { store, storage } = this.#world;
    const point = (await readPoints(store, uuid, options)).find((one) => one.name === parent);
    if (point === undefined) throw noBase(name, parent, 'it is not here, complete');
    const loss = lossOf(point, await imagesOf(storage, [point], options));
    if (loss !== undefined) throw noBase(name, parent, loss);
    return point;
  }

  async #expected(disk: DiskOf, options?: CallOptions): Promise<Found> {
    const found = await this.#find(disk, options);
    if (found !== undefined) return found;
    throw new DroverError('REFUSED', {
      object: `snapshot ${disk.snapshot} of ${labelOf(disk)}`,
      reason: 'it is not on its way here, or has no such disk: pools have the names that the definition has',
      remedy: AGAIN,
    });
  }

  async #find(disk: DiskOf, options?: CallOptions): Promise<Found | undefined> {
    const { store } = this.#world;
    await store.sync(options);
    for (const [id, { value }] of await readReceives(store, options)) {
      if (!isOfPvc(id) || value.point.name !== disk.snapshot) continue;
      if (value.vm.name !== disk.vm && value.uuid !== disk.vm) continue;
      const at = value.disks.findIndex(({ pool, volume }) => pool === disk.pool && volume === disk.volume);
      const its = value.disks[at];
      if (its !== undefined) return { id, at, its };
    }
    return undefined;
  }

  async #isHere({ vm, snapshot, pool, volume }: DiskOf, options?: CallOptions): Promise<boolean> {
    const uuid = await findVm(this.#world.store, vm, options);
    const point = (await readPoints(this.#world.store, uuid, options)).find(({ name }) => name === snapshot);
    return point?.disks.some((disk) => disk.pool === pool && disk.volume === volume) === true;
  }
}

interface Found {
  readonly id: string;
  readonly at: number;
  readonly its: Receive['disks'][number];
}

const AGAIN = 'send the snapshot again, from its configuration on';

async function* nothing(): AsyncGenerator<Stretch> {
  // There is none.
}

function bytesAt(
  base: Point | undefined,
  { pool, volume }: { readonly pool: string; readonly volume: string },
): number {
  return base?.disks.find((disk) => disk.pool === pool && disk.volume === volume)?.bytes ?? 0;
}

/**
 * PVC tells of another size only where its rounded text is another one: up to there a disk grows with what comes (M14). Beyond it
 * something else is wrong.
 */
function refuseGrowth({ pool, volume }: Receive['disks'][number], bytes: number, end: number): void {
  const most = parseSize(roundedSize(bytes));
  if (end <= most) return;
  throw new DroverError('BAD_INPUT', {
    object: `${pool}/${volume}`,
    reason: `something of it goes up to ${end}, and it has ${bytes} bytes`,
    remedy: 'tell its size first',
  });
}

function labelOf({ pool, volume }: DiskOf): string {
  return `${pool}/${volume}`;
}

function refused(disk: DiskOf, reason: string, remedy: string): DroverError {
  return new DroverError('REFUSED', { object: `${labelOf(disk)}@${disk.snapshot}`, reason, remedy });
}

function noBase(vm: string, parent: string, reason: string): DroverError {
  return new DroverError('REFUSED', {
    object: `snapshot ${parent} of VM '${vm}'`,
    reason: `no changes of it can be taken: ${reason}`,
    remedy: 'send changes of another snapshot that both sides have, or all of it; nothing has changed here',
  });
}
