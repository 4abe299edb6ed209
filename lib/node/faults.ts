import { isDroverError, type Log, Loop, type Plan } from '../core/index.js';
import type { Leadership } from '../ownership/index.js';
import type { Clock, Store, Write } from '../ports/index.js';
import { createObject, localTime, objectPath, readKeys, removalOf, SCHEMA_FAULT } from '../tree/index.js';
import { type Fault, faultsOf } from './faults-of.js';
import { type FaultChange, planFaults } from './faults-plan.js';
import { readFaultFacts, readFaults, VmLooks } from './faults-read.js';

export interface FaultsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly leadership: Leadership;
  readonly everyMs: number;
}

export interface Faults {
  /** A request for another primary was refused: that stays a fault for a while. */
  refusedPrimary(wanted: string, reason: string): void;
}

/** How long a refused request is told. */
const REFUSED_MS = 600_000;
/** The part of the time that looking may take, in a cluster so large that it takes long. */
const SHARE = 10;

/**
 * Keeps `/faults` true in a term of the primary: the tree is looked at again and again, what there is reason for stands, and what there is none for any more is cleared. Nobody has to have seen how it began.
 */
export function keepFaults(options: FaultsOptions): Faults {
  const { leadership, clock, log, everyMs, store } = options;
  let refused: { readonly wanted: string; readonly reason: string; readonly at: number } | undefined;
  const looks = new VmLooks();
  const loop = new Loop<never>(leadership.scope, {
    name: 'faults',
    alarms: clock,
    pass: async (): Promise<Plan<never>> => {
      const began = clock.monotonic();
      const refusedPrimary = refused !== undefined && began - refused.at < REFUSED_MS ? refused : undefined;
      const [facts, standing, cluster] = await Promise.all([
        readFaultFacts(store, looks),
        readFaults(store),
        readKeys(store, 'cluster', {}, ['maintenance']),
      ]);
      const wanted = faultsOf({ ...facts, refusedPrimary });
      const changes = planFaults(wanted, standing, cluster.sound('maintenance') ?? false);
      for (const change of changes.filter(writable(wanted))) await carryOut(options, change);
      return { do: 'wait', ms: Math.max(everyMs, SHARE * (clock.monotonic() - began)), reason: 'looked at' };
    },
    onError: (error, retryMs) => {
      if (!isDroverError(error, 'NOT_LEADER')) log.warn({ err: error, retryMs }, 'faults');
    },
    lastRetryMs: everyMs,
  });
  void loop.start();
  return {
    refusedPrimary: (wanted, reason) => {
      refused = { wanted, reason, at: clock.monotonic() };
      loop.wake();
    },
  };
}

/** A tree of another schema is only read: of all faults only that one is told in it. */
function writable(wanted: readonly Fault[]): (change: FaultChange) => boolean {
  const foreign = wanted.some(({ id }) => id === SCHEMA_FAULT);
  return (change) => !foreign || (change.change !== 'clear' && change.fault.id === SCHEMA_FAULT);
}

async function carryOut(
  { leadership, store, clock, log }: FaultsOptions,
  change: FaultChange,
): Promise<void> {
  const now = localTime(clock.now());
  const writes = await writesOf(store, change, now);
  if (writes.length === 0) return;
  await leadership.commit(writes);
  if (change.change === 'clear') log.info({ fault: change.id }, 'a fault is over');
  else log.warn({ fault: change.fault.id, why: change.fault.message }, 'a fault');
}

async function writesOf(store: Store, change: FaultChange, now: string): Promise<readonly Write[]> {
  if (change.change === 'clear') return removalOf(store, objectPath('fault', { fault: change.id }));
  const { id, delta, message } = change.fault;
  if (change.change === 'raise')
    return createObject(
      'fault',
      { fault: id },
      { firstTime: now, lastTime: now, status: 'new', delta, message },
    );
  const keys = await readKeys(store, 'fault', { fault: id }, ['status', 'delta', 'message', 'lastTime']);
  // Somebody has deleted it meanwhile: the next look raises it.
  if (!keys.has('status')) return removalOf(store, objectPath('fault', { fault: id }));
  return [
    ...keys.set('delta', delta),
    ...keys.set('message', message),
    ...keys.set('lastTime', now),
    ...(keys.sound('status') === undefined ? keys.set('status', 'new') : []),
  ];
}
