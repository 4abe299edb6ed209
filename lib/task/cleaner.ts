import {
  isDroverError,
  type Kinded,
  LIMITS,
  type Log,
  Loop,
  type Plan,
  reconcileOnce,
} from '../core/index.js';
import type { Leadership } from '../ownership/index.js';
import type { Clock, Store, Write } from '../ports/index.js';
import { readTaskKeys, taskPath } from './keys.js';
import { isEnded } from './status.js';

/** Ended tasks that are kept, the latest ones. */
const KEPT = 1_000;
/** Tasks deleted before anything else gets its turn. */
const BATCH = 20;
/** The longest time until the ages are looked at again: the wall clock may jump, and timers have an end. */
const LOOK_MS = 3_600_000;

export interface EndedTask {
  readonly id: string;
  /** Wall time. */
  readonly endedAt: number;
}

export type CleanStep = Kinded & { readonly kind: 'delete'; readonly ids: readonly string[] };

/** Pure: which ended tasks to delete next. */
export function planCleaning(tasks: readonly EndedTask[], now: number): Plan<CleanStep> {
  const byAge = [...tasks].sort((a, b) => a.endedAt - b.endedAt);
  const tooMany = byAge.length - KEPT;
  const old = byAge.filter(({ endedAt }, index) => index < tooMany || endedAt + LIMITS.taskKeptMs <= now);
  if (old.length > 0) {
    const ids = old.slice(0, BATCH).map(({ id }) => id);
    return { do: 'step', step: { kind: 'delete', ids }, reason: `${old.length} ended tasks are old enough` };
  }
  const [oldest] = byAge;
  if (oldest === undefined) return { do: 'rest', reason: 'no task has ended' };
  const ms = Math.min(LOOK_MS, oldest.endedAt + LIMITS.taskKeptMs - now);
  return { do: 'wait', reason: 'no ended task is old enough', ms };
}

export interface CleanerOptions {
  readonly leadership: Leadership;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Deletes old tasks: one transaction each, tied to the term and to every version that was read. */
export class Cleaner {
  readonly #options: CleanerOptions;
  readonly #loop: Loop<CleanStep>;
  readonly #ended = new Map<string, number>();

  constructor(options: CleanerOptions) {
    this.#options = options;
    const { leadership, clock, log } = options;
    this.#loop = new Loop<CleanStep>(leadership.scope, {
      name: 'task-cleaner',
      alarms: clock,
      pass: (signal) =>
        reconcileOnce(
          {
            name: 'task-cleaner',
            read: () => Promise.resolve([...this.#ended].map(([id, endedAt]) => ({ id, endedAt }))),
            plan: (tasks) => planCleaning(tasks, clock.now()),
            // Each deletion is a transaction of its own, with its own guards.
            guard: () => Promise.resolve(),
            executors: { delete: (step) => this.#delete(step.ids) },
          },
          signal,
        ),
      onError: (error, retryMs) => log.warn({ err: error, retryMs }, 'task cleaner'),
    });
    void this.#loop.start();
  }

  /** A task has ended. */
  add(id: string, endedAt: number): void {
    this.#ended.set(id, endedAt);
    this.#loop.wake();
  }

  async #delete(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      try {
        await this.#deleteTask(id);
      } catch (error) {
        // What moved meanwhile is told again when it ends; all else is tried again.
        if (!isDroverError(error, 'STORE_CONFLICT')) throw error;
        this.#options.log.warn({ task: id, err: error }, 'an old task was left alone');
      }
      this.#ended.delete(id);
    }
  }

  async #deleteTask(id: string): Promise<void> {
    const { store, leadership, log } = this.#options;
    const { request, status } = await readTaskKeys(store, id);
    if (request === undefined || status?.value === undefined || !isEnded(status.value)) return;
    const names = (await store.children(taskPath(id)))?.names ?? [];
    const children = await Promise.all(names.map((name) => store.read(`${taskPath(id)}/${name}`)));
    const below = children.flatMap((entry): Write[] => {
      if (entry === undefined) return [];
      // The status must still be the one that says that the task has ended.
      const version = entry.path === status.path ? status.version : entry.stat.version;
      return [{ op: 'delete', path: entry.path, version }];
    });
    await leadership.commit([...below, { op: 'delete', path: request.path, version: request.version }]);
    log.debug({ task: id }, 'old task deleted');
  }
}
