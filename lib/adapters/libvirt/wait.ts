import type { Clock } from '../../ports/index.js';

/** Waits for `work` to end, well or badly, but not past a limit or a signal. Never fails. */
export function firstOf(
  clock: Clock,
  work: Promise<unknown>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<'ended' | 'late' | 'cancelled'> {
  return new Promise((resolve) => {
    const end = (how: 'ended' | 'late' | 'cancelled') => {
      alarm.cancel();
      signal?.removeEventListener('abort', onAbort);
      resolve(how);
    };
    const onAbort = () => end('cancelled');
    const onEnd = () => end('ended');
    const alarm = clock.after(limitMs, () => end('late'));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    work.then(onEnd, onEnd);
  });
}
