import { DroverError, isDroverError, LIMITS } from '../core/index.js';
import type { CallOptions, Children, Store, Write } from '../ports/index.js';

/** How often a change by others may send us back to the start before we say that we cannot keep up. */
const ROUNDS = 20;

/**
 * Makes `path` and what is missing above it, each with an empty value, in one transaction; what exists stays as it is.
 * Others may do the same at the same time. Fails as {@link Store.commit} does, but not for what others did.
 */
export async function ensurePath(store: Store, path: string, options?: CallOptions): Promise<void> {
  await inRounds(async () => {
    const missing: Write[] = [];
    for (let at = path; at !== '/' && (await store.read(at, options)) === undefined; at = parentOf(at))
      missing.unshift({ op: 'create', path: at, data: new Uint8Array(0) });
    await store.commit(missing, options);
  });
}

/**
 * Deletes `path` and everything below it; nothing there is fine. Not one transaction but as many of at most
 * `LIMITS.storeTransactionOperations` as it takes, the deepest first, so that a tree that was left half deleted is still
 * a tree. Whatever others write below meanwhile is deleted too. Fails as {@link Store.commit} does.
 */
export async function deleteTree(store: Store, path: string, options?: CallOptions): Promise<void> {
  if (path === '/')
    throw new DroverError('BAD_INPUT', { object: 'store path /', reason: 'the root cannot be deleted' });
  await inRounds(async () => {
    const nodes = await walk(store, path, options);
    const deletes = nodes.reverse().map(deletion);
    for (let at = 0; at < deletes.length; at += LIMITS.storeTransactionOperations)
      await store.commit(deletes.slice(at, at + LIMITS.storeTransactionOperations), options);
  });
}

/** Everything from `path` down, parents before their children. */
async function walk(store: Store, path: string, options: CallOptions | undefined): Promise<Children[]> {
  const found: Children[] = [];
  let level = [path];
  while (level.length > 0) {
    const nodes = await Promise.all(level.map((at) => store.children(at, options)));
    const present = nodes.filter((node) => node !== undefined);
    for (const node of present) found.push(node);
    level = present.flatMap((node) => node.names.map((name) => `${node.path}/${name}`));
  }
  return found;
}

function deletion(node: Children): Write {
  return { op: 'delete', path: node.path, version: node.stat.version };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** Does `round` again when others were in between, or when nobody can tell whether it was done. */
async function inRounds(round: () => Promise<void>): Promise<void> {
  for (let left = ROUNDS; ; left -= 1) {
    try {
      await round();
      return;
    } catch (error) {
      if (left === 1 || !isDroverError(error, 'STORE_CONFLICT', 'STORE_OUTCOME_UNKNOWN')) throw error;
    }
  }
}
