import type { RunSummary } from '../task/index.js';
import type { KillPoint, Log, Random, Turns } from '../core/index.js';
import type { Clock, ImageStreams, Peer, Storage, Store } from '../ports/index.js';
import type { PointWorld } from '../point/index.js';
import type { Room } from './room.js';

/** What the receiving side works with. */
export interface ReceiverWorld {
  readonly store: Store;
  readonly storage: Storage;
  readonly streams: ImageStreams;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This node, which is the primary. */
  readonly node: string;
  readonly cluster: {
    readonly name: string;
    /** `host:port` */
    readonly monitors: readonly string[];
    readonly secretUuid: string | undefined;
  };
  readonly killPoint?: KillPoint;
}

/** What all receives of one primary share. */
export interface ReceivingWorld extends ReceiverWorld {
  readonly room: Room;
  /** Whoever discards stages has this turn: by their names he could otherwise meet one that has just been made anew. */
  readonly stages: Turns;
}

/** One other cluster, as the configuration has it. */
export interface PeerSettings {
  /** Pool here → pool there; `*` for every other. */
  readonly pools: Readonly<Record<string, string>>;
  readonly bytesPerSecond: number | undefined;
  readonly open: () => Promise<Peer>;
}

/** What the sending side works with. */
export interface MirrorWorld extends PointWorld {
  readonly streams: ImageStreams;
  readonly log: Log;
  readonly cluster: ReceiverWorld['cluster'];
  readonly peers: Readonly<Record<string, PeerSettings>>;
  readonly tags: readonly string[];
  readonly defaultPeer: string | undefined;
  /** Points kept on both sides. */
  readonly keep: number;
  /** Tags that a copy does not get: those that select for jobs of this cluster. */
  readonly ownTags: readonly string[];
  /** Tells people of a run; returns which of them could not be told, and why. */
  readonly tell: (summary: RunSummary, recipients: readonly string[]) => Promise<readonly string[]>;
}
