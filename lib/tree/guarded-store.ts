import { DroverError } from '../core/index.js';
import type {
  CallOptions,
  Children,
  CommitOptions,
  Entry,
  Session,
  Store,
  Watch,
  Write,
  Written,
} from '../ports/index.js';
import { keyPath } from './object.js';
import { type SchemaAccess, schemaAccess } from './public-tree.js';

const SCHEMA_PATH = keyPath('cluster', 'schemaVersion');
const OURS = '/drover';

/** The fault that says so is all that is written into a tree of another schema: nobody would learn of it otherwise. */
export const SCHEMA_FAULT = 'SCHEMA_VERSION';
const SCHEMA_FAULT_PATH = `/faults/${SCHEMA_FAULT}`;

/**
 * The store of a program of ours. While `/schema/version` says another schema than ours, a transaction that would write the
 * public tree fails with TREE_READ_ONLY before anything is sent; reads, checks and our own tree go on. A tree without the
 * key is not made yet, and may be.
 */
export class GuardedStore implements Store {
  readonly #store: Store;
  readonly #watch: Watch;
  readonly #listeners = new Set<() => void>();
  #schema: SchemaAccess | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#watch = store.watch(SCHEMA_PATH, (entry) => {
      const before = this.#schema?.access ?? 'full';
      this.#schema = accessOf(entry);
      if (this.#schema.access !== before) for (const listener of this.#listeners) listener();
    });
  }

  /** What may be done to the public tree, as far as it is known. */
  get schema(): SchemaAccess {
    return this.#schema ?? { access: 'full' };
  }

  /** Calls `listener` when the public tree may not be written any more, or may be again. */
  onSchema(listener: () => void): Watch {
    const tell = () => listener();
    this.#listeners.add(tell);
    return { close: () => void this.#listeners.delete(tell) };
  }

  commit(writes: readonly Write[], options?: CommitOptions): Promise<readonly Written[]> {
    const write = writes.find(writesPublicTree);
    if (write === undefined) return this.#store.commit(writes, options);
    if (this.#schema === undefined) return this.#commitAfterLook(write, writes, options);
    if (this.#schema.access === 'full') return this.#store.commit(writes, options);
    return Promise.reject(readOnly(write, this.#schema));
  }

  read(path: string, options?: CallOptions): Promise<Entry | undefined> {
    return this.#store.read(path, options);
  }

  children(path: string, options?: CallOptions): Promise<Children | undefined> {
    return this.#store.children(path, options);
  }

  sync(options?: CallOptions): Promise<void> {
    return this.#store.sync(options);
  }

  watch(path: string, listener: (entry: Entry | undefined) => void): Watch {
    return this.#store.watch(path, listener);
  }

  watchChildren(path: string, listener: (children: Children | undefined) => void): Watch {
    return this.#store.watchChildren(path, listener);
  }

  session(): Session {
    return this.#store.session();
  }

  onSession(listener: (session: Session) => void): Watch {
    return this.#store.onSession(listener);
  }

  close(): Promise<void> {
    this.#watch.close();
    return this.#store.close();
  }

  /** The watch has not told anything yet. */
  async #commitAfterLook(
    write: Write,
    writes: readonly Write[],
    options: CommitOptions | undefined,
  ): Promise<readonly Written[]> {
    const access = accessOf(await this.#store.read(SCHEMA_PATH, options));
    if (access.access === 'readonly') throw readOnly(write, access);
    return await this.#store.commit(writes, options);
  }
}

function accessOf(entry: Entry | undefined): SchemaAccess {
  return entry === undefined ? { access: 'full' } : schemaAccess(entry.data);
}

function writesPublicTree({ op, path }: Write): boolean {
  return op !== 'check' && !within(path, OURS) && !within(path, SCHEMA_FAULT_PATH);
}

function within(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function readOnly({ path }: Write, { problem }: Extract<SchemaAccess, { access: 'readonly' }>): DroverError {
  return new DroverError('TREE_READ_ONLY', {
    object: path,
    reason: `${problem.path} is ${problem.found}, and ${problem.expected} is expected`,
    remedy: problem.remedy,
  });
}
