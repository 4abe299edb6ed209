import type { TaskStatus } from '../../schemas/index.js';
import { type DroverError, isDroverError, type Kinded, type Plan } from '../core/index.js';
import { type Ending, gaveUp, isEnded } from './status.js';

/** What came of a run. */
export type Outcome =
  { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: DroverError };

/** What a worker sees of one task. Page: docs/tasks.md. */
export interface WorkerFacts {
  /** Whether there is a request at all. */
  readonly requested: boolean;
  /** Undefined: there is none, or it cannot be read. */
  readonly status: TaskStatus | undefined;
  readonly claim:
    | {
        /** Owned by our present session. */
        readonly mine: boolean;
        readonly czxid: bigint;
        /** Undefined: it cannot be read. */
        readonly attempt: number | undefined;
        readonly node: string | undefined;
      }
    | undefined;
  readonly cancel: boolean;
  /** Why this worker may not begin the task; undefined when it may. */
  readonly hindrance: string | undefined;
  /** Why this worker may not go on with the task; undefined when it may. */
  readonly eviction: string | undefined;
  /** Whether there is room for one more of the kind. */
  readonly room: boolean;
  /** Our own run of it. */
  readonly run: RunFacts | undefined;
}

export interface RunFacts {
  /** The claim that it was begun under. */
  readonly czxid: bigint;
  readonly attempt: number;
  /** Told to stop, and why. */
  readonly stopped: StopReason | undefined;
  /** Undefined while it runs. */
  readonly outcome: Outcome | undefined;
}

/** cancel: somebody asked. evict: another attempt, elsewhere or later, shall go on. lost: the claim is gone. */
export type StopReason = 'cancel' | 'evict' | 'lost';

export type WorkerStep =
  /** Make the claim and the running status, in one transaction. */
  | (Kinded & { readonly kind: 'claim' })
  /** Begin the run under the claim that is ours. */
  | (Kinded & { readonly kind: 'run' })
  /** Tell the run to stop. */
  | (Kinded & { readonly kind: 'stop'; readonly reason: StopReason })
  /** Write the final status and give the claim back, in one transaction. */
  | (Kinded & { readonly kind: 'end'; readonly ending: Ending | 'cancelled' })
  /** Give the claim back, so that another attempt may begin. */
  | (Kinded & { readonly kind: 'release'; readonly died: boolean })
  /** Drop the outcome of a run that is not ours to tell any more. */
  | (Kinded & { readonly kind: 'forget' })
  /** Look at the task no more. */
  | (Kinded & { readonly kind: 'leave' });

/** Pure: the next step of one worker for one task. */
export function planWorker(facts: WorkerFacts): Plan<WorkerStep> {
  const { run, claim, status } = facts;
  if (run !== undefined) return planWithRun(facts, run);
  if (claim?.mine === true) return planWithClaim(facts, claim.attempt);
  if (!facts.requested) return step({ kind: 'leave' }, 'the request is gone');
  if (isEnded(status)) return step({ kind: 'leave' }, 'it has ended');
  if (claim !== undefined) return rest(`${claim.node ?? 'an unknown worker'} has it`);
  if (facts.cancel) return rest('it is cancelled');
  if (gaveUp(status)) return rest('too many of its workers died');
  if (facts.hindrance !== undefined) return rest(facts.hindrance);
  if (!facts.room) return rest('this node runs as many as it may');
  return step({ kind: 'claim' }, 'it is for this node');
}

/** The claim is ours and nothing runs: after a claim whose reply came or was lost, or after a meddler. */
function planWithClaim(facts: WorkerFacts, attempt: number | undefined): Plan<WorkerStep> {
  const { status } = facts;
  const fits = facts.requested && status?.state === 'running' && status.attempt === attempt;
  if (!fits) return step({ kind: 'release', died: false }, 'the claim fits no attempt');
  if (facts.cancel) return step({ kind: 'end', ending: 'cancelled' }, 'it is cancelled');
  const { eviction } = facts;
  if (eviction !== undefined) return step({ kind: 'release', died: false }, eviction);
  return step({ kind: 'run' }, `attempt ${attempt} is ours`);
}

function planWithRun(facts: WorkerFacts, run: RunFacts): Plan<WorkerStep> {
  const { outcome, stopped } = run;
  if (!holds(facts, run)) {
    if (outcome !== undefined) return step({ kind: 'forget' }, 'the claim was lost');
    return stopped === 'lost' ? rest('the claim was lost') : stop('lost', 'the claim was lost');
  }
  if (outcome === undefined) {
    if (facts.cancel && stopped !== 'cancel') return stop('cancel', 'it is cancelled');
    if (facts.eviction !== undefined && stopped === undefined) return stop('evict', facts.eviction);
    return rest(stopped === undefined ? 'it runs' : 'it is being stopped');
  }
  if (outcome.ok)
    return step({ kind: 'end', ending: { state: 'done', result: outcome.result } }, 'it is done');
  if (facts.cancel)
    return step({ kind: 'end', ending: endingOfCancelled(outcome.error) }, 'it was cancelled');
  if (stopped !== undefined) return step({ kind: 'release', died: false }, 'it was interrupted');
  // The run knew before us that it had no right any more. Counted, so that it cannot go on like this for ever.
  if (isDroverError(outcome.error, 'NOT_LEADER', 'STORE_SESSION_LOST'))
    return step({ kind: 'release', died: true }, outcome.error.message);
  return step({ kind: 'end', ending: { state: 'failed', error: outcome.error } }, 'it failed');
}

/** Whether the task is still in the attempt of our run. A status that cannot be read is ours to write anew. */
function holds(facts: WorkerFacts, run: RunFacts): boolean {
  const { claim, status, requested } = facts;
  if (!requested || claim?.mine !== true || claim.czxid !== run.czxid) return false;
  return status === undefined || (status.state === 'running' && status.attempt === run.attempt);
}

/** A run that stopped as it was told says nothing new; one that failed on the way is worth its words. */
function endingOfCancelled(error: DroverError): Ending | 'cancelled' {
  return isDroverError(error, 'CANCELLED') ? 'cancelled' : { state: 'cancelled', error };
}

function stop(reason: StopReason, why: string): Plan<WorkerStep> {
  return step({ kind: 'stop', reason }, why);
}

function step(next: WorkerStep, reason: string): Plan<WorkerStep> {
  return { do: 'step', step: next, reason };
}

function rest(reason: string): Plan<WorkerStep> {
  return { do: 'rest', reason };
}
