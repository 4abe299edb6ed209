import type { Kinded, Plan } from '../core/index.js';

/** What a node sees of the election. Pages: docs/ownership.md, "Election". */
export interface ElectionFacts {
  readonly me: string;
  /** Our connected session; without one nothing can be won. */
  readonly session: string | undefined;
  /** May this node lead now: a coordinator that is fit and not told to stand aside. */
  readonly candidate: boolean;
  readonly epoch: EpochFact | undefined;
  readonly leader: LeaderFact | undefined;
  /** The highest epoch this node remembers: a tree that was rolled back must not repeat one. */
  readonly remembered: number;
  readonly handover: HandoverFact | undefined;
}

export interface EpochFact {
  /** Undefined: the key is there and cannot be read. */
  readonly number: number | undefined;
  readonly version: number;
  /** The term keys that stand: at most the present one, unless somebody's hand or a restore was there. */
  readonly terms: readonly TermFact[];
}

export interface TermFact {
  readonly epoch: number;
  readonly version: number;
}

export interface LeaderFact {
  readonly node: string;
  /** Undefined: the key is there and cannot be read. */
  readonly epoch: number | undefined;
  /** The session that owns the key; undefined for a persistent one, which is rubbish. */
  readonly owner: string | undefined;
  readonly version: number;
}

export interface HandoverFact {
  readonly to: string;
  readonly version: number;
  /** How long the others still stand back, by our own clock from when we first saw it. */
  readonly standBackMs: number;
  /** Whether the node it is meant for has a session. */
  readonly present: boolean;
}

export type ElectionStep =
  /** Raise the epoch and become leader, in one transaction. */
  | (Kinded & {
      readonly kind: 'stand';
      readonly epoch: number;
      readonly epochVersion: number | undefined;
      /** Term keys of earlier leaders, to be ended in the same transaction. */
      readonly ends: readonly TermFact[];
      readonly handoverVersion: number | undefined;
      /** Of our own leader key, when we lead on in a higher epoch. */
      readonly leaderVersion?: number;
    })
  /** Remove a leader key that cannot be right, unless somebody was elected since. */
  | (Kinded & {
      readonly kind: 'clear';
      readonly version: number;
      readonly epochVersion: number | undefined;
    })
  /** Give back a leadership whose epoch the tree no longer shows. */
  | (Kinded & { readonly kind: 'resign'; readonly version: number });

/** The epoch in which `facts` show this session as the leader, or undefined. */
export function leadsIn(facts: ElectionFacts): number | undefined {
  const { leader, session, epoch, me } = facts;
  if (leader === undefined || session === undefined || leader.owner !== session) return undefined;
  if (leader.node !== me || leader.epoch === undefined || leader.epoch !== epoch?.number) return undefined;
  return epoch.terms.some((term) => term.epoch === leader.epoch) ? leader.epoch : undefined;
}

export function planElection(facts: ElectionFacts): Plan<ElectionStep> {
  if (facts.session === undefined) return { do: 'rest', reason: 'no session with the store' };
  if (facts.leader !== undefined) return planWithLeader(facts, facts.leader);
  if (!facts.candidate) return { do: 'rest', reason: 'no leader, and this node may not lead' };
  const { handover } = facts;
  if (handover !== undefined && handover.to !== facts.me && handover.present && handover.standBackMs > 0)
    return { do: 'wait', reason: `the leadership is meant for ${handover.to}`, ms: handover.standBackMs };
  return { do: 'step', step: stand(facts), reason: 'there is no leader' };
}

/** A term above everything that this node has ever seen, and above every term key that stands. */
function stand({ epoch, handover, remembered }: ElectionFacts): Extract<ElectionStep, { kind: 'stand' }> {
  const ends = epoch?.terms ?? [];
  return {
    kind: 'stand',
    epoch: Math.max(epoch?.number ?? 0, remembered, ...ends.map((term) => term.epoch)) + 1,
    epochVersion: epoch?.version,
    ends,
    handoverVersion: handover?.version,
  };
}

function planWithLeader(facts: ElectionFacts, leader: LeaderFact): Plan<ElectionStep> {
  if (leader.owner === undefined)
    return {
      do: 'step',
      step: { kind: 'clear', version: leader.version, epochVersion: facts.epoch?.version },
      reason: 'a leader key without a session is rubbish',
    };
  if (leader.owner !== facts.session)
    return { do: 'rest', reason: `${leader.node} leads in epoch ${String(leader.epoch)}` };
  const epoch = leadsIn(facts);
  if (epoch !== undefined && facts.remembered > epoch)
    return {
      do: 'step',
      step: { ...stand(facts), leaderVersion: leader.version },
      reason: `this node leads in epoch ${epoch} and has seen ${facts.remembered}`,
    };
  if (epoch !== undefined) return { do: 'rest', reason: `this node leads in epoch ${epoch}` };
  return {
    do: 'step',
    step: { kind: 'resign', version: leader.version },
    reason: 'the tree no longer shows the epoch that this node was elected in',
  };
}
