import { Companion, type CompanionEnd } from '../lib/adapters/host/index.js';
import { LIMITS, type Log, messageOf, type Scope } from '../lib/core/index.js';
import type { Clock } from '../lib/ports/index.js';
import { END, type Orders } from './orders.js';

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
  /** What it begins with, whenever it begins. */
  readonly orders: () => Orders;
  /** Milliseconds from the word to end until it is ended. */
  readonly endMs: number;
  readonly start: () => Run;
}

/**
 * Keeps a companion running as long as `scope` lives: one that ends is started again, after a pause that grows while it does
 * not stay. When the scope closes it is told to end, and ended when it does not.
 *
 * Returns a function that tells it the present orders: call it whenever they may have changed.
 */
export function accompany(scope: Scope, options: AccompanyOptions): () => void {
  const { name, log } = options;
  let run: Run | undefined;
  scope
    .run((signal) => keep(options, signal, (now) => (run = now)))
    .catch((error: unknown) => {
      if (!scope.closed)
        log.error({ err: error, companion: name }, 'nobody looks after the companion any more');
    });
  return () => run?.tell(options.orders());
}

async function keep(
  options: AccompanyOptions,
  signal: AbortSignal,
  running: (run: Run) => void,
): Promise<void> {
  const { name, clock, log } = options;
  let pauseMs: number = LIMITS.companionRetryFirstMs;
  for (;;) {
    const began = clock.monotonic();
    const how = await once(options, signal, running);
    if (signal.aborted) return;
    if (clock.monotonic() - began > LIMITS.companionSteadyMs) pauseMs = LIMITS.companionRetryFirstMs;
    log.error({ companion: name, how, retryMs: pauseMs }, 'a companion has ended and is started again');
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(2 * pauseMs, LIMITS.companionRetryLastMs);
  }
}

/** One run, to its end: its own, or ours. */
async function once(
  options: AccompanyOptions,
  signal: AbortSignal,
  running: (run: Run) => void,
): Promise<string> {
  try {
    const run = options.start();
    running(run);
    run.tell(options.orders());
    const asked = aborted(signal);
    const end = await Promise.race([run.ended, asked.promise]).finally(asked.forget);
    if (end !== undefined) return end.how;
    run.tell(END);
    const alarm = options.clock.after(options.endMs, () => run.kill());
    await run.ended.finally(() => alarm.cancel());
    return 'asked';
  } catch (error) {
    return messageOf(error);
  }
}

function aborted(signal: AbortSignal): { promise: Promise<undefined>; forget: () => void } {
  let onAbort: () => void = () => undefined;
  const promise = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}

/** The module `name` of this program, as a companion of it. */
export function companion(name: string, module: string, args: readonly string[]): Run {
  return new Companion({ name, script: module, args, onMessage: () => undefined });
}
