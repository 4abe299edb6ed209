import { DroverError, isDroverError, LIMITS, type Scope } from '../core/index.js';
import {
  type Clock,
  type CommitOptions,
  conflictOf,
  type Store,
  type Write,
  type Written,
} from '../ports/index.js';
import { termGuard } from './paths.js';

/**
 * One term as the primary. It ends with its scope: when the session is lost, when another leads, when it is handed
 * over. Everything the primary does runs inside the scope and writes through {@link Leadership.commit}.
 */
export class Leadership {
  readonly epoch: number;
  /** The session that holds the term. */
  readonly session: string;
  readonly scope: Scope;
  readonly #store: Store;
  readonly #clock: Clock;
  #confirmedAt: number;

  constructor(term: { epoch: number; session: string; store: Store; clock: Clock; scope: Scope }) {
    this.epoch = term.epoch;
    this.scope = term.scope;
    this.#store = term.store;
    this.#clock = term.clock;
    this.session = term.session;
    this.#confirmedAt = -Infinity;
  }

  /**
   * Whether this node may act as the primary at this very moment: the server cannot have ended the session yet, by our
   * own monotonic clock.
   */
  get valid(): boolean {
    const session = this.#store.session();
    return !this.scope.closed && session.id === this.session && this.#clock.monotonic() < session.leaseUntil;
  }

  /**
   * The operation that ties a transaction to this term: the term's key is ephemeral and named by the epoch, so it
   * stands exactly as long as nobody else can lead, and never comes back.
   */
  get guard(): Write {
    return termGuard(this.epoch);
  }

  /** Commits `writes` only within this term. NOT_LEADER when it is over. */
  async commit(writes: readonly Write[], options: CommitOptions = {}): Promise<readonly Written[]> {
    this.throwIfOver();
    const sentAt = this.#clock.monotonic();
    try {
      const written = await this.#store.commit([...writes, this.guard], {
        ...options,
        session: this.session,
      });
      this.#confirmedAt = sentAt;
      return written.slice(0, -1);
    } catch (error) {
      throw this.#translate(error, writes.length);
    }
  }

  /** Asks the store whether the term still stands. NOT_LEADER when it does not. */
  async confirm(options?: CommitOptions): Promise<void> {
    await this.commit([], options);
  }

  /**
   * Makes a destructive call: only right after the store has confirmed the term, and only while the lease holds. The
   * call names its object by id, so that one that comes too late misses.
   */
  async act<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.#fresh) await this.confirm();
    this.throwIfOver();
    if (!this.#fresh) throw this.#over('the store took too long to confirm it');
    return call(this.scope.signal);
  }

  throwIfOver(): void {
    if (!this.valid) throw this.#over('its lease has run out or another node leads');
  }

  get #fresh(): boolean {
    return this.#clock.monotonic() - this.#confirmedAt <= LIMITS.epochCheckAgeMs;
  }

  #translate(error: unknown, guardIndex: number): unknown {
    const guardFailed = conflictOf(error)?.index === guardIndex;
    if (!guardFailed && !isDroverError(error, 'STORE_SESSION_LOST')) return error;
    return this.#over('the store says that the term has ended', error);
  }

  #over(reason: string, cause?: unknown): DroverError {
    return new DroverError('NOT_LEADER', { object: `leadership in epoch ${this.epoch}`, reason }, cause);
  }
}
