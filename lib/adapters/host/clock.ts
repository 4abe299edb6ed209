import type { Alarm, Clock } from '../../ports/index.js';

/** The longest that one timer of Node can run: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clocks: `Date` for people, CLOCK_MONOTONIC for decisions. An alarm never fires early. */
export class HostClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return Number(process.hrtime.bigint()) / 1e6;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let alarm: Alarm | undefined;
    let onAbort: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        alarm = this.after(ms, resolve);
        onAbort = () => reject(signal?.reason as Error);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      alarm?.cancel();
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    }
  }

  after(ms: number, action: () => void): Alarm {
    const due = this.monotonic() + ms;
    let timer: NodeJS.Timeout;
    const arm = (rest: number) => {
      // Node counts from the begun millisecond and would fire up to one too early: a lease would still stand then.
      const wait = rest > 0 ? Math.ceil(rest) + 1 : 0;
      timer = setTimeout(ring, Math.min(wait, LONGEST_TIMER_MS));
    };
    const ring = () => {
      const rest = due - this.monotonic();
      if (rest > 0) arm(rest);
      else action();
    };
    arm(ms);
    return { cancel: () => clearTimeout(timer) };
  }
}
