/**
 * A few results that are dear to make, each with a stamp of what it was made from: under another stamp it is not known.
 * Holds at most `size` of them; the one that was not wanted for the longest time goes first.
 */
export class Memo<T> {
  readonly #size: number;
  readonly #known = new Map<string, { readonly stamp: string; readonly value: T }>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string, stamp: string): T | undefined {
    const found = this.#known.get(key);
    if (found?.stamp !== stamp) return undefined;
    this.#known.delete(key);
    this.#known.set(key, found);
    return found.value;
  }

  set(key: string, stamp: string, value: T): T {
    this.#known.delete(key);
    this.#known.set(key, { stamp, value });
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#size && oldest !== undefined) this.#known.delete(oldest);
    return value;
  }
}
