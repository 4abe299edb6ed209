import { setMaxListeners } from 'node:events';
import { DroverError } from './errors.js';

type Cleanup = () => void | Promise<void>;

/**
 * An owned lifetime. What is started inside a scope ends with it: its signal and those of its children abort, its
 * tracked promises are awaited, its children close before it, its clean-ups run in reverse order. Closing twice is
 * closing once.
 */
export class Scope {
  readonly name: string;
  readonly #controller = new AbortController();
  readonly #cleanups: Cleanup[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  /** Tells the parent that this scope is closed, no sooner: until then the parent has to wait for it. */
  #forgotten: () => void = () => undefined;

  constructor(name: string) {
    this.name = name;
    // As many as there are children and waits: no leak, they take their listeners back.
    setMaxListeners(0, this.#controller.signal);
  }

  /** Aborts when the scope begins to close; its reason is a CANCELLED error that says why. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get closed(): boolean {
    return this.#controller.signal.aborted;
  }

  /** A scope that ends with this one at the latest. */
  child(name: string): Scope {
    this.throwIfClosed();
    const child = new Scope(`${this.name}/${name}`);
    const reason = `${this.name} closed`;
    const abort = () => child.#abort(reason);
    const takeBack = this.defer(() => child.close(reason));
    // At once, not when its turn to close comes: work of this scope may be waiting for it.
    this.signal.addEventListener('abort', abort, { once: true });
    child.#forgotten = () => {
      this.signal.removeEventListener('abort', abort);
      takeBack();
    };
    return child;
  }

  /** Runs `cleanup` when the scope closes. Returns a function that takes it back. */
  defer(cleanup: Cleanup): () => void {
    this.throwIfClosed();
    this.#cleanups.push(cleanup);
    return () => {
      const at = this.#cleanups.indexOf(cleanup);
      if (at >= 0) this.#cleanups.splice(at, 1);
    };
  }

  /** Starts `work` as part of the scope: closing waits for it. Its failure is the caller's, by the returned promise. */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.throwIfClosed();
    const running = work(this.signal).finally(() => void this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  throwIfClosed(): void {
    if (this.closed) throw this.signal.reason as DroverError;
  }

  /**
   * Aborts the signal, waits for what runs, then cleans up in reverse. Every clean-up runs even when one fails; the
   * failures come together in an AggregateError.
   */
  close(reason = 'closed'): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  #abort(reason: string): void {
    this.#controller.abort(new DroverError('CANCELLED', { object: this.name, reason }));
  }

  async #close(reason: string): Promise<void> {
    this.#abort(reason);
    const failures: unknown[] = [];
    await Promise.allSettled(this.#running);
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        failures.push(error);
      }
    }
    this.#forgotten();
    if (failures.length > 0)
      throw new AggregateError(failures, `${this.name}: ${failures.length} clean-ups failed`);
  }
}
