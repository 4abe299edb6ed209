import { DroverError } from '../core/index.js';
import { type CallOptions, conflictOf, type Store, type Write } from '../ports/index.js';
import { DOCUMENT_FOLDERS } from './document-paths.js';

const TRIES = 8;

/** Makes the folders of the Drover tree that are missing. They are empty and belong to nobody. */
export async function ensureFolders(store: Store, options?: CallOptions): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const there = await Promise.all(DOCUMENT_FOLDERS.map((path) => store.read(path, options)));
    const missing = DOCUMENT_FOLDERS.filter((_, index) => there[index] === undefined);
    if (missing.length === 0) return;
    const writes = missing.map((path): Write => ({ op: 'create', path, data: new Uint8Array() }));
    try {
      await store.commit(writes, options);
      return;
    } catch (error) {
      const why = conflictOf(error)?.why;
      if (why !== 'exists' && why !== 'missing') throw error;
      await store.sync(options);
    }
  }
  throw new DroverError('STORE_CONFLICT', {
    object: '/drover',
    reason: `its folders changed ${TRIES} times while they were made`,
  });
}
