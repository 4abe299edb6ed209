import { DroverError } from '../core/index.js';
import { type CallOptions, conflictOf, type Store, type Write } from '../ports/index.js';
import { DOCUMENT_FOLDERS } from './document-paths.js';

const TRIES = 8;

const ROOT = '/drover';

/** Makes the folders of the Drover tree that are missing. They are empty and belong to nobody. */
export async function ensureFolders(store: Store, options?: CallOptions): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const root = await store.children(ROOT, options);
    const there = root === undefined ? [] : [ROOT, ...root.names.map((name) => `${ROOT}/${name}`)];
    const missing = DOCUMENT_FOLDERS.filter((path) => !there.includes(path));
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
    object: ROOT,
    reason: `its folders changed ${TRIES} times while they were made`,
  });
}
