import type { TaskKind } from './kinds.js';

/** Room for runs on one node: so many in all, and so many of each kind, so that long ones leave room for others. */
export class Capacity {
  readonly #limit: number;
  readonly #taken = new Map<string, string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether task `id` has a place, or could have one. */
  hasRoom(id: string, kind: TaskKind): boolean {
    if (this.#taken.has(id)) return true;
    const same = [...this.#taken.values()].filter((other) => other === kind.kind).length;
    return this.#taken.size < this.#limit && same < kind.concurrency;
  }

  /** Whether task `id` has a place. */
  has(id: string): boolean {
    return this.#taken.has(id);
  }

  /** Takes a place; taking it again is fine. False when there is none. */
  take(id: string, kind: TaskKind): boolean {
    if (!this.hasRoom(id, kind)) return false;
    this.#taken.set(id, kind.kind);
    return true;
  }

  /** Gives the place back. True when there was one. */
  give(id: string): boolean {
    return this.#taken.delete(id);
  }
}
