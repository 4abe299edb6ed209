import { DroverError, isDroverError } from '../core/index.js';
import type { CallOptions, Write } from '../ports/index.js';
import { zxidText } from '../ownership/index.js';
import { readKeys, removalOf } from '../tree/index.js';
import type { AnyTask } from '../volume/index.js';
import { isRevocable, type PromoteSaga, stateThere } from './promote-saga.js';
import { type Mirror, mirrorWrite, readMirror } from './records.js';
import type { MirrorWorld } from './world.js';

const TRIES = 8;

interface Change {
  readonly value: Omit<Mirror, 'v'>;
  /** What is wished of the VM from then on; undefined leaves that. */
  readonly state?: 'mirror' | 'start' | 'stop' | 'disable';
}

/**
 * The mirror record of a VM that is handed over. Whatever is written is decided from the record as it stands then, and tied to
 * the claim of this attempt: one that was lost writes nothing any more.
 */
export class PromotionRecord {
  readonly #world: Pick<MirrorWorld, 'store'>;
  readonly #task: Pick<AnyTask, 'id' | 'proof'>;
  readonly #vm: { readonly uuid: string; readonly name: string };

  constructor(
    world: Pick<MirrorWorld, 'store'>,
    task: Pick<AnyTask, 'id' | 'proof'>,
    vm: { readonly uuid: string; readonly name: string },
  ) {
    this.#world = world;
    this.#task = task;
    this.#vm = vm;
  }

  /** Begins a hand-over: nothing has happened before it stands in the record. */
  async begin(saga: PromoteSaga): Promise<void> {
    const { store } = this.#world;
    const { uuid } = this.#vm;
    const record = await readMirror(store, uuid);
    if (record?.value.promote !== undefined) throw this.#moved(record.value.promote.cursor, 'its beginning');
    const value = { role: 'active', epoch: 0, ...record?.value, promote: saga };
    await store.commit([mirrorWrite(uuid, value, record), await this.#guard()]);
  }

  /** Moves the cursor; with the hand-over itself the role goes too: the point of no return. */
  async move(from: PromoteSaga, to: PromoteSaga): Promise<void> {
    await this.#change((value) => {
      // A reply that was lost: it has moved already.
      if (value.promote?.id === to.id && value.promote.cursor === to.cursor) return undefined;
      this.#sameAs(value, from);
      if (to.cursor === 'done') {
        const { promote: _, ...rest } = value;
        return { value: rest };
      }
      const over = from.cursor === 'hand-over' ? { role: 'handed-over', epoch: to.epoch } : {};
      return { value: { ...value, ...over, promote: to } };
    });
  }

  /** From here on this cluster does not start it, and has not handed it over yet. */
  async stand(saga: PromoteSaga): Promise<void> {
    await this.#change((value) => {
      this.#sameAs(value, saga);
      return { value: { ...value, role: 'handing-over' } };
    });
  }

  /** This side is a copy of what it was handed over to. */
  async becomeCopy(
    saga: PromoteSaga,
    source: { readonly cluster: string; readonly name: string },
    point: string | undefined,
  ): Promise<void> {
    await this.#change((value) => {
      this.#sameAs(value, saga);
      const peers = (value.peers ?? []).map(({ problem: _, ...peer }) => peer);
      const head = point === undefined ? ({ state: 'dirty' } as const) : ({ state: 'clean', point } as const);
      return { value: { ...value, role: 'mirror', epoch: saga.epoch, peers, head, source }, state: 'mirror' };
    });
  }

  /** Every key of the VM, its points and this record, in one transaction: all or nothing (M8). */
  async remove(options?: CallOptions): Promise<void> {
    const { store } = this.#world;
    const { uuid } = this.#vm;
    const record = await readMirror(store, uuid, options);
    if (record === undefined) return;
    const paths = [`/drover/points/${uuid}`, `/domains/${uuid}`, record.path];
    const writes = await Promise.all(paths.map((path) => removalOf(store, path, options)));
    await store.commit([...writes.flat(), await this.#guard()], options);
  }

  /** What was before: it is the active one, and does what it did. Refused beyond the point of no return. */
  async putBack(saga: PromoteSaga): Promise<void> {
    await this.#change((value) => {
      const { promote, ...rest } = value;
      if (promote === undefined) return undefined;
      if (promote.id !== saga.id || !isRevocable(promote)) throw this.#moved(promote.cursor, saga.cursor);
      return { value: { ...rest, role: 'active' }, state: stateThere(saga.state) };
    });
  }

  /** The other side has revoked: it is the active one here, of an epoch that is above theirs. */
  async reclaimed(saga: PromoteSaga): Promise<void> {
    await this.#change((value) => {
      const { promote, ...rest } = value;
      if (promote?.id !== saga.id) throw this.#moved(promote?.cursor, saga.cursor);
      return { value: { ...rest, role: 'active', epoch: saga.epoch + 1 }, state: stateThere(saga.state) };
    });
  }

  /** Keeps what is wrong, for whoever looks at it. */
  async note(saga: PromoteSaga, problem: string): Promise<void> {
    await this.#change((value) =>
      value.promote?.id === saga.id
        ? { value: { ...value, promote: { ...value.promote, problem } } }
        : undefined,
    );
  }

  async #change(change: (value: Mirror) => Change | undefined): Promise<void> {
    const { store } = this.#world;
    const { uuid, name } = this.#vm;
    for (let tries = TRIES; ; tries -= 1) {
      await store.sync();
      const record = await readMirror(store, uuid);
      if (record === undefined)
        throw new DroverError('NOT_FOUND', { object: `VM '${name}'`, reason: 'its mirror record is gone' });
      const next = change(record.value);
      if (next === undefined) return;
      const keys = await readKeys(store, 'domain', { uuid }, ['state']);
      try {
        await store.commit([
          mirrorWrite(uuid, next.value, record),
          await this.#guard(),
          ...(next.state === undefined ? [] : keys.set('state', next.state)),
        ]);
        return;
      } catch (error) {
        if (tries === 1 || !isDroverError(error, 'STORE_CONFLICT', 'STORE_OUTCOME_UNKNOWN')) throw error;
      }
    }
  }

  /** Ties a transaction to the claim of this attempt. */
  async #guard(): Promise<Write> {
    const { path, czxid } = this.#task.proof;
    const entry = await this.#world.store.read(path);
    if (entry !== undefined && zxidText(entry.stat.czxid) === zxidText(czxid))
      return { op: 'check', path, version: entry.stat.version };
    throw new DroverError('STORE_SESSION_LOST', {
      object: `task ${this.#task.id}`,
      reason: 'its claim is gone: another attempt goes on',
    });
  }

  #sameAs({ promote }: Mirror, saga: PromoteSaga): void {
    if (promote?.id !== saga.id || promote.cursor !== saga.cursor)
      throw this.#moved(promote?.cursor, saga.cursor);
  }

  #moved(is: string | undefined, was: string): DroverError {
    return new DroverError('REFUSED', {
      object: `hand-over of VM '${this.#vm.name}'`,
      reason: `its record stands at ${is ?? 'nothing'}, and this attempt was at ${was}`,
      remedy: 'look at it: drover vm mirror list, and ask for the hand-over again',
    });
  }
}
