import { type Kinded, type Log, Loop, reconcileOnce, type Reconciler, type Scope } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import { taskPath } from './keys.js';

export interface AttendOptions<Facts, Step extends Kinded> {
  readonly id: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly reconciler: Reconciler<Facts, Step>;
}

/**
 * Reconciles one task for as long as `scope` lives. Woken by what comes and goes under its key: each change of hands
 * makes or deletes a claim or a cancel.
 */
export function attend<Facts, Step extends Kinded>(
  scope: Scope,
  options: AttendOptions<Facts, Step>,
): Loop<Step> {
  const { id, store, log, reconciler } = options;
  const { name } = reconciler;
  const loop = new Loop<Step>(scope, {
    name,
    alarms: options.clock,
    pass: (signal) => reconcileOnce(reconciler, signal),
    onPlan: (plan) => log.debug({ task: id, plan: plan.do }, `${name}: ${plan.reason}`),
    onError: (error, retryMs) => log.warn({ task: id, err: error, retryMs }, name),
  });
  const watch = store.watchChildren(taskPath(id), () => loop.wake());
  scope.defer(() => watch.close());
  void loop.start();
  return loop;
}
