/** Everything that is peculiar to PVC, and nothing else. */
export {
  mapPvcConf,
  PVC_KEYS,
  type PvcComplaint,
  type PvcKey,
  pvcKeyOf,
  type PvcMapping,
  type PvcNote,
} from './conf/index.js';
export {
  acquireLock,
  blockerOf,
  foreignLock,
  type HeldLock,
  type LockKind,
  type LockOptions,
  type LockPorts,
  waitForForeignLock,
} from './lock/index.js';
export { parseSize, roundedSize } from './size.js';
