import { DroverError } from '../../core/index.js';
import {
  type CallOptions,
  type Children,
  type CommitOptions,
  Conflict,
  type Entry,
  type Session,
  type Stat,
  type Store,
  type Watch,
  type Write,
  type Written,
} from '../../ports/index.js';
import type { SimProcess } from '../process.js';
import type { SimRandom } from '../random.js';
import { Calls, type Request } from './calls.js';
import { ClientSession } from './client-session.js';
import type { Connection } from './connection.js';
import type { Endpoint } from './endpoint.js';
import { validPath } from './path.js';
import { type Look, Watched } from './watched.js';
import { admitted, conflictError } from './writes.js';

/** A client of the simulated service, in one process: the Store port on virtual time. */
export class SimStore implements Store {
  /** Names the client in the history. */
  readonly name: string;
  readonly process: SimProcess;
  readonly #endpoint: Endpoint;
  readonly #session: ClientSession;
  readonly #calls: Calls;
  readonly #watches = new Set<{ look(connection: Connection): void }>();
  readonly #listeners = new Set<{ readonly hear: (session: Session) => void }>();
  #closing: Promise<void> | undefined;

  constructor(name: string, process: SimProcess, endpoint: Endpoint, random: SimRandom, sessionMs: number) {
    this.name = name;
    this.process = process;
    this.#endpoint = endpoint;
    this.#calls = new Calls(process);
    this.#session = new ClientSession(endpoint, process.clock, random, sessionMs, {
      changed: (session) => {
        for (const listener of [...this.#listeners]) listener.hear(session);
      },
      connected: (connection) => {
        this.#calls.connected(connection);
        for (const watch of this.#watches) watch.look(connection);
      },
      disconnected: () => this.#calls.disconnected(),
    });
  }

  read(path: string, options?: CallOptions): Promise<Entry | undefined> {
    return this.#ask({
      object: path,
      write: false,
      options,
      serve: (on, answer) => this.#endpoint.read(on, path, undefined, answer),
      admit: () => validPath(path),
    });
  }

  children(path: string, options?: CallOptions): Promise<Children | undefined> {
    return this.#ask({
      object: path,
      write: false,
      options,
      serve: (on, answer) => this.#endpoint.children(on, path, undefined, answer),
      admit: () => validPath(path),
    });
  }

  sync(options?: CallOptions): Promise<void> {
    return this.#ask<undefined>({
      object: 'store',
      write: false,
      options,
      serve: (on, answer) => this.#endpoint.sync(on, answer),
    });
  }

  async commit(writes: readonly Write[], options?: CommitOptions): Promise<readonly Written[]> {
    const copies = admitted(writes);
    const outcome = await this.#ask<readonly Written[] | Conflict>({
      object: writes[0]?.path ?? 'store',
      write: true,
      options,
      serve: (on, answer) => this.#endpoint.commit(on, copies, answer),
      admit: () => this.#admitCommit(writes[0]?.path ?? 'store', options?.session),
    });
    if (outcome instanceof Conflict) throw conflictError(outcome);
    return outcome;
  }

  watch(path: string, listener: (entry: Entry | undefined) => void): Watch {
    validPath(path);
    return this.#watch<Entry>(
      (on, wake, answer) => this.#endpoint.read(on, path, wake, answer),
      ({ czxid, mzxid }) => `${czxid} ${mzxid}`,
      listener,
    );
  }

  watchChildren(path: string, listener: (children: Children | undefined) => void): Watch {
    validPath(path);
    return this.#watch<Children>(
      (on, wake, answer) => this.#endpoint.children(on, path, wake, answer),
      ({ czxid, pzxid }) => `${czxid} ${pzxid}`,
      listener,
    );
  }

  session(): Session {
    return this.#session.info;
  }

  onSession(hear: (session: Session) => void): Watch {
    const listener = { hear };
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.process.call(() => {
        this.#watches.clear();
        const ended = this.#session.close();
        this.#calls.closed();
        void ended.then(() => {
          this.#endpoint.forget();
          resolve();
        });
      });
    });
    return this.#closing;
  }

  /** Everything that may refuse a call comes first, then it waits for its answer. */
  async #ask<T>(request: Request<T> & { readonly admit?: () => void }): Promise<T> {
    await this.process.here();
    request.admit?.();
    request.options?.signal?.throwIfAborted();
    if (this.session().state === 'closed') throw unavailable(request.object, 'the client is closed');
    return this.#calls.ask(request, this.#session.connection);
  }

  #admitCommit(object: string, session: string | undefined): void {
    const { id, state } = this.session();
    if (session !== undefined && session !== id)
      throw new DroverError('STORE_SESSION_LOST', { object, reason: `session ${session} is over` });
    if (state !== 'connected') throw unavailable(object, `the session is ${state}`);
  }

  #watch<T extends { readonly stat: Stat }>(
    look: Look<T>,
    identity: (stat: Stat) => string,
    listener: (value: T | undefined) => void,
  ): Watch {
    const watched = new Watched<T>(look, identity, listener, (watch) => void this.#watches.delete(watch));
    this.process.call(() => {
      if (this.session().state === 'closed') return;
      this.#watches.add(watched);
      const { connection } = this.#session;
      if (connection !== undefined) watched.look(connection);
    });
    return watched;
  }
}

function unavailable(object: string, reason: string): DroverError {
  return new DroverError('STORE_UNAVAILABLE', { object, reason: `${reason}, nothing was sent` });
}
