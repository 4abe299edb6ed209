import type { Run, Slot } from '../../schemas/index.js';
import type { Incarnate, Seen } from '../ownership/index.js';
import type { Problem, TreeValue, VmState } from '../tree/index.js';
import type { Sight } from './sight.js';

export type { VmState };

/** A key that a decision rests on, with the version that it was read at. */
export interface Read<T> {
  readonly value: T;
  readonly version: number;
}

/** What the public keys of a VM ask for. With its transaction the state is one wish, and no other. */
export interface Wish {
  readonly name: string;
  readonly state: Read<VmState> & { readonly mzxid: bigint };
  readonly node: Read<string>;
  readonly lastNode: Read<string>;
  readonly xml: Read<string>;
  readonly failedReason: Read<string>;
  /** In the order of the XML. */
  readonly volumes: TreeValue<'domain', 'volumes'>;
  readonly migrationMethod: 'none' | 'live' | 'shutdown';
  readonly maxDowntimeMs: number;
}

/** What this daemon knows of its own doing for this VM; lost with the daemon, and then known from the run record. */
export interface Past {
  /** The graceful shutdown that was asked for: of which wish, and when by the monotonic clock. */
  readonly asked?: { readonly mzxid: bigint; readonly at: number };
  /** The wish for which libvirt refused to ask the guest, which has not heard of it, and since when. */
  readonly unasked?: { readonly mzxid: bigint; readonly since: number };
  /** The last start that did not come up, of which wish, and why. */
  readonly failedStart?: { readonly mzxid: bigint; readonly reason: string };
  /** The last live migration that failed, of which wish, and why. */
  readonly failedMigration?: { readonly mzxid: bigint; readonly reason: string };
  /** How the last process here ended, when nobody here ended it, and under which wish: it says nothing about another. */
  readonly ended?: { readonly how: 'powered-off' | 'crashed'; readonly mzxid: bigint };
  /** Times of the latest crashes by the monotonic clock, oldest first. */
  readonly crashes: readonly number[];
}

export interface VmPolicy {
  readonly shutdownMs: number;
  /** What follows when a guest powers itself off. */
  readonly onPowerOff: 'restart' | 'stop';
  /** Who starts first when many are to start at once: the lowest. */
  readonly startOrder: number;
}

/** Everything that the plan for one VM on one node is made from. Page: docs/vm.md. */
export interface VmFacts extends Sight {
  readonly uuid: string;
  readonly me: Incarnate;
  /** The monotonic clock of this node. */
  readonly now: number;
  readonly trusted: boolean;
  /** Undefined when the keys are gone. */
  readonly wish: Wish | undefined;
  /** A key that the plan needs and that cannot be read. */
  readonly problem: Problem | undefined;
  readonly run: Run | undefined;
  /** How the last process here ended, by libvirt's own event; undefined when nobody saw it. */
  readonly lastEnd: 'powered-off' | 'crashed' | undefined;
  /** The role that the mirror record gives this copy; undefined when it has none. */
  readonly role: string | undefined;
  /** The operation that has the VM's data for itself. */
  readonly data: Slot | undefined;
  /** The ops record as it was read; undefined when there was none. */
  readonly ops: Seen | undefined;
  /** Whether this node was flushed after the wish was written: then the wish is for another time. */
  readonly flushedSince: boolean;
  readonly policy: VmPolicy;
  readonly past: Past;
}
