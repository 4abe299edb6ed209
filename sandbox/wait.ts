import { setTimeout as sleep } from 'node:timers/promises';
import { DroverError, messageOf } from '../lib/core/index.js';

export interface WaitOptions {
  readonly limitMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks `probe` until it answers something other than undefined or false, and returns that. A probe that throws is asked
 * again; its last error is the cause of the DEADLINE.
 */
export async function until<T>(
  what: string,
  options: WaitOptions,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + options.limitMs;
  let last: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      const reason = `not so within ${options.limitMs} ms${last === undefined ? '' : `: ${messageOf(last)}`}`;
      throw new DroverError('DEADLINE', { object: what, reason }, last);
    }
    await sleep(options.everyMs ?? 100, undefined, { signal: options.signal });
  }
}
