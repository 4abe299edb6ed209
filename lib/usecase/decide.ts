import { DroverError, isDroverError } from '../core/index.js';
import { conflictOf, type Write } from '../ports/index.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** What shall be written, all or nothing, and what is said of it. */
export interface Decision<T> {
  readonly writes: readonly Write[];
  readonly result: T;
}

const TRIES = 8;

/** The keys under which PVC's tools hold a lock while they write: their write is lost when the version moves. */
const LOCKED = /^\/(domains\/[^/]+\/(state|node|lastnode)|nodes\/[^/]+\/domainstate)$/;

/**
 * Reads, decides, commits, in one transaction that is tied to what was read; reads and decides again when something has
 * moved meanwhile or the reply was lost. Nothing to write is a decision too.
 *
 * @param decide `unsure` is true when an earlier try may have been written: what it finds may be its own work
 */
export async function decideAndWrite<T>(
  world: UseCaseWorld,
  { signal }: Asked,
  decide: (unsure: boolean) => Promise<Decision<T>>,
): Promise<T> {
  const { store } = world;
  let unsure = false;
  for (let left = TRIES; left > 0; left -= 1) {
    signal.throwIfAborted();
    await store.sync({ signal });
    const { writes, result } = await decide(unsure);
    if (writes.length === 0) return result;
    await Promise.all(lockedPaths(writes).map((path) => world.unlocked(path, signal)));
    try {
      await store.commit(writes, { signal });
      return result;
    } catch (error) {
      const unknown = isDroverError(error, 'STORE_OUTCOME_UNKNOWN');
      if (!unknown && conflictOf(error) === undefined) throw error;
      unsure ||= unknown;
    }
  }
  throw new DroverError('STORE_CONFLICT', {
    object: 'the keys of this request',
    reason: `other writers were faster ${TRIES} times in a row`,
    remedy: 'ask again',
  });
}

function lockedPaths(writes: readonly Write[]): string[] {
  return writes.filter(({ op, path }) => op !== 'check' && LOCKED.test(path)).map(({ path }) => path);
}
