/** Mirrors of VMs on other clusters: sending, receiving, handing over. Page: docs/mirror-protocol.md. */
export { peersOf } from './automirror.js';
export { type BaseChoice, type BaseRule, chooseBase } from './base.js';
export { type ImageNow, imagesOf, lossOf } from './images.js';
export { TRANSFER_KILL_POINTS } from './cuts.js';
export {
  CURSORS,
  type Cursor,
  isRevocable,
  nextOf,
  PROMOTE_KILL_POINTS,
  type PromoteSaga,
} from './promote-saga.js';
export { type Begin } from './begin.js';
export { Receiver } from './receiver.js';
export { type Mirror, mirrorWrite, readMirror, readReceives, type Receive } from './records.js';
export { mirrorTasks } from './tasks.js';
export type { MirrorWorld, PeerSettings, ReceiverWorld } from './world.js';
