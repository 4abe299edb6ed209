import { DroverError, isDroverError } from '../core/index.js';
import { type CallOptions, conflictOf, type Store, type Write } from '../ports/index.js';

const TRIES = 8;

/**
 * Makes keys that report something hold these values, in one transaction: what holds it already is not written, what is
 * missing is created if its parent is there. Reads and decides again when a key has moved meanwhile.
 *
 * Returns the paths that were written. Not for wishes: those are written from the version that a decision was made from.
 */
export async function publish(
  store: Store,
  values: ReadonlyMap<string, Uint8Array>,
  options?: CallOptions,
): Promise<readonly string[]> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const writes = await differences(store, values, options);
    if (writes.length === 0) return [];
    try {
      await store.commit(writes, options);
      return writes.map(({ path }) => path);
    } catch (error) {
      if (conflictOf(error) === undefined && !isDroverError(error, 'STORE_OUTCOME_UNKNOWN')) throw error;
      await store.sync(options);
    }
  }
  throw new DroverError('STORE_CONFLICT', {
    object: [...values.keys()].join(', '),
    reason: `other writers were faster ${TRIES} times in a row`,
  });
}

async function differences(
  store: Store,
  values: ReadonlyMap<string, Uint8Array>,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const writes = await Promise.all(
    [...values].map(async ([path, data]): Promise<Write | undefined> => {
      const present = await store.read(path, options);
      if (present === undefined) return { op: 'create', path, data };
      return equal(present.data, data) ? undefined : { op: 'set', path, data, version: present.stat.version };
    }),
  );
  return writes.filter((write) => write !== undefined);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
