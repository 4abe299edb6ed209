import { DroverError, hexId, isDroverError, LIMITS, type Random, type Scope } from '../../core/index.js';
import { type Clock, conflictOf, type Session, type Store, type Write } from '../../ports/index.js';
import { bytesOf, type Contender, contendersOf } from '../../tree/index.js';
import { blockerOf, CONTENDER_KIND, type LockKind } from './order.js';
import { uuid1 } from './uuid1.js';
import { gone } from './wait.js';

/** What a lock needs of the world. */
export interface LockPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

export interface LockOptions {
  /** Milliseconds to wait for the lock. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** A lock that is ours as long as its scope is open. */
export interface HeldLock {
  /** Closing it gives the lock back; it closes by itself when the session ends, and with its parent. */
  readonly scope: Scope;
  readonly contender: Contender;
  /** For the transaction that the lock protects: it fails when the lock is not ours any more. */
  readonly guard: Write;
}

/**
 * Takes PVC's lock on the data key `path`: an ephemeral sequential child in Kazoo's names, first in line. Waits by a
 * watch on the contender before ours only, and leaves no contender behind when it fails.
 *
 * Fails with DEADLINE (naming who holds it), CANCELLED, NOT_FOUND when `path` does not exist, STORE_SESSION_LOST when
 * the session ends meanwhile, STORE_UNAVAILABLE when there is none.
 */
export async function acquireLock(
  ports: LockPorts,
  parent: Scope,
  path: string,
  kind: LockKind,
  options: LockOptions,
): Promise<HeldLock> {
  const session = ports.store.session().id;
  if (session === undefined)
    throw new DroverError('STORE_UNAVAILABLE', { object: `lock on ${path}`, reason: 'there is no session' });
  const attempt = new Attempt(ports, parent.child(`lock ${path}`), session, path, kind);
  const alarm = ports.clock.after(options.deadlineMs, () => attempt.late(options.deadlineMs));
  const cancel = () => attempt.cancel(options.signal?.reason);
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    if (options.signal?.aborted === true) cancel();
    return await attempt.run();
  } finally {
    alarm.cancel();
    options.signal?.removeEventListener('abort', cancel);
  }
}

class Attempt {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #path: string;
  readonly #kind: LockKind;
  readonly #session: string;
  /** Names our contender: by it we find it again when the reply to its creation was lost. */
  readonly #token: string;
  readonly #data: Uint8Array;
  readonly #stop = new AbortController();
  #blocker: Contender | undefined;

  constructor(ports: LockPorts, scope: Scope, session: string, path: string, kind: LockKind) {
    const { store, clock, random } = ports;
    this.#store = store;
    this.#clock = clock;
    this.#scope = scope;
    this.#path = path;
    this.#kind = kind;
    this.#session = session;
    this.#token = hexId(random, 32);
    this.#data = bytesOf(uuid1(clock.now(), random));
  }

  late(ms: number): void {
    const reason =
      this.#blocker === undefined
        ? `not answered in ${ms} ms`
        : `${this.#blocker.name} still holds it after ${ms} ms`;
    this.#stop.abort(new DroverError('DEADLINE', { object: `lock on ${this.#path}`, reason }));
  }

  cancel(cause: unknown): void {
    const complaint = { object: `lock on ${this.#path}`, reason: 'nobody wants it any more' };
    this.#stop.abort(new DroverError('CANCELLED', complaint, cause));
  }

  async run(): Promise<HeldLock> {
    const { signal } = this.#stop;
    this.#tieToSession();
    try {
      await this.#enter(signal);
      const contender = await this.#turn(signal);
      this.#scope.throwIfClosed();
      const own = `${this.#path}/${contender.name}`;
      return { scope: this.#scope, contender, guard: { op: 'check', path: own, version: 0 } };
    } catch (error) {
      const failure: unknown = signal.aborted ? signal.reason : error;
      await this.#scope.close('the lock was not taken');
      throw failure;
    }
  }

  /** The scope ends with the session; whatever ends the scope ends the wait, and takes the contender away. */
  #tieToSession(): void {
    const watch = this.#store.onSession((session) => {
      if (this.#ended(session)) void this.#scope.close('the session ended');
    });
    this.#scope.defer(() => watch.close());
    this.#scope.defer(() => this.#withdraw());
    const stop = () => {
      const complaint = { object: `lock on ${this.#path}`, reason: 'its contender went with the session' };
      const lost = this.#ended(this.#store.session());
      this.#stop.abort(lost ? new DroverError('STORE_SESSION_LOST', complaint) : this.#scope.signal.reason);
    };
    this.#scope.signal.addEventListener('abort', stop, { once: true });
  }

  #ended({ id, state }: Session): boolean {
    return id !== this.#session || state === 'lost' || state === 'closed';
  }

  /** Creates the contender. When the reply is lost, looks whether it is there before it creates another one. */
  async #enter(signal: AbortSignal): Promise<void> {
    const name = `${this.#token}__${CONTENDER_KIND[this.#kind]}__`;
    const create: Write = {
      op: 'create',
      path: `${this.#path}/${name}`,
      data: this.#data,
      mode: 'ephemeral-sequential',
    };
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.#store.commit([create], { session: this.#session, signal });
        return;
      } catch (error) {
        if (conflictOf(error)?.why === 'missing') throw this.#noSuchKey(error);
        if (!isDroverError(error, 'STORE_OUTCOME_UNKNOWN')) throw error;
      }
      await this.#store.sync({ signal });
      if (this.#ours(await this.#contenders(signal)) !== undefined) return;
    }
  }

  /** Resolves with our contender when nobody before it keeps us from the lock. */
  async #turn(signal: AbortSignal): Promise<Contender> {
    for (;;) {
      const contenders = await this.#contenders(signal);
      const ours = this.#ours(contenders);
      if (ours === undefined) {
        const reason = 'somebody removed our contender';
        throw new DroverError('REFUSED', { object: `lock on ${this.#path}`, reason });
      }
      this.#blocker = blockerOf(contenders, ours, this.#kind);
      if (this.#blocker === undefined) return ours;
      await gone(this.#store, `${this.#path}/${this.#blocker.name}`, signal);
    }
  }

  /** Takes our contender away, however often the store fails to say so; with the session it goes by itself. */
  async #withdraw(): Promise<void> {
    const limit = this.#clock.monotonic() + LIMITS.quietMs;
    while (!this.#ended(this.#store.session())) {
      try {
        await this.#store.sync();
        for (const { name, token } of await this.#contenders())
          if (token === this.#token) await this.#remove(`${this.#path}/${name}`);
        return;
      } catch (error) {
        if (!isDroverError(error) || this.#clock.monotonic() > limit) throw error;
      }
      await this.#clock.sleep(LIMITS.storeReconnectFirstMs);
    }
  }

  async #remove(path: string): Promise<void> {
    const entry = await this.#store.read(path);
    if (entry === undefined) return;
    const remove: Write = { op: 'delete', path, version: entry.stat.version };
    await this.#store.commit([remove], { session: this.#session });
  }

  async #contenders(signal?: AbortSignal): Promise<Contender[]> {
    const children = await this.#store.children(this.#path, signal && { signal });
    return contendersOf(children?.names ?? []);
  }

  #ours(contenders: readonly Contender[]): Contender | undefined {
    return contenders.find((contender) => contender.token === this.#token);
  }

  #noSuchKey(cause: unknown): DroverError {
    return new DroverError(
      'NOT_FOUND',
      { object: this.#path, reason: 'there is no such key to lock' },
      cause,
    );
  }
}
