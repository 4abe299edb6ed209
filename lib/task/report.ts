import type { TaskProgress, TaskStatus } from '../../schemas/index.js';
import { DroverError, isDroverError, LIMITS, type Log } from '../core/index.js';
import { type Alarm, type Clock, conflictOf, type Store, type Write } from '../ports/index.js';
import { bytesOf, documentPath, tryReadRecord, writeRecord } from '../tree/index.js';
import { refuseLarge } from './job.js';
import { reported } from './status.js';

/** The claim of one attempt. Its session and creating transaction tell it from any other. */
export interface HeldClaim {
  readonly id: string;
  readonly path: string;
  readonly czxid: bigint;
  readonly version: number;
  readonly session: string;
  readonly attempt: number;
}

export interface ReporterOptions {
  readonly claim: HeldClaim;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const TRIES = 8;

/**
 * Writes what a run tells of itself: progress at most once in `LIMITS.taskReportMs`, resume states at once, one write
 * at a time. Each write is tied to the claim. Progress that could not be written is left to the next word.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  #progress: TaskProgress | undefined;
  #resume: unknown;
  #writtenAt = -Infinity;
  #alarm: Alarm | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  progress(progress: TaskProgress): void {
    this.#progress = progress;
    if (this.#closed || this.#alarm !== undefined) return;
    const { clock, claim, log } = this.#options;
    const pauseMs = Math.max(0, this.#writtenAt + LIMITS.taskReportMs - clock.monotonic());
    this.#alarm = clock.after(pauseMs, () => {
      this.#alarm = undefined;
      this.#write().catch((error: unknown) =>
        log.debug({ task: claim.id, err: error }, 'progress not written'),
      );
    });
  }

  /** Fails with BAD_INPUT for what is too large, and as the store does when it could not be written. */
  async save(resume: unknown): Promise<void> {
    refuseLarge(resume, `resume state of task ${this.#options.claim.id}`, LIMITS.taskReportBytes / 2);
    this.#resume = resume;
    await this.#write();
  }

  /** The last word on the progress, whether or not it was written. */
  get last(): TaskProgress | undefined {
    return this.#progress && fitted(this.#progress, this.#resume);
  }

  /** Nothing is written any more once it returns. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#alarm?.cancel();
    await this.#writing;
  }

  #write(): Promise<void> {
    const write = this.#writing.then(() => this.#move());
    this.#writing = write.catch(() => undefined);
    return write;
  }

  async #move(): Promise<void> {
    const { store, clock, claim } = this.#options;
    if (this.#closed) throw this.#over('its run has ended');
    this.#writtenAt = clock.monotonic();
    const path = documentPath('task-status', { id: claim.id });
    const guard: Write = { op: 'check', path: claim.path, version: claim.version };
    for (let left = TRIES; ; left -= 1) {
      const present = await tryReadRecord(store, 'task-status', path);
      const from = present?.value ?? { v: 1, state: 'running', attempt: claim.attempt, at: 0 };
      if (!isOurs(from, claim)) throw this.#over('the task is in another attempt or has ended');
      const report = { progress: this.last, resume: this.#resume };
      const write = writeRecord('task-status', path, reported(from, report, clock.now()), present);
      try {
        await store.commit([write, guard], { session: claim.session });
        return;
      } catch (error) {
        if (left === 1 || !mayTryAgain(error)) throw error;
        await store.sync();
      }
    }
  }

  #over(reason: string): DroverError {
    return new DroverError('STORE_CONFLICT', { object: `task ${this.#options.claim.id}`, reason });
  }
}

/** A commit that was lost, or the status that moved (a meddler, or a stale read); not the claim. */
function mayTryAgain(error: unknown): boolean {
  return isDroverError(error, 'STORE_OUTCOME_UNKNOWN') || conflictOf(error)?.index === 0;
}

function isOurs(status: TaskStatus, claim: HeldClaim): boolean {
  return status.state === 'running' && status.attempt === claim.attempt;
}

/** `progress` with as much of its text as leaves room for `resume`. */
function fitted(progress: TaskProgress, resume: unknown): TaskProgress {
  let fit = progress;
  while (fit.text !== undefined && fit.text !== '' && sizeOf([fit, resume]) > LIMITS.taskReportBytes)
    fit = { ...fit, text: fit.text.slice(0, Math.floor(fit.text.length / 2)) };
  return fit;
}

function sizeOf(value: unknown): number {
  return bytesOf(JSON.stringify(value)).length;
}
