import type { Log, Random, Turns } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import type { Kinds } from '../task/index.js';

/** What the use cases work with. */
export interface UseCaseWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The tasks that can be asked for. */
  readonly kinds: Kinds;
  /** The node that this is, which is the primary. */
  readonly node: string;
  /** Returns when no other program holds a lock under `path`, or when it has waited long enough. */
  unlocked(path: string, signal: AbortSignal): Promise<void>;
  /** Ends this node's term in favour of `to`, or of whoever is next. */
  handOver(to: string | undefined): Promise<void>;
}

/** What gives VMs to nodes: in turn, or those that are asked for at once would mostly make each other look again. */
export interface PlacingWorld extends UseCaseWorld {
  readonly placing: Turns;
}
