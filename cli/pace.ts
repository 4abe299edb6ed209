import type { TaskProgress } from '../lib/client/index.js';
import { aboutAge, aboutBytes } from '../lib/text/index.js';

/** How fast a task moves its bytes, as somebody sees who looks at it again and again. */
export class Pace {
  readonly #clock: { monotonic(): number };
  #since: { readonly at: number; readonly done: number; readonly status: string } | undefined;

  constructor(clock: { monotonic(): number }) {
    this.#clock = clock;
  }

  /** `  64 MiB of 195 MiB, 25.1 MiB/s, 5 seconds left`; empty for a task without bytes. */
  of({ bytes, status }: Pick<TaskProgress, 'bytes' | 'status'>): string {
    if (bytes === undefined) return '';
    const { done, total } = bytes;
    const at = this.#clock.monotonic();
    // It began anew, as the next attempt does, or tells of another part: several may be in hand at once.
    if (this.#since === undefined || done < this.#since.done || status !== this.#since.status)
      this.#since = { at, done, status };
    const told = `  ${aboutBytes(done)} of ${aboutBytes(total)}`;
    const perMs = (done - this.#since.done) / (at - this.#since.at);
    if (!(perMs > 0) || !Number.isFinite(perMs)) return told;
    const left = Math.max(0, total - done) / perMs / 1_000;
    return `${told}, ${aboutBytes(perMs * 1_000)}/s, ${aboutAge(Math.ceil(left))} left`;
  }
}
