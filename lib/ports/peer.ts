import type {
  MirrorAbout,
  MirrorActivate,
  MirrorCopy,
  MirrorMarked,
  MirrorOffer,
  MirrorPrepare,
  Reached,
  ReceiveView,
  SumLine,
} from '../../schemas/mirror-wire.js';
import type { ImageName } from './storage.js';

/**
 * Another cluster, as one that mirrors VMs to it sees it. Calls fail with API_UNREACHABLE or API_DISTRUSTED when it does not
 * answer, DEADLINE, CANCELLED, and with the error that the other side tells, by its code.
 */
export interface Peer {
  /** Bytes of a unit at most, where not the engine says that: infinite for one that cannot go on in the middle of a disk. */
  readonly unitBytes?: number;
  about(options?: PeerCall): Promise<MirrorAbout>;
  /** Its copy of a VM, whatever its role; undefined when it knows none of this UUID. */
  copy(uuid: string, options?: PeerCall): Promise<MirrorCopy | undefined>;
  /** Begins to receive a point, or goes on: the same point is the same receive. */
  begin(offer: MirrorOffer, options?: PeerCall): Promise<ReceiveView>;
  /** A receive as it stands; NOT_FOUND when there is none. */
  receive(id: string, options?: PeerCall): Promise<ReceiveView>;
  /** One unit of a disk that begins at `from`; returns how far it went once the other side has it for good. */
  unit(
    id: string,
    disk: number,
    from: number,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number>;
  /** Makes the point complete there; again is fine. */
  commit(id: string, options?: PeerCall): Promise<Reached>;
  /** Gives up a receive; none is fine. */
  abandon(id: string, options?: PeerCall): Promise<void>;
  /** Removes a point there; none is fine. */
  dropPoint(uuid: string, point: string, options?: PeerCall): Promise<void>;
  /**
   * What a disk there holds at a point, as sums of ranges, as fast as it is read there, and at most at `rate` bytes a second.
   * Ends after the last of them, and fails after it when something stood in the way.
   */
  sums(
    uuid: string,
    point: string,
    disk: ImageName,
    options: { readonly rate?: number | undefined; readonly signal: AbortSignal },
  ): AsyncIterable<SumLine>;
  /** Tells whether a point there is what we have. */
  judge(uuid: string, point: string, equal: boolean, options?: PeerCall): Promise<MirrorMarked>;
  prepare(uuid: string, how: MirrorPrepare, options?: PeerCall): Promise<void>;
  activate(uuid: string, how: MirrorActivate, options?: PeerCall): Promise<void>;
  /** The other side will never activate this one; REFUSED when its copy has run. */
  revoke(uuid: string, how: MirrorPrepare, options?: PeerCall): Promise<void>;
  close(): Promise<void>;
}

export interface PeerCall {
  readonly signal?: AbortSignal;
  /** Milliseconds; default `LIMITS.peerCallMs`. */
  readonly limitMs?: number;
}
