/**
 * The coordination store: a tree of small values with versions, ephemerals, transactions and watches. ZooKeeper in
 * production; its semantics are the port's: a read may be stale on a follower, `sync` first where it matters.
 */
export interface Store {
  /** The value at `path`, or undefined when there is none. Retried over reconnects until its deadline. */
  read(path: string, options?: CallOptions): Promise<Entry | undefined>;
  /** The names under `path`, sorted, or undefined when `path` does not exist. Retried like a read. */
  children(path: string, options?: CallOptions): Promise<Children | undefined>;
  /**
   * Writes everything or nothing, in order. Every change of an existing value names the version it was decided from.
   *
   * Fails with STORE_CONFLICT ({@link conflictOf} tells which operation and why), STORE_TOO_LARGE before anything is
   * sent, STORE_SESSION_LOST when `session` is not the present one, STORE_UNAVAILABLE when nothing was sent, and
   * STORE_OUTCOME_UNKNOWN when the reply was lost: the caller reads again. Never sent twice.
   */
  commit(writes: readonly Write[], options?: CommitOptions): Promise<readonly Written[]>;
  /** Waits until this client's server has everything that was committed anywhere before the call. */
  sync(options?: CallOptions): Promise<void>;

  /**
   * Delivers the value at `path` now and whenever it changed: the latest state, never a queue of events. Survives
   * reconnects, expiry and a change of server. The listener must not throw and should only wake something.
   */
  watch(path: string, listener: (entry: Entry | undefined) => void): Watch;
  /** The same for the names under `path`. */
  watchChildren(path: string, listener: (children: Children | undefined) => void): Watch;

  /** What is known of the session right now. */
  session(): Session;
  /** Calls `listener` at each change of the session's state. */
  onSession(listener: (session: Session) => void): Watch;

  /** Ends the session at the server if it can be reached, so that its ephemerals go at once. */
  close(): Promise<void>;
}

export interface CallOptions {
  /** Milliseconds until the call fails with DEADLINE. Default: `LIMITS.storeCallMs`. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface CommitOptions extends CallOptions {
  /** Commit only within this session: for whatever owns an ephemeral. */
  readonly session?: string;
}

/** What the server says of a value. Transaction ids are the server's global order of writes. */
export interface Stat {
  readonly version: number;
  /** Counts changes of the list of children. */
  readonly childrenVersion: number;
  /** Transaction that created it. */
  readonly czxid: bigint;
  /** Transaction that last wrote its data: with the value, the identity of a wish. */
  readonly mzxid: bigint;
  /** Transaction that last changed its children. */
  readonly pzxid: bigint;
  /** Session that owns it, in hex, or undefined for a persistent one. */
  readonly owner: string | undefined;
}

export interface Entry {
  readonly path: string;
  readonly data: Uint8Array;
  readonly stat: Stat;
}

export interface Children {
  readonly path: string;
  readonly names: readonly string[];
  readonly stat: Stat;
}

export type CreateMode = 'persistent' | 'ephemeral' | 'sequential' | 'ephemeral-sequential';

export type Write =
  | { readonly op: 'create'; readonly path: string; readonly data: Uint8Array; readonly mode?: CreateMode }
  | { readonly op: 'set'; readonly path: string; readonly data: Uint8Array; readonly version: number }
  | { readonly op: 'delete'; readonly path: string; readonly version: number }
  | { readonly op: 'check'; readonly path: string; readonly version: number };

/** The answer to one write. `path` is the created name for a sequential; `stat` is there for a set. */
export interface Written {
  readonly path: string;
  readonly stat?: Stat;
}

export type ConflictReason = 'version' | 'missing' | 'exists' | 'not-empty' | 'ephemeral-parent';

/** The details of a STORE_CONFLICT, carried as its cause. */
export class Conflict extends Error {
  /** Index of the failed operation in the transaction. */
  readonly index: number;
  readonly write: Write;
  readonly why: ConflictReason;

  constructor(index: number, write: Write, why: ConflictReason) {
    super(`operation ${index} (${write.op} ${write.path}): ${why}`);
    this.name = 'Conflict';
    this.index = index;
    this.write = write;
    this.why = why;
  }
}

/** The {@link Conflict} of a STORE_CONFLICT error, or undefined for anything else. */
export function conflictOf(error: unknown): Conflict | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Conflict ? cause : undefined;
}

/**
 * - `connecting`: no session yet, or a new one is being made after a loss.
 * - `connected`: the session is ours and the server answers.
 * - `suspended`: the server does not answer; the session may still live. Start nothing new.
 * - `lost`: the session is over, by the server's word or by our own clock. Own nothing. `connecting` follows.
 * - `closed`: the end.
 */
export type SessionState = 'connecting' | 'connected' | 'suspended' | 'lost' | 'closed';

export interface Session {
  readonly state: SessionState;
  /** The session's id in hex; undefined before the first one and while there is none. */
  readonly id: string | undefined;
  /** The timeout that the server granted, in milliseconds; 0 while there is none. */
  readonly timeoutMs: number;
  /**
   * Until when, by the monotonic clock, the server cannot have expired the session: counted from the *sending* of the
   * last ping that whoever expires sessions is known to have heard of. Ownership is checked against this at the call,
   * not by a timer. 0 while there is no session.
   */
  readonly leaseUntil: number;
}

export interface Watch {
  close(): void;
}
