import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { type Acts, DroverError, hexId, isDroverError, LIMITS, messageOf, runSaga } from '../core/index.js';
import { type Whereabouts, whereabouts } from '../domain/index.js';
import { askForPoint, type Point, readPoints, whileRead } from '../point/index.js';
import { defineTask, readTask, type TaskKind } from '../task/index.js';
import { type AnyTask, removeVolumesOf, withData } from '../volume/index.js';
import { refuseCopy, peerOf, pruneHere, told } from './create.js';
import {
  type Cursor,
  isRevocable,
  nextOf,
  type PromoteEvent,
  type PromoteSaga,
  stateThere,
} from './promote-saga.js';
import { insist } from './insist.js';
import { MIRROR_SLOT } from './names.js';
import { PromotionRecord } from './promote-record.js';
import { readMirror } from './records.js';
import { type Known, sendPoint, withPeer } from './send.js';
import { stillness } from './stillness.js';
import type { MirrorWorld } from './world.js';

/** Rounds of the pre-sync at most, and what is small enough to send while the guest is down. */
const ROUNDS = 3;
const SMALL_BYTES = 32 * 1024 * 1024;

/**
 * `vm.promote_mirror`: moves a VM to another cluster. Asked for again it goes on where the record stands, whoever asks; up to
 * the hand-over a failure or a cancel puts back what was.
 */
export function promoteTask(world: MirrorWorld): TaskKind {
  return defineTask({
    kind: 'vm.promote_mirror',
    arguments: TASK_ARGUMENTS['vm.promote_mirror'],
    where: 'primary',
    concurrency: 2,
    async run(task) {
      const { vm: wish, peer, remove_on_source: remove = false, reclaim = false } = task.args;
      const { destination_is_off: isOff = false } = task.args;
      if (isOff && !reclaim)
        throw new DroverError('BAD_INPUT', {
          object: 'destination_is_off',
          reason: 'it says who may take a hand-over back, and none is to be taken back',
          remedy: 'give reclaim too',
        });
      const before = await handedOver(world, task);
      if (before !== undefined) return resultOf(before);
      const vm = await whereabouts(world.store, wish, { signal: task.signal });
      const promotion = new Promotion(world, task, vm);
      if (reclaim) {
        await promotion.reclaim(isOff);
        return { message: `VM '${vm.name}' is the active one here again.` };
      }
      return await promotion.carry(await promotion.found(peer, remove));
    },
  });
}

/** What an attempt keeps once the VM runs there: the record tells nothing of a hand-over that has ended. */
interface Handed {
  readonly uuid: string;
  readonly name: string;
  readonly saga: PromoteSaga;
}

/** The hand-over that an attempt before this one has ended, but for its word. REFUSED when the VM has come back since. */
async function handedOver(world: MirrorWorld, task: AnyTask): Promise<Handed | undefined> {
  const handed = task.resume as Handed | undefined;
  if (handed === undefined) return undefined;
  const { uuid, name, saga } = handed;
  const options = { signal: task.signal };
  await world.store.sync(options);
  const record = await readMirror(world.store, uuid, options);
  const { promote, role = 'active', epoch = 0 } = record?.value ?? {};
  if (promote?.id === saga.id) return undefined;
  if (record === undefined ? saga.remove : role === 'mirror' && epoch >= saga.epoch) return handed;
  throw new DroverError('REFUSED', {
    object: `VM '${name}'`,
    reason: `it was handed over to ${saga.peer}, and is ${role} here since then (epoch ${epoch})`,
    remedy: 'ask anew if it is to be handed over once more',
  });
}

function resultOf({ name, saga }: Pick<Handed, 'name' | 'saga'>): object {
  return {
    message: `VM '${name}' is the active one on ${saga.peer} now (epoch ${saga.epoch}).`,
    ...{ peer: saga.peer, epoch: saga.epoch, point: saga.point?.name },
  };
}

class Promotion {
  readonly #world: MirrorWorld;
  readonly #task: AnyTask;
  readonly #vm: Whereabouts;
  readonly #record: PromotionRecord;
  /** When the guest began to be shut down, and when it was down, by the monotonic clock; for the summary. */
  readonly #marks = new Map<Cursor, number>();

  constructor(world: MirrorWorld, task: AnyTask, vm: Whereabouts) {
    this.#world = world;
    this.#task = task;
    this.#vm = vm;
    this.#record = new PromotionRecord(world, task, vm);
  }

  /** The hand-over that is on its way, or a new one. */
  async found(peer: string | undefined, remove: boolean): Promise<PromoteSaga> {
    const { store, clock, random } = this.#world;
    const { uuid, name, state } = this.#vm;
    const record = await readMirror(store, uuid, this.#options);
    const present = record?.value.promote;
    if (present !== undefined) {
      if (peer !== undefined && peer !== present.peer)
        throw new DroverError('REFUSED', {
          object: `VM '${name}'`,
          reason: `it is being handed over to ${present.peer} (${present.cursor})`,
          remedy: 'let that one end, or reclaim it',
        });
      return present as PromoteSaga;
    }
    await refuseCopy(this.#world, { uuid, name }, this.#task.signal);
    if (!['start', 'stop', 'disable', 'fail'].includes(state))
      throw new DroverError('REFUSED', {
        object: `VM '${name}'`,
        reason: `its state is ${state}`,
        remedy: 'wait until it is started, stopped or disabled',
      });
    const saga: PromoteSaga = {
      id: this.#task.id,
      cursor: 'pre-sync',
      peer: peerOf(this.#world, peer),
      epoch: (record?.value.epoch ?? 0) + 1,
      nonce: hexId(random, 32),
      remove,
      state: state === 'fail' ? 'stop' : state,
      since: clock.now(),
    };
    await this.#record.begin(saga);
    return saga;
  }

  /** Up to its last cursor no other mirror of the VM is on its way; removing its disks takes the VM alone. */
  async carry(start: PromoteSaga): Promise<object> {
    const { killPoint, clock } = this.#world;
    const { signal } = this.#task;
    try {
      return await withPeer(this.#world, start.peer, signal, async (known) => {
        const machine = {
          name: 'promote',
          acts: this.#acts(known),
          next: (from: PromoteSaga, event: PromoteEvent) => {
            this.#marks.set(from.cursor, clock.monotonic());
            return nextOf(from, event);
          },
          save: (from: PromoteSaga, to: PromoteSaga) => this.#save(from, to),
          ...(killPoint === undefined ? {} : { killPoint }),
        };
        const handed = await this.#alone(() =>
          runSaga<Cursor, 'settle' | 'done', PromoteSaga, PromoteEvent>(
            { ...machine, final: ['settle', 'done'] },
            start,
            signal,
          ),
        );
        const { uuid, name } = this.#vm;
        await this.#task.save({ uuid, name, saga: handed } satisfies Handed);
        return this.#result(
          await runSaga<Cursor, 'done', PromoteSaga, PromoteEvent>(
            { ...machine, final: ['done'] },
            handed,
            signal,
          ),
        );
      });
    } catch (error) {
      await this.#failed(error);
      throw error;
    }
  }

  /** No other mirror of the VM, nor hand-over, is on its way meanwhile. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return whileRead(this.#world, this.#task, this.#vm.uuid, 'vm.promote_mirror', work, MIRROR_SLOT);
  }

  /** With its last step a VM that is removed has no record any more. */
  async #save(from: PromoteSaga, to: PromoteSaga): Promise<void> {
    if (to.cursor === 'done' && to.remove) return;
    await this.#record.move(from, to);
  }

  /**
   * Takes back a hand-over whose copy has never run, by the word of the other cluster. When none comes and `isOff`, by that of
   * whoever asks: like any failover this rests on his being right.
   */
  async reclaim(isOff: boolean): Promise<void> {
    const { store } = this.#world;
    const { uuid, name } = this.#vm;
    const record = await readMirror(store, uuid, this.#options);
    const saga = record?.value.promote;
    if (record === undefined || saga === undefined)
      throw new DroverError('REFUSED', {
        object: `VM '${name}'`,
        reason: 'it is not being handed over',
        remedy: 'promote it back from the cluster that has it now',
      });
    await this.#alone(async () => {
      try {
        await withPeer(this.#world, saga.peer, this.#task.signal, ({ peer }) =>
          peer.revoke(uuid, { saga: saga.id, epoch: saga.epoch }, this.#options),
        );
      } catch (error) {
        if (!isSilence(error)) throw error;
        if (!isOff)
          throw new DroverError(
            'API_UNREACHABLE',
            {
              object: `peer ${saga.peer}`,
              reason: `it does not say whether VM '${name}' has run there: ${messageOf(error)}`,
              remedy: `ask again; or, when it is off for good: drover vm mirror promote ${name} --reclaim --destination-is-off`,
            },
            error,
          );
        this.#world.log.warn({ vm: uuid, peer: saga.peer, err: error }, 'a hand-over is taken back unheard');
      }
      await this.#record.reclaimed(saga as PromoteSaga);
    });
  }

  get #options() {
    return { signal: this.#task.signal };
  }

  #acts(known: Known): Acts<Cursor, 'done', PromoteSaga, PromoteEvent> {
    const { uuid, name } = this.#vm;
    const { peer } = known;
    const done = { kind: 'done' } as const;
    return {
      'pre-sync': async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          this.#say(`${name}: sending what there is while it runs, round ${round + 1}`);
          const { bytes } = await this.#send(known, await this.#point(`s${round}`));
          if (bytes <= SMALL_BYTES) break;
        }
        return done;
      },
      prepare: async ({ id, epoch, state }) => {
        this.#say(`${name}: ${known.name} makes ready`);
        await insist(this.#world.clock, this.#task.signal, () =>
          peer.prepare(uuid, { saga: id, epoch, state: stateThere(state) }, this.#options),
        );
        return done;
      },
      shutdown: async (saga) => {
        this.#say(`${name}: shutting down here`);
        await stillness(this.#world, uuid, {
          signal: this.#task.signal,
          wasRunning: stateThere(saga.state) === 'start',
        });
        await this.#record.stand(saga);
        return done;
      },
      'last-delta': async () => {
        this.#say(`${name}: sending the rest`);
        const last = await this.#point('last');
        if (last.consistency !== 'off')
          throw new DroverError('REFUSED', {
            object: `VM '${name}'`,
            reason: 'somebody has started it meanwhile',
          });
        const sent = await this.#send(known, last);
        return { kind: 'delivered', point: sent.reached };
      },
      // The record moves to the next cursor together with the role: nothing else is done here.
      'hand-over': () => Promise.resolve(done),
      activate: async ({ id, epoch, nonce, point, state }) => {
        this.#say(`${name}: ${known.name} takes over`);
        if (point === undefined) throw new DroverError('INTERNAL', { object: id, reason: 'it has no point' });
        const how = { saga: id, epoch, nonce, point: point.id, state: stateThere(state) };
        await insist(this.#world.clock, this.#task.signal, () => peer.activate(uuid, how, this.#options));
        return done;
      },
      'see-it-run': async ({ state }) => {
        if (stateThere(state) === 'start') await this.#seen(known);
        return done;
      },
      settle: async (saga) => {
        this.#say(`${name}: this copy becomes the mirror`);
        if (saga.remove) await this.#remove();
        else await this.#settle(known, saga);
        return done;
      },
    };
  }

  /** A point of this hand-over; the same for every attempt of this task. */
  #point(which: string): Promise<Point> {
    const { uuid, name } = this.#vm;
    const task = { ...this.#task, id: `${this.#task.id.slice(0, 40)}-${which}` };
    return askForPoint(this.#world, task, { uuid, vm: name }, { origin: 'mirror' });
  }

  async #send(known: Known, point: Point) {
    const { uuid, name } = this.#vm;
    return await told(this.#world, uuid, known, () =>
      sendPoint(this.#world, this.#task, known, { uuid, name }, point, (text, bytes) => {
        this.#task.progress({ current: 0, total: 1, text, bytes });
      }),
    );
  }

  /** Waits until the guest runs there. REFUSED when its start has failed: then it can be reclaimed. */
  async #seen({ peer, name }: Known): Promise<void> {
    const { clock } = this.#world;
    const { uuid } = this.#vm;
    const until = clock.monotonic() + LIMITS.activationMs;
    for (;;) {
      const copy = await peer.copy(uuid, this.#options).catch((error: unknown) => {
        if (isDroverError(error, 'API_UNREACHABLE', 'NOT_LEADER')) return undefined;
        throw error;
      });
      if (copy?.running === true) return;
      const failed = copy?.state === 'fail' ? (copy.failed ?? 'it failed') : undefined;
      if (failed === undefined && clock.monotonic() < until) {
        // The other cluster tells of nothing by itself: it is asked.
        await clock.sleep(SEEN_MS, this.#task.signal);
        continue;
      }
      throw new DroverError('REFUSED', {
        object: `VM '${this.#vm.name}'`,
        reason: `${name} has taken it over, and it does not run there: ${failed ?? 'nothing was seen of it in time'}`,
        remedy: `start it there; or take it back: drover vm mirror promote ${this.#vm.name} --reclaim`,
      });
    }
  }

  /** The end: what was the source is a copy of what it was handed over to. */
  async #settle(known: Known, saga: PromoteSaga): Promise<void> {
    const { store } = this.#world;
    const { uuid } = this.#vm;
    const points = await readPoints(store, uuid, this.#options);
    const point = points.find(({ id }) => id === saga.point?.id)?.id;
    await this.#record.becomeCopy(saga, { cluster: known.cluster.id, name: known.cluster.name }, point);
    await pruneHere(this.#world, this.#task, uuid, 'mirror').catch((error: unknown) => {
      this.#world.log.warn({ vm: uuid, err: error }, 'old points of a handed over VM stay for now');
    });
  }

  /** The disks into the trash, where they are kept for a day; then all that is told of the VM goes. */
  async #remove(): Promise<void> {
    const { uuid } = this.#vm;
    const { removed, left } = await withData(this.#world, this.#task, 'vm.promote_mirror', [uuid], () =>
      removeVolumesOf(this.#world, this.#task, uuid),
    );
    this.#world.log.info({ vm: uuid, removed, left }, 'the disks of a handed over VM are in the trash');
    await this.#record.remove(this.#options);
  }

  /**
   * After a failure. One that is only cut goes on with the next attempt. Before the point of no return everything is put back,
   * and the peer told; after it the record says what is wrong, and what helps.
   */
  async #failed(error: unknown): Promise<void> {
    const { store, log } = this.#world;
    const { uuid } = this.#vm;
    try {
      if (this.#task.signal.aborted && (await readTask(store, this.#task.id))?.cancel === undefined) return;
      await store.sync();
      const saga = (await readMirror(store, uuid))?.value.promote as PromoteSaga | undefined;
      if (saga === undefined) return;
      if (!isRevocable(saga)) {
        await this.#record.note(saga, messageOf(error).slice(0, 1_000));
        return;
      }
      await this.#record.putBack(saga);
      const deadline = AbortSignal.timeout(LIMITS.peerCallMs);
      // It is only prepared there: without our word it never becomes the active one.
      await withPeer(this.#world, saga.peer, deadline, ({ peer }) =>
        peer.revoke(uuid, { saga: saga.id, epoch: saga.epoch }, { signal: deadline }),
      ).catch((second: unknown) => {
        if (!isDroverError(second, 'NOT_FOUND'))
          log.warn({ vm: uuid, err: second }, 'the peer was not told of the end');
      });
    } catch (second) {
      log.error({ vm: uuid, err: second }, 'a hand-over could not be put back: ask for it again');
    }
  }

  #say(text: string): void {
    this.#task.progress({ current: 0, total: 1, text });
  }

  #result(saga: PromoteSaga): object {
    const at = (cursor: Cursor) => this.#marks.get(cursor);
    const between = (from: Cursor, to: Cursor) => {
      const [one, other] = [at(from), at(to)];
      return one === undefined || other === undefined ? undefined : Math.round(other - one);
    };
    const split = {
      shutdownMs: between('prepare', 'shutdown'),
      lastDeltaMs: between('shutdown', 'last-delta'),
      activateMs: between('last-delta', 'activate'),
      startMs: between('activate', 'see-it-run'),
      downMs: between('prepare', 'see-it-run'),
    };
    return {
      ...resultOf({ name: this.#vm.name, saga }),
      ...Object.fromEntries(Object.entries(split).filter(([, ms]) => ms !== undefined)),
    };
  }
}

/** Nothing that the other cluster has decided: it did not answer at all. */
function isSilence(error: unknown): boolean {
  return isDroverError(error, 'API_UNREACHABLE', 'DEADLINE');
}

const SEEN_MS = 200;
