import type { KillPoint, Log } from '../core/index.js';
import type { Clock, Store, Write } from '../ports/index.js';
import type { Kinds } from './kinds.js';

export interface WorkerOptions {
  readonly node: string;
  readonly boot: string;
  /** Its session owns the claims. */
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly kinds: Kinds;
  /** Runs on this node at once. Default: 16. */
  readonly concurrency?: number;
  /**
   * The present term of this node as the primary, for tasks of the primary; undefined while it does not lead. Call
   * {@link Worker.wake} when the answer may have changed. A `Leadership` is one; in a process of its own the worker is
   * told the epoch by its daemon.
   */
  readonly term: () => Term | undefined;
  /** Whether anything new may be begun: this node is registered and trusts the tree. Call {@link Worker.wake} likewise. */
  readonly mayBegin: () => boolean;
  readonly killPoint?: KillPoint;
}

/** What ties a transaction to a term of the primary. */
export interface Term {
  readonly guard: Write;
  readonly valid: boolean;
}
