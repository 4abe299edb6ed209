import type { Fault } from './faults-of.js';
import { OWN_PREFIXES } from './faults-of.js';

/** A fault that stands in the store. */
export interface StandingFault {
  readonly id: string;
  readonly status: 'new' | 'ack' | undefined;
  readonly delta: number | undefined;
  readonly message: string;
}

/** What to do about one fault. */
export type FaultChange =
  | { readonly change: 'raise'; readonly fault: Fault }
  /** Its cause stands and says something else now. What somebody acknowledged stays so. */
  | { readonly change: 'renew'; readonly fault: Fault }
  /** Its cause is gone: when it comes again it is new. */
  | { readonly change: 'clear'; readonly id: string };

/**
 * What makes the standing faults those that there is reason for. Pure. Faults of other programs are left alone; in
 * maintenance none is raised or renewed.
 */
export function planFaults(
  wanted: readonly Fault[],
  standing: readonly StandingFault[],
  maintenance: boolean,
): readonly FaultChange[] {
  const reasons = new Map(wanted.map((fault) => [fault.id, fault]));
  const there = new Map(standing.map((fault) => [fault.id, fault]));
  const clears = standing
    .filter(({ id }) => !reasons.has(id) && OWN_PREFIXES.some((prefix) => id.startsWith(prefix)))
    .map(({ id }) => ({ change: 'clear', id }) as const);
  if (maintenance) return clears;
  const others = [...reasons.values()].flatMap((fault): FaultChange[] => {
    const present = there.get(fault.id);
    if (present === undefined) return [{ change: 'raise', fault }];
    const same =
      present.message === fault.message && present.delta === fault.delta && present.status !== undefined;
    return same ? [] : [{ change: 'renew', fault }];
  });
  return [...clears, ...others];
}
