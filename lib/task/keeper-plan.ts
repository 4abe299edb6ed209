import type { TaskStatus } from '../../schemas/index.js';
import { DroverError, type Kinded, type Plan } from '../core/index.js';
import { type Ending, gaveUp, isEnded } from './status.js';

/** What the primary sees of one task. Page: docs/tasks.md. */
export interface KeeperFacts {
  readonly id: string;
  readonly requested: boolean;
  /** Why nothing can be kept under the request; undefined when it can. */
  readonly unkeepable: string | undefined;
  /** Undefined: there is none, or it cannot be read. */
  readonly status: TaskStatus | undefined;
  /** Why the status cannot be read. */
  readonly garbled: DroverError | undefined;
  /** Who owns the claim; `owner` undefined: nobody, it is rubbish. */
  readonly claim: { readonly owner: string | undefined } | undefined;
  readonly cancel: boolean;
  /** Why it can never be carried out. */
  readonly fault: DroverError | undefined;
  /** What it waits for, when that is not its turn. */
  readonly waiting: string | undefined;
}

export type KeeperStep =
  /** Write the final status of a task that nobody works at. */
  | (Kinded & { readonly kind: 'end'; readonly ending: Ending | 'cancelled' })
  /** Remove a claim that no session owns. */
  | (Kinded & { readonly kind: 'sweep' })
  /** Say in the status what the task waits for, or that it is nothing but its turn. */
  | (Kinded & { readonly kind: 'note'; readonly waiting: string | undefined })
  /** Look at the task no more. */
  | (Kinded & { readonly kind: 'leave' });

/** Pure: what the primary does about a task that no worker can end. */
export function planKeeper(facts: KeeperFacts): Plan<KeeperStep> {
  const { status, claim } = facts;
  if (!facts.requested) return step({ kind: 'leave' }, 'the request is gone');
  if (facts.unkeepable !== undefined) return { do: 'rest', reason: facts.unkeepable };
  if (claim !== undefined && claim.owner === undefined)
    return step({ kind: 'sweep' }, 'a claim without a session is rubbish');
  if (isEnded(status)) return step({ kind: 'leave' }, 'it has ended');
  if (claim !== undefined) return { do: 'rest', reason: 'a worker has it' };
  if (facts.garbled !== undefined) return fail(facts.garbled);
  if (facts.cancel) return step({ kind: 'end', ending: 'cancelled' }, 'it is cancelled and nobody runs it');
  if (gaveUp(status)) return fail(died(facts.id, status));
  if (facts.fault !== undefined) return fail(facts.fault);
  const { waiting } = facts;
  const reason = waiting ?? 'it waits for its turn';
  return waiting === status?.waiting ? { do: 'rest', reason } : step({ kind: 'note', waiting }, reason);
}

function died(id: string, status: TaskStatus | undefined): DroverError {
  return new DroverError('WORKERS_DIED', {
    object: `task ${id}`,
    reason: `in ${status?.attempt ?? 0} attempts its worker died too often, last on ${status?.node ?? 'an unknown node'}`,
  });
}

function fail(error: DroverError): Plan<KeeperStep> {
  return step({ kind: 'end', ending: { state: 'failed', error } }, error.message);
}

function step(next: KeeperStep, reason: string): Plan<KeeperStep> {
  return { do: 'step', step: next, reason };
}
