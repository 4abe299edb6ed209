import type { TaskStatus } from '../../schemas/index.js';
import { type Loop, type Plan, reconcileOnce, type Reconciler, type Scope } from '../core/index.js';
import type { Write } from '../ports/index.js';
import { documentPath, ephemeralRecord, writeRecord } from '../tree/index.js';
import { attend } from './attend.js';
import type { Capacity } from './capacity.js';
import { EPHEMERAL_REQUEST, isFinal, type Job, jobOf } from './job.js';
import { readTaskKeys, type TaskKeys } from './keys.js';
import type { TaskKind } from './kinds.js';
import { placeOf } from './place.js';
import type { HeldClaim } from './report.js';
import { TaskRun } from './run.js';
import { cancelledBy, claimed, ended, type Ending, released } from './status.js';
import type { WorkerOptions } from './worker-options.js';
import { planWorker, type WorkerFacts, type WorkerStep } from './worker-plan.js';

export interface WorkerTaskOptions extends WorkerOptions {
  readonly capacity: Capacity;
  /** There may be room for another task. */
  onRoom(): void;
  onLeave(status: TaskStatus | undefined): void;
}

interface Reading {
  readonly keys: TaskKeys;
  readonly facts: WorkerFacts;
  readonly session: string | undefined;
  /** Undefined when the request cannot be carried out: that is the primary's to say. */
  readonly job: Job | undefined;
}

/** Passes after the end of the scope: enough to end or release, and to leave. */
const LAST_PASSES = 4;

/** What one worker does about one task. */
export class WorkerTask {
  readonly #id: string;
  readonly #scope: Scope;
  readonly #options: WorkerTaskOptions;
  readonly #reconciler: Reconciler<Reading, WorkerStep>;
  readonly #loop: Loop<WorkerStep>;
  #run: TaskRun | undefined;
  #waiting: TaskKind | undefined;

  constructor(scope: Scope, id: string, options: WorkerTaskOptions) {
    this.#id = id;
    this.#scope = scope;
    this.#options = options;
    this.#reconciler = {
      name: 'task',
      read: () => this.#read(),
      plan: (reading): Plan<WorkerStep> => planWorker(reading.facts),
      guard: (step, reading) => this.#guard(step, reading),
      executors: {
        claim: () => Promise.resolve(),
        run: (_, reading) => this.#now(() => this.#begin(reading)),
        stop: ({ reason }) => this.#now(() => this.#run?.stop(reason)),
        end: () => this.#now(() => this.#drop()),
        release: () => this.#now(() => this.#drop()),
        forget: () => this.#now(() => this.#drop()),
        leave: (_, reading) => this.#now(() => this.#leave(reading)),
      },
      ...(options.killPoint === undefined ? {} : { killPoint: options.killPoint }),
    };
    const { store, clock, log } = options;
    scope.defer(() => this.#finish());
    this.#loop = attend(scope, { id, store, clock, log, reconciler: this.#reconciler });
  }

  get run(): TaskRun | undefined {
    return this.#run;
  }

  /** The kind of a task that only waits for room. */
  get waiting(): TaskKind | undefined {
    return this.#waiting;
  }

  wake(): void {
    const run = this.#run;
    run?.stopIfLost();
    if (run !== undefined && this.#eviction(run.job) !== undefined) run.evict();
    this.#loop.wake();
  }

  async #read(): Promise<Reading> {
    const { store, capacity } = this.#options;
    const session = store.session();
    const keys = await readTaskKeys(store, this.#id);
    const { claim } = keys;
    const mine = session.id !== undefined && claim?.stat.owner === session.id;
    if (!mine && this.#run === undefined && capacity.give(this.#id)) this.#options.onRoom();
    const free = claim === undefined && this.#run === undefined;
    const { job, fault } = this.#job(keys);
    const running = this.#run?.job ?? job;
    const facts: WorkerFacts = {
      requested: keys.request !== undefined,
      status: keys.status?.value,
      claim: claim && {
        mine,
        czxid: claim.stat.czxid,
        attempt: claim.value?.attempt,
        node: claim.value?.node,
      },
      cancel: keys.cancel !== undefined,
      hindrance: fault ?? (free && job !== undefined ? await this.#hindrance(keys, job) : undefined),
      eviction: running === undefined ? fault : this.#eviction(running),
      room: job !== undefined && capacity.hasRoom(this.#id, job.kind),
      run: this.#run?.facts,
    };
    this.#wait(free && facts.hindrance === undefined && !facts.room ? job?.kind : undefined);
    return { keys, facts, session: session.id, job };
  }

  /** Whoever waited for room and does so no more, whatever the reason, lets the next one look. */
  #wait(kind: TaskKind | undefined): void {
    const waited = this.#waiting !== undefined;
    this.#waiting = kind;
    if (waited && kind === undefined) this.#options.onRoom();
  }

  /** What is wrong with the request itself is the primary's to tell. */
  #job(keys: TaskKeys): { readonly job?: Job; readonly fault?: string } {
    try {
      return { job: jobOf(keys, this.#options.kinds) };
    } catch (error) {
      if (!isFinal(error)) throw error;
      return { fault: error.message };
    }
  }

  /** Why this node may not begin the task. */
  async #hindrance(keys: TaskKeys, job: Job): Promise<string | undefined> {
    const { store, node, mayBegin } = this.#options;
    const eviction = this.#eviction(job);
    if (eviction !== undefined) return eviction;
    if (store.session().state !== 'connected') return 'there is no session with the store';
    if (!mayBegin()) return 'nothing new may begin on this node';
    if (keys.status?.problem !== undefined) return 'its status cannot be read';
    if (keys.request?.stat.owner !== undefined) return EPHEMERAL_REQUEST;
    try {
      const place = await placeOf(job, store);
      return place.is !== 'node' || place.node === node ? undefined : `it is for ${place.node}`;
    } catch (error) {
      if (!isFinal(error)) throw error;
      return error.message;
    }
  }

  /** Why this node may not go on with it. */
  #eviction(job: Job): string | undefined {
    if (this.#scope.closed) return 'this worker is closing';
    if (job.kind.where === 'primary' && this.#options.term()?.valid !== true)
      return 'it is for the primary, which this node is not';
    return undefined;
  }

  async #guard(step: WorkerStep, reading: Reading): Promise<void> {
    const { session, keys } = reading;
    const { clock } = this.#options;
    if (session === undefined) return;
    switch (step.kind) {
      case 'claim':
        await this.#claim(reading, session);
        return;
      case 'end': {
        await this.#run?.reporter.close();
        const ending = step.ending === 'cancelled' ? cancelledBy(this.#id, keys.cancel?.value) : step.ending;
        await this.#giveBack(reading, session, ended(this.#present(keys), ending, clock.now()));
        this.#tell(keys, ending);
        return;
      }
      case 'release': {
        await this.#run?.reporter.close();
        const { value } = keys.status ?? {};
        const ours = value?.state === 'running' && value.attempt === keys.claim?.value?.attempt;
        const next = ours ? released(this.#present(keys), clock.now(), step.died) : undefined;
        await this.#giveBack(reading, session, next);
        return;
      }
      case 'run':
      case 'stop':
      case 'forget':
      case 'leave':
        return;
    }
  }

  async #claim({ keys, job }: Reading, session: string): Promise<void> {
    const { store, clock, capacity, node, boot, term } = this.#options;
    // Another task may have taken the place since the reading: the next one shows it.
    if (job === undefined || keys.request === undefined || !capacity.take(this.#id, job.kind)) return;
    const now = clock.now();
    const status = claimed(keys.status?.value, { node, now });
    const claim = { node, boot, attempt: status.attempt, since: now };
    const writes: Write[] = [
      ephemeralRecord('task-claim', documentPath('task-claim', { id: this.#id }), claim),
      writeRecord('task-status', this.#statusPath, status, keys.status),
      { op: 'check', path: keys.request.path, version: keys.request.version },
    ];
    if (job.kind.where === 'primary') {
      const guard = term()?.guard;
      if (guard === undefined) return;
      writes.push(guard);
    }
    await store.commit(writes, { session });
    this.#options.log.info(
      { task: this.#id, kind: job.kind.kind, node, attempt: status.attempt },
      'task begins',
    );
  }

  /** Deletes our claim and, in the same transaction, writes what becomes of the task. */
  async #giveBack(
    { keys }: Reading,
    session: string,
    status: ReturnType<typeof ended> | undefined,
  ): Promise<void> {
    const { claim } = keys;
    if (claim === undefined) return;
    const writes: Write[] = [{ op: 'delete', path: claim.path, version: claim.version }];
    if (status !== undefined)
      writes.unshift(writeRecord('task-status', this.#statusPath, status, keys.status));
    await this.#options.store.commit(writes, { session });
  }

  /** The status with the last word of the run on its progress; made up when a meddler left it unreadable. */
  #present(keys: TaskKeys): TaskStatus {
    const attempt = this.#run?.claim.attempt ?? keys.claim?.value?.attempt ?? 0;
    const status = keys.status?.value ?? { v: 1, state: 'running', attempt, at: 0 };
    const progress = this.#run?.reporter.last;
    return progress === undefined ? status : { ...status, progress };
  }

  #begin(reading: Reading): void {
    const { keys, job, session } = reading;
    const { claim, status } = keys;
    if (this.#scope.closed || this.#run !== undefined || job === undefined) return;
    if (claim?.value === undefined || status?.value === undefined || session === undefined) return;
    const { node, store, clock, log } = this.#options;
    const { attempt } = claim.value;
    this.#options.capacity.take(this.#id, job.kind);
    const held: HeldClaim = {
      id: this.#id,
      path: claim.path,
      czxid: claim.stat.czxid,
      version: claim.version,
      session,
      attempt,
    };
    const onReturn = () => this.#loop.wake();
    this.#run = new TaskRun(this.#scope, {
      job,
      claim: held,
      status: status.value,
      node,
      store,
      clock,
      log,
      onReturn,
    });
  }

  #drop(): void {
    this.#run = undefined;
  }

  #now(action: () => void): Promise<void> {
    action();
    return Promise.resolve();
  }

  #leave({ keys }: Reading): void {
    this.#options.onLeave(keys.request === undefined ? undefined : keys.status?.value);
    this.#scope
      .close('the task has ended')
      .catch((error: unknown) => this.#options.log.error({ task: this.#id, err: error }, 'task'));
  }

  /** The scope is closing and the run has returned: its outcome is told, or the task given back. */
  async #finish(): Promise<void> {
    const { log, capacity } = this.#options;
    const { signal } = new AbortController();
    try {
      for (let left = LAST_PASSES; left > 0 && capacity.has(this.#id); left -= 1)
        await reconcileOnce(this.#reconciler, signal);
    } catch (error) {
      log.warn(
        { task: this.#id, err: error },
        'the task was not given back: its claim ends with the session',
      );
    }
  }

  #tell(keys: TaskKeys, ending: Ending): void {
    const { log, node } = this.#options;
    const fields = { task: this.#id, kind: keys.request?.value?.kind, node };
    if (ending.state === 'failed') log.error({ ...fields, err: ending.error }, 'task failed');
    else log.info(fields, `task ${ending.state}`);
  }

  get #statusPath(): string {
    return documentPath('task-status', { id: this.#id });
  }
}
