import type { MirrorOffer, Reached, ReceiveView } from '../../../schemas/mirror-wire.js';
import { isDroverError, LIMITS } from '../../core/index.js';
import type { Point } from '../../point/index.js';
import type { PeerCall } from '../../ports/index.js';
import { parseSize, roundedSize } from '../size.js';
import { type PvcApi, snapshotPath, type VmThere, volumePath, type VolumeThere } from './calls.js';
import { isMomentOf, vmSent } from './vm-sent.js';

interface DiskSent {
  readonly there: VolumeThere;
  readonly bytes: number;
  /** The snapshot whose changes are sent; undefined: all of it is. */
  readonly base: string | undefined;
  arrived: boolean;
}

/** One point on its way to a cluster of PVC. It is not kept anywhere: one that is cut begins anew. */
export class Delivery {
  readonly #api: PvcApi;
  readonly #offer: MirrorOffer;
  readonly #base: Point | undefined;
  readonly #disks: readonly DiskSent[];

  constructor(api: PvcApi, offer: MirrorOffer, base: Point | undefined) {
    this.#api = api;
    this.#offer = offer;
    this.#base = base;
    const held = offer.bases.find(({ id }) => id === base?.id)?.disks ?? [];
    this.#disks = offer.disks.map(({ pool, volume, bytes }) => {
      const isHeld = held.some((disk) => disk.pool === pool && disk.volume === volume);
      return { there: { pool, volume }, bytes, base: isHeld ? base?.name : undefined, arrived: false };
    });
  }

  get snapshot(): string {
    return this.#offer.point.name;
  }

  get view(): ReceiveView {
    return {
      ...{ id: this.#offer.point.id, state: 'receiving' },
      ...(this.#base === undefined ? {} : { base: this.#base.id }),
      disks: this.#disks.map(({ base, arrived }) => ({
        base: base !== undefined,
        ...(arrived ? {} : { cursor: 0 }),
      })),
    };
  }

  disk(at: number): DiskSent {
    const disk = this.#disks[at];
    if (disk === undefined) throw this.#api.refused(`the point has no disk ${at}`);
    return disk;
  }

  arrived(at: number): void {
    this.disk(at).arrived = true;
  }

  path(rest: string): string {
    return `/vm/${encodeURIComponent(this.#offer.vm.name)}/snapshot/${rest}`;
  }

  /** Everything before the first block. Nothing there has changed when it is refused. */
  async prepare(vm: VmThere | undefined, options?: PeerCall): Promise<void> {
    const sizes = await Promise.all(this.#disks.map((disk) => this.#refuseWrong(vm, disk, options)));
    const call = { limitMs: LIMITS.peerCallMs, ...options };
    for (const { there } of this.#disks)
      // What an attempt before this one has left: it may hold anything.
      if ((await this.#api.snapshotBytes(there, this.snapshot, options)) !== undefined)
        await this.#api.change('DELETE', snapshotPath(there, this.snapshot), {}, call);
    if (this.#base !== undefined) await this.#rollBack(this.#base, options);
    const source = this.#base === undefined ? {} : { source_snapshot: this.#base.name };
    await this.#api.change(
      'POST',
      this.path('receive/config'),
      { snapshot: this.snapshot, ...source },
      {
        ...call,
        type: 'application/json',
        body: JSON.stringify(vmSent(this.#offer)),
      },
    );
    for (const [at, { there, bytes }] of this.#disks.entries())
      if (sizes[at] === 'grows')
        await this.#api.change('PUT', volumePath(there), { new_size: String(bytes), force: 'True' }, call);
  }

  /** Whose answer is lost may still be under way there, and would undo the blocks that come next: so it is not asked again. */
  async #rollBack(base: Point, options?: PeerCall): Promise<void> {
    try {
      await this.#api.task('POST', this.path('rollback'), { snapshot_name: base.name }, options);
    } catch (error) {
      if (!isDroverError(error, 'API_UNREACHABLE', 'DEADLINE')) throw error;
      throw this.#api.refused(
        `its answer to the rollback to ${base.name} was lost, and it may still be under way`,
        'ask again in a minute',
      );
    }
  }

  /** Closes every disk, once all of it has arrived, then compares what is listed there with what was sent (M1). */
  async complete(options?: PeerCall): Promise<Reached> {
    const { id, name, at } = this.#offer.point;
    const missing = this.#disks.find(({ arrived }) => !arrived);
    if (missing !== undefined)
      throw this.#api.refused(
        `not all of ${missing.there.pool}/${missing.there.volume} has been sent`,
        'send the point again',
      );
    for (const { there } of this.#disks) {
      // A reply that was lost: it has been closed.
      if ((await this.#api.snapshotBytes(there, name, options)) !== undefined) continue;
      await this.#api.change(
        'PATCH',
        this.path('receive/block'),
        { ...there, snapshot: name },
        { limitMs: LIMITS.peerWorkMs, ...options },
      );
    }
    for (const { there, bytes } of this.#disks) {
      const held = await this.#api.snapshotBytes(there, name, options);
      if (held !== bytes)
        throw this.#api.refused(
          `${there.pool}/${there.volume}@${name} has ${held ?? 'no'} bytes there, and ${bytes} here`,
          'remove the copy there, and send all of it again',
        );
    }
    const vm = await this.#api.vm(this.#offer.vm.name, options);
    const listed = vm?.snapshots.find((one) => one.name === name && isMomentOf(one.timestamp, at));
    const wanted = this.#disks.map(({ there }) => `${there.pool}/${there.volume}@${name}`);
    if (
      vm?.state !== 'mirror' ||
      listed === undefined ||
      wanted.some((one) => !listed.rbd_snapshots.includes(one))
    )
      throw this.#api.refused(
        `the VM is ${vm?.state ?? 'not known'} there, and does not list ${name} with all of its disks`,
      );
    return { id, name, at };
  }

  /** REFUSED for a volume there that is not of the copy, or cannot be made as large as ours. */
  async #refuseWrong(vm: VmThere | undefined, disk: DiskSent, options?: PeerCall): Promise<'fits' | 'grows'> {
    const { there, bytes } = disk;
    const label = `${there.pool}/${there.volume}`;
    const size = await this.#api.volumeSize(there, options);
    if (size === undefined) {
      if (disk.base !== undefined) throw this.#api.refused(`volume ${label} is gone there`);
      return 'fits';
    }
    if (vm?.disks.some(({ name }) => name === label) !== true)
      throw this.#api.refused(
        `there is a volume ${label} that is not of the copy`,
        'rename or remove it there',
      );
    const held = this.#offer.bases.find(({ id }) => id === this.#base?.id)?.disks;
    const before = held?.find(({ pool, volume }) => pool === there.pool && volume === there.volume)?.bytes;
    if (before === bytes || (before === undefined && size === roundedSize(bytes))) return 'fits';
    const exact = parseSize(roundedSize(bytes)) === bytes;
    if (exact && bytes > (before ?? parseSize(size))) return 'grows';
    throw this.#api.refused(
      `volume ${label} is of ${before ?? size} there, and of ${bytes} bytes here: PVC makes none smaller, and sets sizes rounded up`,
      `give it a size that PVC can say, as ${roundedSize(bytes)}; or remove the copy there, and send all of it`,
    );
  }
}
