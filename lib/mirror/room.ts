import { DroverError, isDroverError } from '../core/index.js';
import type { Clock, Pool, Storage, StorageCall } from '../ports/index.js';

/** What is left free for what has to be cleaned up: on a full pool even a removal hangs (D4). */
const KEPT_FRACTION = 0.05;
const KEPT_BYTES = 128 * 1024 * 1024;
/** How long what Ceph said is good for letting something in that leaves ample room. Nothing is refused by figures that are not new. */
const FRESH_MS = 30_000;
const AMPLE_FRACTION = 0.1;
const AMPLE_BYTES = 4 * 1024 * 1024 * 1024;

interface Figures {
  readonly at: number;
  readonly pools: readonly Pool[];
  /** Bytes that have been let into each pool since. */
  readonly admitted: Map<string, number>;
}

/** The room that pools have for what comes. Ceph takes its time to say it, and is asked only when that may make a difference. */
export class Room {
  readonly #storage: Storage;
  readonly #clock: Clock;
  #figures: Figures | undefined;

  constructor({ storage, clock }: { readonly storage: Storage; readonly clock: Clock }) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Figures to go by; asked for beforehand, beside other questions, they are there when something is to be let in. */
  async look(options?: StorageCall): Promise<Figures> {
    const known = this.#figures;
    const old = known === undefined || this.#clock.monotonic() - known.at > FRESH_MS;
    return old ? await this.#ask(options) : known;
  }

  /** Forgets what Ceph said: room has been made since. */
  forget(): void {
    this.#figures = undefined;
  }

  /** REFUSED with the numbers when a pool has not the room for so many bytes, NOT_FOUND when there is no such pool. */
  async admit(wanted: ReadonlyMap<string, number>, options?: StorageCall): Promise<void> {
    let figures = await this.look(options);
    const isAmple = ([name, bytes]: readonly [string, number]) => {
      const pool = figures.pools.find((one) => one.name === name);
      return (
        pool !== undefined && leftOf(figures, pool) - bytes >= reserveOf(pool, AMPLE_FRACTION, AMPLE_BYTES)
      );
    };
    const isTold = figures.pools.length > 0;
    if (isTold && ![...wanted].every(isAmple)) figures = await this.#ask(options);
    for (const [name, bytes] of wanted) {
      const pool = figures.pools.find((one) => one.name === name);
      if (pool === undefined) await this.#refuseMissing(name, options);
      else refuseFull(figures, pool, bytes);
    }
    for (const [name, bytes] of wanted) figures.admitted.set(name, (figures.admitted.get(name) ?? 0) + bytes);
  }

  /** What was let in before is forgotten: of what is still to come nothing is in the new figures. */
  async #ask(options?: StorageCall): Promise<Figures> {
    const at = this.#clock.monotonic();
    const figures = { at, pools: await this.#storage.pools(options), admitted: new Map<string, number>() };
    this.#figures = figures;
    return figures;
  }

  /** Without a manager Ceph counts no pools: whether one is there tells its list of images. */
  async #refuseMissing(name: string, options?: StorageCall): Promise<void> {
    try {
      await this.#storage.images(name, options);
    } catch (error) {
      if (!isDroverError(error, 'NOT_FOUND')) throw error;
      throw new DroverError('NOT_FOUND', {
        object: `pool ${name}`,
        reason: 'there is none of this name here',
        remedy: 'map it to one that there is: `mirror.peers.NAME.pools` at the source',
      });
    }
  }
}

/** Free bytes, less what was let in since Ceph said so. */
function leftOf({ admitted }: Figures, { name, freeBytes }: Pool): number {
  return freeBytes - (admitted.get(name) ?? 0);
}

function reserveOf({ storedBytes, freeBytes }: Pool, fraction: number, atMost: number): number {
  return Math.min((storedBytes + freeBytes) * fraction, atMost);
}

function refuseFull(figures: Figures, pool: Pool, bytes: number): void {
  // All zero: Ceph has no manager that counts.
  if (pool.storedBytes + pool.freeBytes === 0) return;
  const free = Math.floor(leftOf(figures, pool) - reserveOf(pool, KEPT_FRACTION, KEPT_BYTES));
  if (bytes <= free) return;
  throw new DroverError('REFUSED', {
    object: `pool ${pool.name}`,
    reason: `${bytes} bytes may come, and ${Math.max(0, free)} are free beside what is kept for cleaning up`,
    remedy: 'make room there; what has arrived stays for the next try',
  });
}
