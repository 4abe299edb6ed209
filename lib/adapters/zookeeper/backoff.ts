import { below, LIMITS, type Random } from '../../core/index.js';

/**
 * The pause before the next attempt to connect: none at first, then doubling, with half of it left to chance so that
 * clients that lost one server do not come back as one.
 */
export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The server kept its word for a while: the next trouble starts from the shortest pause. */
  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
  }

  /** Milliseconds, at most `longest`. */
  pause(longest: number): number {
    if (this.#failures === 0) return 0;
    const full = Math.min(LIMITS.storeReconnectFirstMs * 2 ** (this.#failures - 1), longest);
    return full / 2 + below(this.#random, Math.ceil(full / 2));
  }
}
