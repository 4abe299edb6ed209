/** Mirrors of VMs on other clusters: sending, receiving, handing over. Page: docs/mirror-protocol.md. */
export { peersOf } from './automirror.js';
export { type BaseChoice, chooseBase } from './base.js';
export type { ImageNow } from './images.js';
export { TRANSFER_KILL_POINTS } from './cuts.js';
export {
  CURSORS,
  type Cursor,
  isRevocable,
  nextOf,
  PROMOTE_KILL_POINTS,
  type PromoteSaga,
} from './promote-saga.js';
export { Receiver } from './receiver.js';
export { type Mirror, mirrorWrite, readMirror } from './records.js';
export { mirrorTasks } from './tasks.js';
export type { MirrorWorld, PeerSettings, ReceiverWorld } from './world.js';
