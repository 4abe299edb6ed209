import { Companion, type CompanionEnd } from '../lib/adapters/host/index.js';
import { LIMITS, type Log, messageOf, type Scope } from '../lib/core/index.js';
import type { Clock } from '../lib/ports/index.js';
import type { ConfigurationSource } from './settings.js';
import { DRAIN, END, type Orders } from './orders.js';

/** A run of a companion. */
export interface Run {
  readonly ended: Promise<CompanionEnd>;
  tell(message: object): void;
  kill(): void;
}

export interface AccompanyOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What it is told, at its beginning and whenever that has changed. */
  readonly orders: () => Orders;
  /** Milliseconds from the word to end until it is ended. */
  readonly endMs: number;
  readonly start: () => Run;
}

/**
 * Keeps a companion running as long as its scope lives: one that ends is started again, after a pause that grows while it
 * does not stay. When the scope closes it is told to end, and ended when it does not.
 */
export class Accompaniment {
  readonly #options: AccompanyOptions;
  readonly #scope: Scope;
  /** The run that has the work; the others only end what they have in hand. */
  #run: Run | undefined;
  readonly #draining = new Set<Run>();
  #renew: () => void = () => undefined;

  constructor(scope: Scope, options: AccompanyOptions) {
    this.#options = options;
    this.#scope = scope;
    const { log, name: companion } = options;
    scope
      .run((signal) => this.#keep(signal))
      .catch((error: unknown) => {
        if (!scope.closed) log.error({ err: error, companion }, 'nobody looks after the companion any more');
      });
  }

  /** What it is told may have changed. */
  tell(): void {
    const orders = this.#options.orders();
    this.#run?.tell(orders);
    for (const run of this.#draining) run.tell({ ...orders, ...DRAIN });
  }

  /** Starts it anew, with what its configuration says now. The present run ends once it has nothing in hand. */
  renew(): void {
    this.#renew();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { clock, log, name: companion } = this.#options;
    let pauseMs: number = LIMITS.companionRetryFirstMs;
    try {
      while (!signal.aborted) {
        const began = clock.monotonic();
        const how = await this.#once(signal);
        if (how === undefined) continue;
        if (clock.monotonic() - began > LIMITS.companionSteadyMs) pauseMs = LIMITS.companionRetryFirstMs;
        log.error({ companion, how, retryMs: pauseMs }, 'a companion has ended and is started again');
        await clock.sleep(pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, LIMITS.companionRetryLastMs);
      }
    } finally {
      await Promise.all([...this.#draining].map((run) => this.#end(run)));
    }
  }

  /** One run: how it ended by itself, or undefined when it is to end. */
  async #once(signal: AbortSignal): Promise<string | undefined> {
    let over: () => void = () => undefined;
    const told = new Promise<undefined>((resolve) => (over = () => resolve(undefined)));
    this.#renew = over;
    signal.addEventListener('abort', over, { once: true });
    try {
      const run = this.#options.start();
      this.#run = run;
      this.tell();
      const end = await Promise.race([run.ended, told]);
      this.#run = undefined;
      if (end !== undefined) return end.how;
      this.#drain(run);
      return undefined;
    } catch (error) {
      return messageOf(error);
    } finally {
      signal.removeEventListener('abort', over);
    }
  }

  async #end(run: Run): Promise<void> {
    run.tell(END);
    const alarm = this.#options.clock.after(this.#options.endMs, () => run.kill());
    await run.ended.finally(() => alarm.cancel());
  }

  #drain(run: Run): void {
    this.#draining.add(run);
    const forget = () => void this.#draining.delete(run);
    run.ended.then(forget, forget);
    this.tell();
  }
}

/** A module of this program, as a companion of it, which is told its configuration first. */
export function companion(name: string, module: string, source: ConfigurationSource): Run {
  const run = new Companion({ name, script: module, args: [], onMessage: () => undefined });
  run.tell(source);
  return run;
}
