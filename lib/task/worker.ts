import type { Scope } from '../core/index.js';
import { Board } from './board.js';
import { Capacity } from './capacity.js';
import type { WorkerOptions } from './worker-options.js';
import { WorkerTask } from './worker-task.js';

const CONCURRENCY = 16;

/**
 * One worker: takes the tasks that are for its node, runs them, and ends them. It needs nothing but a store session of
 * its own, so it may be a process of its own beside the daemon. When its scope closes its runs are told to stop, and
 * what has not ended is given back for another attempt.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #scope: Scope;
  readonly #capacity: Capacity;
  readonly #board: Board;
  readonly #tasks = new Map<string, WorkerTask>();
  #onIdle: (() => void) | undefined;

  constructor(scope: Scope, options: WorkerOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#capacity = new Capacity(options.concurrency ?? CONCURRENCY);
    const { store, clock, log } = options;
    this.#board = new Board(scope, { store, clock, log, attend: (id) => this.#attend(id) });
    const watch = store.onSession(() => this.wake());
    scope.defer(() => watch.close());
  }

  /** Something that decides what may be run here has changed: the primary, trust, the node of a VM. */
  wake(): void {
    for (const task of [...this.#tasks.values()]) task.wake();
  }

  /** How many runs there are at the moment. */
  get runs(): number {
    return [...this.#tasks.values()].filter((task) => task.run !== undefined).length;
  }

  /** Resolves as soon as nothing runs. For a worker that may begin nothing more. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#tellIdle();
    });
  }

  #tellIdle(): void {
    if (this.runs === 0) this.#onIdle?.();
  }

  #attend(id: string): void {
    if (this.#scope.closed) return;
    const scope = this.#scope.child(`task ${id}`);
    const task = new WorkerTask(scope, id, {
      ...this.#options,
      capacity: this.#capacity,
      onRoom: () => {
        this.#wakeNext();
        this.#tellIdle();
      },
      onLeave: (status) => {
        this.#tasks.delete(id);
        this.#board.left(id, status);
        this.#tellIdle();
      },
    });
    this.#tasks.set(id, task);
  }

  /** One at a time: it lets the next one look when it waits no more. With all at once, each end would cost a reading of all. */
  #wakeNext(): void {
    for (const [id, task] of this.#tasks)
      if (task.waiting !== undefined && this.#capacity.hasRoom(id, task.waiting)) {
        task.wake();
        return;
      }
  }
}
