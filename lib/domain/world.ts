import type { Log, Random } from '../core/index.js';
import type { Incarnate, Runs, Seen } from '../ownership/index.js';
import type { Clock, Hypervisor, Store } from '../ports/index.js';
import type { VmFacts } from './facts.js';
import type { ImageGuard } from './images.js';
import type { MutablePast } from './past.js';

export interface VmWorld {
  readonly me: Incarnate;
  readonly store: Store;
  readonly hypervisor: Hypervisor;
  readonly images: ImageGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly runs: Runs;
  /** The cluster record that this node trusts: a start is tied to it. */
  trustedCluster(): Seen | undefined;
  /** Where to send a VM that goes to `node`: libvirt's URI and where the other QEMU listens. */
  migrationTo(node: string): { readonly to: string; readonly data: string };
  /** Returns when libvirt here knows what it opens disks with, or cannot be told it now. Never fails. */
  secretKnown(): Promise<void>;
  /** Returns when no other program holds a lock under `path`, or when it has waited long enough. */
  unlocked(path: string, signal: AbortSignal): Promise<void>;
}

/** What a step works with: the facts that it was planned from, and what is remembered of the doings here. */
export interface VmStepContext {
  readonly facts: VmFacts;
  readonly past: MutablePast;
  readonly signal: AbortSignal;
}
