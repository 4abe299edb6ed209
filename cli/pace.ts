import type { TaskProgress } from '../lib/client/index.js';
import { aboutAge, aboutBytes } from '../lib/text/index.js';

/** How fast a task moves its bytes, as somebody sees who looks at it again and again. */
export class Pace {
  readonly #clock: { monotonic(): number };
  #since: { readonly at: number; readonly done: number } | undefined;

  constructor(clock: { monotonic(): number }) {
    this.#clock = clock;
  }

  /** `  64 MiB of 195 MiB, 25.1 MiB/s, 5 seconds left`; empty for a task without bytes. */
  of({ bytes }: Pick<TaskProgress, 'bytes'>): string {
    if (bytes === undefined) return '';
    const { done, total } = bytes;
    const at = this.#clock.monotonic();
    // It began anew, as the next attempt and the next part of a task do.
    if (this.#since === undefined || done < this.#since.done) this.#since = { at, done };
    const told = `  ${aboutBytes(done)} of ${aboutBytes(total)}`;
    const perMs = (done - this.#since.done) / (at - this.#since.at);
    if (!(perMs > 0) || !Number.isFinite(perMs)) return told;
    const left = Math.max(0, total - done) / perMs / 1_000;
    return `${told}, ${aboutBytes(perMs * 1_000)}/s, ${aboutAge(Math.ceil(left))} left`;
  }
}
