/** Mirrors from and to clusters of PVC, in its own words. Page: docs/mirror-protocol.md. */
export type { PvcCalls } from './calls.js';
export { PvcPeer, type PvcPeerWorld } from './peer.js';
export { type DiskOf, PvcReceiver, type PvcReceiverWorld, type SnapshotOf } from './receiver.js';
