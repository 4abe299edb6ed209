import type { Kinded, Plan } from './reconcile.js';
import type { Scope } from './scope.js';

/** The part of a clock that a loop needs. */
export interface Alarms {
  after(ms: number, action: () => void): { cancel(): void };
}

export interface LoopOptions<Step extends Kinded> {
  readonly name: string;
  readonly alarms: Alarms;
  /** One pass: usually `reconcileOnce`. */
  pass(signal: AbortSignal): Promise<Plan<Step>>;
  /** A pass failed; the next one comes after the back-off, or at once when woken. */
  onError(error: unknown, retryMs: number): void;
  /** Told when the answer of a pass differs from the last one: for the log and for faults. */
  onPlan?(plan: Plan<Step>): void;
  readonly firstRetryMs?: number;
  readonly lastRetryMs?: number;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;

/**
 * Drives a reconciler by level, not by edge: passes follow each other at once while there are steps; after *rest* the
 * loop sleeps until it is woken, after *wait* until the alarm at the latest. A wake-up during a pass makes one more
 * pass, never two at once, and none is lost. It ends with its scope, which waits for a running pass.
 */
export class Loop<Step extends Kinded> {
  readonly #options: LoopOptions<Step>;
  readonly #scope: Scope;
  #woken = true;
  #sleeper: (() => void) | undefined;
  #failures = 0;
  #lastReason = '';

  constructor(scope: Scope, options: LoopOptions<Step>) {
    this.#options = options;
    this.#scope = scope;
    scope.signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  /**
   * Begins the passes. The promise ends with the scope. It fails only when `onError` throws: whoever does not listen
   * lets the program end, as nobody may think that a dead loop still looks after something.
   */
  start(): Promise<void> {
    return this.#scope.run((signal) => this.#run(signal));
  }

  /** Asks for a pass: something may have changed. Cheap, never blocks, may be called from anywhere. */
  wake(): void {
    this.#woken = true;
    this.#sleeper?.();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#woken = false;
      const pauseMs = await this.#pass(signal);
      if (pauseMs !== 0) await this.#sleep(pauseMs, signal);
    }
  }

  /** Milliseconds until the next pass; 0 for at once, undefined for when woken. */
  async #pass(signal: AbortSignal): Promise<number | undefined> {
    try {
      const plan = await this.#options.pass(signal);
      this.#failures = 0;
      this.#tell(plan);
      if (plan.do === 'step') return 0;
      return plan.do === 'wait' ? plan.ms : undefined;
    } catch (error) {
      if (signal.aborted) return 0;
      const retryMs = this.#retryMs();
      this.#failures += 1;
      this.#options.onError(error, retryMs);
      return retryMs;
    }
  }

  #tell(plan: Plan<Step>): void {
    const reason = `${plan.do}: ${plan.reason}`;
    if (reason === this.#lastReason && plan.do !== 'step') return;
    this.#lastReason = reason;
    this.#options.onPlan?.(plan);
  }

  #retryMs(): number {
    const first = this.#options.firstRetryMs ?? FIRST_RETRY_MS;
    return Math.min(first * 2 ** Math.min(this.#failures, 20), this.#options.lastRetryMs ?? LAST_RETRY_MS);
  }

  async #sleep(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (this.#woken || signal.aborted) return;
    let alarm: { cancel(): void } | undefined;
    await new Promise<void>((resolve) => {
      this.#sleeper = resolve;
      if (ms !== undefined) alarm = this.#options.alarms.after(ms, resolve);
    });
    this.#sleeper = undefined;
    alarm?.cancel();
  }
}
