import { LIMITS, messageOf } from '../../core/index.js';
import type {
  CallOptions,
  Children,
  CommitOptions,
  Entry,
  Session,
  SessionState,
  Store,
  Watch,
  Write,
  Written,
} from '../../ports/index.js';
import { commitCall } from './commit.js';
import { checkPath } from './paths.js';
import { type Call, Pipe } from './pipe.js';
import { armCall, childrenCall, readCall, syncCall } from './requests.js';
import { ServerSession, type Surroundings } from './session.js';
import { Watches } from './watches.js';

/** The port on real servers: one session after the other, and what outlives them: the calls and the watches. */
export class ZooKeeperStore implements Store {
  readonly #around: Surroundings;
  readonly #pipe: Pipe;
  readonly #watches: Watches;
  readonly #listeners = new Set<(session: Session) => void>();
  #state: SessionState = 'connecting';
  #session: ServerSession;
  #closed: Promise<void> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#pipe = new Pipe(around.clock, (code) => this.#session.refused(code));
    const reader = {
      entry: (path: string, signal: AbortSignal) => this.#armed(path, readCall(path, true), signal),
      children: (path: string, signal: AbortSignal) => this.#armed(path, childrenCall(path, true), signal),
    };
    this.#watches = new Watches(reader, around.clock, around.log);
    this.#session = this.#begin();
  }

  async read(path: string, options?: CallOptions): Promise<Entry | undefined> {
    return await this.#pipe.submit(readCall(path, false), options);
  }

  async children(path: string, options?: CallOptions): Promise<Children | undefined> {
    return await this.#pipe.submit(childrenCall(path, false), options);
  }

  async commit(writes: readonly Write[], options: CommitOptions = {}): Promise<readonly Written[]> {
    if (writes.length === 0) return [];
    return await this.#pipe.submit(commitCall(writes, this.#around.chroot, options.session), options);
  }

  async sync(options?: CallOptions): Promise<void> {
    await this.#pipe.submit(syncCall(), options);
  }

  watch(path: string, listener: (entry: Entry | undefined) => void): Watch {
    checkPath(path);
    return this.#watches.value(path, listener);
  }

  watchChildren(path: string, listener: (children: Children | undefined) => void): Watch {
    checkPath(path);
    return this.#watches.names(path, listener);
  }

  session(): Session {
    const state = this.#state;
    if (state !== 'connected' && state !== 'suspended')
      return { state, id: undefined, timeoutMs: 0, leaseUntil: 0 };
    const { id, timeoutMs, lease } = this.#session;
    return { state, id, timeoutMs, leaseUntil: lease.until };
  }

  onSession(listener: (session: Session) => void): Watch {
    // A function of its own, so that a listener given twice is two listeners.
    const tell = (session: Session) => listener(session);
    this.#listeners.add(tell);
    return { close: () => void this.#listeners.delete(tell) };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#watches.close();
    this.#pipe.close();
    this.#enter('closed');
    await this.#session.close(LIMITS.storeCloseMs);
  }

  #begin(): ServerSession {
    const session = new ServerSession(this.#around, {
      connected: () => {
        this.#enter('connected');
        this.#pipe.open(session.protocol, session.id);
        this.#watches.rearm();
      },
      suspended: () => {
        this.#pipe.hold();
        if (this.#state === 'connected') this.#enter('suspended');
      },
      ended: (reason) => this.#ended(reason),
      event: (event) => this.#watches.event(event),
    });
    void session.run();
    return session;
  }

  #ended(reason: string): void {
    if (this.#state === 'closed') return;
    this.#around.log.warn({ session: this.#session.id, reason }, 'store session lost');
    this.#pipe.lose();
    this.#enter('lost');
    this.#enter('connecting');
    this.#session = this.#begin();
  }

  /** Listeners are called when the work at hand is done: they may call the store, and their faults are only reported. */
  #enter(state: SessionState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    const session = this.session();
    for (const listener of this.#listeners)
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) this.#tell(listener, session);
      });
  }

  #tell(listener: (session: Session) => void, session: Session): void {
    try {
      listener(session);
    } catch (error) {
      const facts = { state: session.state, reason: messageOf(error) };
      this.#around.log.error(facts, 'store session listener failed');
    }
  }

  /** The server arms a read only where something exists; where nothing does, the question whether it exists is armed. */
  async #armed<R, S>(
    path: string,
    call: Call<R, S | undefined>,
    signal: AbortSignal,
  ): Promise<S | undefined> {
    const options = { deadlineMs: Infinity, signal };
    for (;;) {
      const state = await this.#pipe.submit(call, options);
      if (state !== undefined) return state;
      const createdSince = await this.#pipe.submit(armCall(path), options);
      if (!createdSince) return undefined;
    }
  }
}
