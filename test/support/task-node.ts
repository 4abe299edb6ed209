import { type Log, Scope, SILENT } from '../../lib/core/index.js';
import { Election, type Leadership, Membership } from '../../lib/ownership/index.js';
import type { Clock, Store } from '../../lib/ports/index.js';
import {
  keepTasks,
  Kinds,
  runSchedules,
  type ScheduleDefinition,
  type TaskKind,
  Worker,
} from '../../lib/task/index.js';

export interface TaskNodeOptions {
  readonly node: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly kinds: readonly TaskKind[];
  readonly schedules?: readonly ScheduleDefinition[];
  readonly concurrency?: number;
  readonly candidate?: boolean;
  readonly log?: Log;
}

/** One node that does nothing but tasks, put together as the daemon does it. */
export class TaskNode {
  readonly scope: Scope;
  readonly election: Election;
  readonly worker: Worker;
  readonly store: Store;

  constructor(options: TaskNodeOptions) {
    const { node, store, clock, log = SILENT, schedules = [], candidate = true } = options;
    const boot = `boot-of-${node}`;
    const kinds = new Kinds(options.kinds);
    this.store = store;
    this.scope = new Scope(node);
    const membership = new Membership(this.scope, {
      node,
      boot,
      version: '0',
      watchdog: { armed: false, seconds: 0 },
      store,
      clock,
      log,
      onChange: () => {
        this.election.wake();
        this.worker.wake();
      },
    });
    const lead = (leadership: Leadership) => {
      keepTasks({ leadership, store, clock, log, kinds });
      runSchedules({ leadership, scope: leadership.scope, store, clock, log, schedules });
      leadership.scope.defer(() => this.worker.wake());
      this.worker.wake();
    };
    this.election = new Election(this.scope, {
      node,
      store,
      clock,
      log,
      candidate: () => candidate && membership.proof !== undefined,
      rememberedEpoch: () => 0,
      onElected: lead,
    });
    this.worker = new Worker(this.scope, {
      node,
      boot,
      store,
      clock,
      log,
      kinds,
      term: () => this.election.leadership,
      mayBegin: () => membership.proof !== undefined,
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    });
  }

  /** Stops in peace: runs are told to stop and given back, then the session ends. */
  async stop(): Promise<void> {
    await this.scope.close('stopped');
    await this.store.close();
  }
}
