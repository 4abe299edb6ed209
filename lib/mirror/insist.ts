import { isDroverError, LIMITS } from '../core/index.js';
import type { Clock } from '../ports/index.js';
import { isBroken } from '../ship/index.js';

/**
 * Asks a peer until there is an answer, for as long as a break may last: its primary may be changing, or the network away.
 *
 * @param ask must be idempotent: an earlier question may have been carried out
 */
export async function insist<T>(clock: Clock, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  const until = clock.monotonic() + LIMITS.shipLostMs;
  let pauseMs: number = LIMITS.shipRetryFirstMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      const mayPass = isBroken(error) || isDroverError(error, 'DEADLINE');
      if (!mayPass || clock.monotonic() > until) throw error;
      await clock.sleep(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, LIMITS.shipRetryLastMs);
    }
  }
}
