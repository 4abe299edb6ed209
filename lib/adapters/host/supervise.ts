import type { Clock } from '../../ports/index.js';

export interface Bounds {
  readonly clock: Clock;
  /** Milliseconds, or Infinity. */
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  /** The errors of a work that is cut short. */
  late(): Error;
  cancelled(signal: AbortSignal): Error;
  /** Ends what the work waits for; the error is thrown only after it. */
  stop(): Promise<void>;
}

/** Waits for `work`, but not past its limit or its signal. However it fails: nothing of it runs when this throws. */
export async function supervise<T>(work: Promise<T>, bounds: Bounds): Promise<T> {
  const { clock, limitMs, signal } = bounds;
  let release: () => void = () => undefined;
  const cut = new Promise<never>((_, reject) => {
    const onAbort = () => signal !== undefined && reject(bounds.cancelled(signal));
    const alarm = limitMs === Infinity ? undefined : clock.after(limitMs, () => reject(bounds.late()));
    signal?.addEventListener('abort', onAbort, { once: true });
    release = () => {
      alarm?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([work, cut]);
  } catch (error) {
    await bounds.stop();
    throw error;
  } finally {
    release();
  }
}
