import type { Remembered } from '../../schemas/index.js';
import type { Kinded, Plan } from '../core/index.js';
import { zxidOf } from './zxid.js';

/** What the tree shows of its own age. */
export interface TreeAge {
  readonly cluster: { readonly id: string; readonly incarnation: number } | undefined;
  /** The epoch of the election; undefined when there is none. */
  readonly epoch: number | undefined;
  /** A transaction id that the tree has certainly reached: the one that made our session key. */
  readonly zxid: bigint;
}

/**
 * Why this tree is not the one that the node remembers, or undefined when it can be trusted. A higher incarnation
 * means that a census has rebuilt the records since; below it, nothing may have gone back.
 */
export function doubt(remembered: Remembered, tree: TreeAge): string | undefined {
  const { cluster } = tree;
  if (cluster === undefined) return 'the tree has no cluster record';
  if (remembered.cluster !== undefined && remembered.cluster !== cluster.id)
    return `the tree belongs to cluster ${cluster.id}, this node to ${remembered.cluster}`;
  if (cluster.incarnation > remembered.incarnation) return undefined;
  if (cluster.incarnation < remembered.incarnation)
    return `the tree is of incarnation ${cluster.incarnation}, this node has seen ${remembered.incarnation}`;
  if ((tree.epoch ?? 0) < remembered.epoch)
    return `the tree is in epoch ${tree.epoch ?? 'none'}, this node has seen ${remembered.epoch}`;
  if (tree.zxid < zxidOf(remembered.zxid))
    return `the tree has come to transaction 0x${tree.zxid.toString(16)}, this node has seen ${remembered.zxid}`;
  return undefined;
}

export interface TrustFacts {
  /** Whether we have a session and its key. */
  readonly registered: boolean;
  readonly doubt: string | undefined;
  /** Nodes with an open report, this one left out: someone is in doubt, so everyone counts. */
  readonly reporting: readonly string[];
  /** What stands where our report belongs: one for the present tree, one for an earlier one or rubbish, nothing. */
  readonly report: 'open' | 'closed' | 'none';
  /** Whether the disk already says what the tree says. */
  readonly remembered: boolean;
}

export type TrustStep =
  /** Tell the tree what runs here. */
  | (Kinded & { readonly kind: 'report' })
  /** Write what the tree says to the disk, before it is trusted. */
  | (Kinded & { readonly kind: 'remember' })
  /** Take back a report that a census has answered, or whose reason has gone. */
  | (Kinded & { readonly kind: 'withdraw' });

/** Whether the tree may be acted on: nobody doubts it, and the disk says so. */
export function trusts(facts: TrustFacts): boolean {
  const doubted = facts.doubt !== undefined || facts.reporting.length > 0;
  // While our own report stands a census may be rewriting the run records from it.
  return facts.registered && !doubted && facts.report !== 'open' && facts.remembered;
}

export function planTrust(facts: TrustFacts): Plan<TrustStep> {
  if (!facts.registered) return { do: 'rest', reason: 'no session with the store' };
  const reason = facts.doubt ?? doubtOfOthers(facts.reporting);
  if (reason !== undefined)
    return facts.report === 'open'
      ? { do: 'rest', reason: `quarantine: ${reason}` }
      : { do: 'step', step: { kind: 'report' }, reason: `quarantine begins: ${reason}` };
  if (!facts.remembered) return { do: 'step', step: { kind: 'remember' }, reason: 'the tree has grown' };
  if (facts.report !== 'none')
    return { do: 'step', step: { kind: 'withdraw' }, reason: 'nobody doubts the tree any more' };
  return { do: 'rest', reason: 'the tree is trusted' };
}

function doubtOfOthers(reporting: readonly string[]): string | undefined {
  return reporting.length === 0 ? undefined : `${reporting.join(', ')} asked for a census`;
}
