import { DroverError, LIMITS } from '../core/index.js';
import type { Watch } from '../ports/index.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

export interface Waiting<T> {
  /** What is waited for, as a clause: `VM web to run`. */
  readonly what: string;
  /** The keys whose change may end it. */
  readonly paths: readonly string[];
  /** Reads again; undefined: not yet. Throws when it can never come. */
  readonly look: () => Promise<T | undefined>;
  /** What to do when it takes too long. */
  readonly remedy?: string;
  /** Milliseconds; default `LIMITS.stateReachedMs`. */
  readonly limitMs?: number;
}

const LATE = 'the wish stands: look at the VM, or wish something else';

/**
 * Waits by watches until something is so. Ends with the caller (CANCELLED), and with DEADLINE when it takes too long:
 * what was wished stays wished.
 */
export async function reach<T>(world: UseCaseWorld, asked: Asked, waiting: Waiting<T>): Promise<T> {
  const { what, paths, look, limitMs = LIMITS.stateReachedMs, remedy = LATE } = waiting;
  const late = new AbortController();
  const alarm = world.clock.after(limitMs, () => {
    const reason = `it is not so after ${Math.round(limitMs / 1000)} s`;
    late.abort(new DroverError('DEADLINE', { object: `waiting for ${what}`, reason, remedy }));
  });
  const signal = AbortSignal.any([asked.signal, late.signal]);
  const bell = new Bell(signal);
  const watches: Watch[] = paths.map((path) => world.store.watch(path, () => bell.ring()));
  try {
    for (;;) {
      await bell.rung();
      const found = await look();
      if (found !== undefined) return found;
    }
  } finally {
    for (const watch of watches) watch.close();
    bell.close();
    alarm.cancel();
  }
}

/** Remembers that it rang until somebody has heard it. */
class Bell {
  readonly #signal: AbortSignal;
  #hasRung = true;
  #hear: () => void = () => undefined;
  readonly #onAbort = () => this.#hear();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  ring(): void {
    this.#hasRung = true;
    this.#hear();
  }

  /** Resolves once it rang since the last time; rejects when the signal aborts. */
  async rung(): Promise<void> {
    this.#signal.throwIfAborted();
    if (!this.#hasRung)
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
      });
    this.#signal.throwIfAborted();
    this.#hasRung = false;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
