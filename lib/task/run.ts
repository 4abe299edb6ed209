import { setMaxListeners } from 'node:events';
import { asDroverError, DroverError, type Log, type Scope } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import type { TaskStatus } from '../../schemas/index.js';
import { type Job, refuseLarge } from './job.js';
import { type HeldClaim, Reporter } from './report.js';
import type { Outcome, RunFacts, StopReason } from './worker-plan.js';

export interface RunOptions {
  readonly job: Job;
  readonly claim: HeldClaim;
  /** The status that the attempt begins with. */
  readonly status: TaskStatus;
  readonly node: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** The run has returned. */
  onReturn(): void;
}

const STOPPED: Readonly<Record<StopReason, string>> = {
  cancel: 'it was cancelled',
  evict: 'another attempt will go on',
  lost: 'its claim was lost',
};

/** One attempt at one task in this process: from its beginning until its outcome has been told. */
export class TaskRun {
  readonly claim: HeldClaim;
  readonly job: Job;
  readonly reporter: Reporter;
  readonly #options: RunOptions;
  readonly #controller = new AbortController();
  #stopped: StopReason | undefined;
  #outcome: Outcome | undefined;

  constructor(scope: Scope, options: RunOptions) {
    this.#options = options;
    setMaxListeners(0, this.#controller.signal);
    this.claim = options.claim;
    this.job = options.job;
    const { store, clock, log } = options;
    this.reporter = new Reporter({ claim: options.claim, store, clock, log });
    const evict = () => this.evict();
    scope.signal.addEventListener('abort', evict, { once: true });
    void scope
      .run(() => this.#run())
      .then((outcome) => {
        scope.signal.removeEventListener('abort', evict);
        this.#outcome = outcome;
        options.onReturn();
      });
  }

  get facts(): RunFacts {
    const { czxid, attempt } = this.claim;
    return { czxid, attempt, stopped: this.#stopped, outcome: this.#outcome };
  }

  /** Tells the run to stop. A later reason counts for what is made of its outcome, the signal aborts once. */
  stop(reason: StopReason): void {
    this.#stopped = reason;
    this.#controller.abort(
      new DroverError('CANCELLED', { object: `task ${this.claim.id}`, reason: STOPPED[reason] }),
    );
  }

  /** Tells a run that is still going that another attempt shall go on. */
  evict(): void {
    if (this.#stopped === undefined && this.#outcome === undefined) this.stop('evict');
  }

  /** Stops at once when the session that owns the claim is over: no reading is needed to know that it is lost. */
  stopIfLost(): void {
    if (this.#outcome === undefined && this.#options.store.session().id !== this.claim.session)
      this.stop('lost');
  }

  async #run(): Promise<Outcome> {
    const { id } = this.claim;
    try {
      const result = await this.job.kind.run(this.#context());
      refuseLarge(result, `result of task ${id}`);
      return { ok: true, result };
    } catch (error) {
      return { ok: false, error: asDroverError(error, `task ${id}`) };
    }
  }

  #context() {
    const { job, status, node, log } = this.#options;
    const { id, attempt, path, czxid } = this.claim;
    return {
      id,
      args: job.request.args,
      node,
      attempt,
      resume: status.resume,
      proof: { path, czxid },
      signal: this.#controller.signal,
      log,
      progress: this.reporter.progress.bind(this.reporter),
      save: this.reporter.save.bind(this.reporter),
      throwIfOver: () => this.#throwIfOver(),
    };
  }

  #throwIfOver(): void {
    const { store, clock } = this.#options;
    this.#controller.signal.throwIfAborted();
    const { id, leaseUntil } = store.session();
    if (id === this.claim.session && clock.monotonic() < leaseUntil) return;
    throw new DroverError('STORE_SESSION_LOST', {
      object: `task ${this.claim.id}`,
      reason: 'the lease of its claim has run out',
    });
  }
}
