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
} from '../../../schemas/mirror-wire.js';
import { DroverError, hexId, LIMITS, type Random } from '../../core/index.js';
import { vmNames } from '../../domain/index.js';
import { readMirror } from '../../mirror/index.js';
import { type Point, readPoints } from '../../point/index.js';
import type { Clock, Peer, PeerCall, Store } from '../../ports/index.js';
import { PvcApi, type PvcCalls, type VmThere } from './calls.js';
import { Delivery } from './delivery.js';
import { requestsOf, wholeOf } from './outflow.js';
import { sourceOf } from './vm-object.js';
import { isMomentOf } from './vm-sent.js';

export interface PvcPeerWorld {
  /** The peer, as the configuration calls it. */
  readonly name: string;
  readonly calls: PvcCalls;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

/** How late a request of ours may come to it that was given up. */
const LATE_MS = 15_000;

/** The first version of PVC that takes mirrors. */
const OLDEST = [0, 9, 101] as const;

/**
 * A cluster of PVC as a peer. Page: docs/mirror-protocol.md. It knows no receives, epochs or ids, and believes a snapshot before it
 * has come (M1): what it holds is what *our* record says has arrived, and what it lists besides.
 */
export class PvcPeer implements Peer {
  /** It cannot go on in the middle of a disk. */
  readonly unitBytes = Infinity;
  readonly #world: PvcPeerWorld;
  readonly #api: PvcApi;
  /** Points on their way by this object, which lives as long as one transfer. */
  readonly #deliveries = new Map<string, Delivery>();

  constructor(world: PvcPeerWorld) {
    this.#world = world;
    this.#api = new PvcApi(world.name, world.calls, world.clock);
  }

  /** PVC tells nothing of itself but its version: a peer of PVC is known by its name here, as its token is (see `sourceOf`). */
  async about(options?: PeerCall): Promise<MirrorAbout> {
    const version = await this.#api.version(options);
    const numbers = version.split(/[~-]/)[0]?.split('.').map(Number) ?? [];
    const at = OLDEST.findIndex((number, index) => number !== (numbers[index] ?? 0));
    if (at >= 0 && !((numbers[at] ?? 0) > (OLDEST[at] ?? 0)))
      throw this.#api.refused(`it is PVC ${version}`, `mirrors need ${OLDEST.join('.')} there at least`);
    const { cluster, name } = sourceOf(this.#world.name);
    return { cluster: { id: cluster, name }, protocol: MIRROR_PROTOCOL };
  }

  async copy(uuid: string, options?: PeerCall): Promise<MirrorCopy | undefined> {
    const vm = await this.#vm(uuid, options);
    if (vm === undefined) return undefined;
    const failed = vm.state === 'fail' ? { failed: vm.failed_reason || 'it does not say why' } : {};
    const points = (await this.#points(uuid, options)).filter((point) => lists(vm, point));
    return {
      ...{ uuid, name: vm.name, state: vm.state, ...failed },
      ...{ role: vm.state === 'mirror' ? 'mirror' : 'active', epoch: 0 },
      running: vm.state === 'start' && (await this.#api.isRunning(vm.node, uuid, options)),
      points: points.map(({ id, name, at }) => ({ id, name, at })),
    };
  }

  /** The head there is made what the base is, whoever has written to it (M3), and the definition is sent. */
  async begin(offer: MirrorOffer, options?: PeerCall): Promise<ReceiveView> {
    const { id } = offer.point;
    const { uuid, name } = offer.vm;
    const vm = await this.#api.vm(name, options);
    if (vm !== undefined && vm.uuid !== uuid)
      throw this.#api.refused(`another VM there is called '${name}': ${vm.uuid}`);
    if (vm !== undefined && vm.state !== 'mirror')
      throw this.#api.refused(`VM '${name}' is no mirror there: its state is ${vm.state}`);
    const reached = await this.#reached(uuid, options);
    if (vm !== undefined && reached?.id === id && lists(vm, reached))
      return { id, state: 'complete', disks: [] };
    const { base, why } = await this.#base(offer, vm, reached, options);
    const delivery = new Delivery(this.#api, offer, base);
    await delivery.prepare(vm, options);
    this.#deliveries.set(id, delivery);
    return { ...delivery.view, why };
  }

  receive(id: string): Promise<ReceiveView> {
    return Promise.resolve().then(() => this.#delivery(id).view);
  }

  /** All of a disk, or all of its changes: PVC has no way to go on. */
  async unit(
    id: string,
    disk: number,
    _from: number,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number> {
    const delivery = this.#delivery(id);
    const { there, bytes, base } = delivery.disk(disk);
    const object = `${there.pool}/${there.volume}`;
    const path = delivery.path('receive/block');
    const query = { ...there, snapshot: delivery.snapshot };
    if (base === undefined) {
      const body = wholeOf(object, chunks, bytes);
      const type = 'application/octet-stream';
      await this.#api.change('POST', path, { ...query, size: String(bytes) }, { signal, type, body });
    } else {
      const boundary = hexId(this.#world.random, 32);
      for await (const request of requestsOf(object, chunks, boundary))
        await this.#api.change('PUT', path, { ...query, source_snapshot: base }, { signal, ...request });
    }
    delivery.arrived(disk);
    return bytes;
  }

  /** What is listed there then has to be what was sent. */
  async commit(id: string, options?: PeerCall): Promise<Reached> {
    const delivery = this.#deliveries.get(id);
    if (delivery === undefined)
      throw new DroverError('NOT_FOUND', {
        object: `receive ${id}`,
        reason: 'it was not begun by this transfer',
      });
    return await delivery.complete(options);
  }

  abandon(id: string): Promise<void> {
    // What has come is undone by the next one: it goes back to its base first.
    this.#deliveries.delete(id);
    return Promise.resolve();
  }

  async dropPoint(uuid: string, id: string, options?: PeerCall): Promise<void> {
    const [vm, points] = await Promise.all([this.#vm(uuid, options), this.#points(uuid, options)]);
    const point = points.find((one) => one.id === id);
    if (vm === undefined || point === undefined || !lists(vm, point)) return;
    const volumes = vm.snapshots.find(({ name }) => name === point.name)?.rbd_snapshots ?? [];
    for (const text of volumes) {
      const [pool = '', volume = ''] = text.split('@')[0]?.split('/') ?? [];
      // A snapshot that was listed and never came cannot be removed there, and stands in the way for ever (M24).
      if ((await this.#api.snapshotBytes({ pool, volume }, point.name, options)) === undefined)
        await this.#api.change(
          'POST',
          '/storage/ceph/snapshot',
          { pool, volume, snapshot: point.name },
          { limitMs: LIMITS.peerCallMs, ...options },
        );
    }
    await this.#api.task(
      'DELETE',
      `/vm/${encodeURIComponent(vm.name)}/snapshot`,
      { snapshot_name: point.name },
      options,
    );
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- it has none
  async *sums(): AsyncGenerator<SumLine> {
    throw this.#api.refused('PVC tells no sums of what a copy holds', 'a copy there cannot be verified');
  }

  judge(): Promise<MirrorMarked> {
    return Promise.reject(
      this.#api.refused('PVC keeps no verdict on a copy', 'a copy there cannot be verified'),
    );
  }

  /** PVC keeps no word of it. That it is a mirror there is all that can be asked for. */
  async prepare(uuid: string, _how: MirrorPrepare, options?: PeerCall): Promise<void> {
    const vm = await this.#vm(uuid, options);
    if (vm?.state !== 'mirror')
      throw this.#api.refused(`it is ${vm?.state ?? 'not known'} there, not a mirror`);
  }

  /** By the state, as PVC itself hands over; then what a node there starts by itself (M5). Done already is fine. */
  async activate(uuid: string, how: MirrorActivate, options?: PeerCall): Promise<void> {
    const vm = await this.#vm(uuid, options);
    const point = (await this.#points(uuid, options)).find(({ id }) => id === how.point);
    const reached = await this.#reached(uuid, options);
    if (vm === undefined || point === undefined || reached?.id !== how.point || !lists(vm, point))
      throw this.#api.refused(`it does not know the VM there, or not with its last point`);
    if (vm.state !== 'mirror' && vm.state !== how.state)
      throw this.#api.refused(`it is ${vm.state} there, not a mirror`);
    const path = `/vm/${encodeURIComponent(vm.name)}`;
    const call = { limitMs: LIMITS.peerWorkMs, ...options };
    if (vm.state === 'mirror')
      await this.#api.change(
        'POST',
        `${path}/state`,
        { state: how.state, wait: 'True', force: 'True' },
        call,
      );
    if (point.meta.autostart === true)
      await this.#api.change('POST', `${path}/meta`, { autostart: 'True' }, call);
  }

  /** Nothing is told before it takes over; once it has, PVC knows no way back to a mirror. */
  async revoke(uuid: string, _how: MirrorPrepare, options?: PeerCall): Promise<void> {
    await this.#refuseTaken(uuid, options);
    const { store, clock } = this.#world;
    if ((await readMirror(store, uuid, options))?.value.role !== 'handed-over') return;
    // What was asked of it and had no answer may still be on its way to it.
    await clock.sleep(LATE_MS, options?.signal);
    await this.#refuseTaken(uuid, options);
  }

  async #refuseTaken(uuid: string, options?: PeerCall): Promise<void> {
    const vm = await this.#vm(uuid, options);
    if (vm === undefined || vm.state === 'mirror') return;
    throw this.#api.refused(
      `it is ${vm.state} there, and PVC takes no VM back into a mirror`,
      'hand it back from there: pvc vm mirror promote',
    );
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  /** The newest point that has arrived there by our record, if all of it is still listed there with its sizes (M1, M4). */
  async #base(
    { vm: { uuid }, bases }: MirrorOffer,
    vm: VmThere | undefined,
    reached: Reached | undefined,
    options?: PeerCall,
  ): Promise<{ readonly base: Point | undefined; readonly why: string }> {
    if (vm === undefined) return { base: undefined, why: 'there is nothing of it there yet' };
    const offered = bases.find(({ id }) => id === reached?.id);
    const base = (await this.#points(uuid, options)).find(({ id }) => id === reached?.id);
    if (reached === undefined || base === undefined || offered === undefined)
      return { base: undefined, why: 'no point is here and has arrived there, by our record' };
    if (!lists(vm, base)) return { base: undefined, why: `${base.name} is not listed there any more` };
    for (const { pool, volume, bytes } of offered.disks)
      if ((await this.#api.snapshotBytes({ pool, volume }, base.name, options)) !== bytes)
        return {
          base: undefined,
          why: `${base.name}: its snapshot of ${pool}/${volume} is gone there, or of another size`,
        };
    return { base, why: `what changed since ${base.name}` };
  }

  async #vm(uuid: string, options?: PeerCall): Promise<VmThere | undefined> {
    const name = (await vmNames(this.#world.store, options)).get(uuid);
    const vm = name === undefined ? undefined : await this.#api.vm(name, options);
    return vm?.uuid === uuid ? vm : undefined;
  }

  #points(uuid: string, options?: PeerCall): Promise<readonly Point[]> {
    return readPoints(this.#world.store, uuid, options);
  }

  async #reached(uuid: string, options?: PeerCall): Promise<Reached | undefined> {
    const record = await readMirror(this.#world.store, uuid, options);
    return record?.value.peers?.find(({ name }) => name === this.#world.name)?.last;
  }

  #delivery(id: string): Delivery {
    const delivery = this.#deliveries.get(id);
    if (delivery !== undefined) return delivery;
    throw new DroverError('NOT_FOUND', {
      object: `receive ${id}`,
      reason: 'it was not begun by this transfer',
    });
  }
}

/** Whether a snapshot of this name and this moment is listed: another of the name may be somebody else's. */
function lists(
  { snapshots }: VmThere,
  { name, at }: { readonly name: string; readonly at: number },
): boolean {
  return snapshots.some((one) => one.name === name && isMomentOf(one.timestamp, at));
}
