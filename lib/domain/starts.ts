/** A VM that is to start, and who is told when it is its turn. */
interface Waiting {
  readonly uuid: string;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Lets only so many VMs of a node start at once, those of the lowest order first: after a boot hundreds may be wished. A VM
 * has its place from {@link enter} until it has got what it wanted, or wants it no more.
 */
export class Starts {
  readonly #atOnce: number;
  readonly #entered = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Whether this VM may start now; else `wake` is called when it may be its turn. Asking again is fine. */
  enter(uuid: string, order: number, wake: () => void): boolean {
    if (this.#entered.has(uuid)) return true;
    const before = [...this.#waiting.values()].some((other) => other.order < order);
    if (this.#entered.size >= this.#atOnce || before) {
      this.#waiting.set(uuid, { uuid, order, wake });
      return false;
    }
    this.#waiting.delete(uuid);
    this.#entered.add(uuid);
    return true;
  }

  /** This VM starts no more: the next one may. */
  leave(uuid: string): void {
    const waited = this.#waiting.delete(uuid);
    if (!this.#entered.delete(uuid) && !waited) return;
    const lowest = Math.min(...[...this.#waiting.values()].map(({ order }) => order));
    for (const other of [...this.#waiting.values()]) if (other.order === lowest) other.wake();
  }
}
