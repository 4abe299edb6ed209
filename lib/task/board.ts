import { type Kinded, type Log, Loop, type Plan, type Scope } from '../core/index.js';
import type { Children, Clock, Store } from '../ports/index.js';
import { documentPath, tryReadRecord } from '../tree/index.js';
import { TASKS_PATH } from './keys.js';
import { isEnded } from './status.js';
import type { TaskStatus } from '../../schemas/index.js';

export interface BoardOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** A task that has not ended came up. Whoever attends to it calls {@link Board.left} when he is through with it. */
  attend(id: string): void;
  /** A task was found to have ended. Told again when it may have been made anew in between. */
  onEnded?(id: string, status: TaskStatus): void;
}

/** Statuses read at once when many tasks come up together. */
const READS = 64;

/**
 * Which tasks are open. Names come from the list of children; ended tasks are final and are not looked at again. A name
 * may go and come back between two looks: the count of changes that the store keeps with the list shows that something
 * was missed, and then nothing is taken for granted.
 */
export class Board {
  readonly #options: BoardOptions;
  readonly #loop: Loop<Kinded>;
  readonly #open = new Set<string>();
  readonly #ended = new Set<string>();
  #seen: { readonly names: readonly string[]; readonly czxid: bigint; readonly changes: number } | undefined;

  constructor(scope: Scope, options: BoardOptions) {
    this.#options = options;
    const { store, clock, log } = options;
    this.#loop = new Loop(scope, {
      name: 'tasks',
      alarms: clock,
      pass: () => this.#look(),
      onError: (error, retryMs) => log.warn({ err: error, retryMs }, 'tasks'),
    });
    const watch = store.watchChildren(TASKS_PATH, () => this.#loop.wake());
    scope.defer(() => watch.close());
    void this.#loop.start();
  }

  /** Nobody attends to `id` any more: it has ended, or its request is gone and may come back. */
  left(id: string, status: TaskStatus | undefined): void {
    this.#open.delete(id);
    if (status === undefined || !isEnded(status)) this.#loop.wake();
    else this.#end(id, status);
  }

  async #look(): Promise<Plan<Kinded>> {
    const { store } = this.#options;
    await store.sync();
    const children = await store.children(TASKS_PATH);
    this.#compare(children);
    const names = children?.names ?? [];
    const fresh = names.filter((name) => !this.#open.has(name) && !this.#ended.has(name));
    for (let at = 0; at < fresh.length; at += READS)
      await Promise.all(fresh.slice(at, at + READS).map((name) => this.#first(name)));
    return { do: 'rest', reason: `${this.#open.size} tasks are open` };
  }

  #compare(children: Children | undefined): void {
    const before = this.#seen;
    const names = children?.names ?? [];
    this.#seen = children && {
      names,
      czxid: children.stat.czxid,
      changes: children.stat.childrenVersion,
    };
    if (before === undefined || this.#seen === undefined || before.czxid !== this.#seen.czxid) {
      this.#ended.clear();
      return;
    }
    const now = new Set(names);
    const then = new Set(before.names);
    const gone = before.names.filter((name) => !now.has(name));
    const come = names.filter((name) => !then.has(name));
    if (this.#seen.changes - before.changes !== gone.length + come.length) this.#ended.clear();
    for (const name of gone) this.#ended.delete(name);
  }

  async #first(id: string): Promise<void> {
    const path = documentPath('task-status', { id });
    const record = await tryReadRecord(this.#options.store, 'task-status', path);
    if (this.#open.has(id)) return;
    if (record?.value !== undefined && isEnded(record.value)) {
      this.#end(id, record.value);
      return;
    }
    this.#open.add(id);
    this.#options.attend(id);
  }

  #end(id: string, status: TaskStatus): void {
    this.#ended.add(id);
    this.#options.onEnded?.(id, status);
  }
}
