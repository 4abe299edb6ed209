import type { Clock } from '../ports/index.js';

/** {@link Clock.sleep} made of {@link Clock.after}. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      alarm.cancel();
      reject(signal?.reason as Error);
    };
    const alarm = clock.after(ms, () => {
      signal?.removeEventListener('abort', fail);
      resolve();
    });
    if (signal?.aborted === true) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}
