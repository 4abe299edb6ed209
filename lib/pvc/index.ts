/** Everything that is peculiar to PVC, and nothing else. */
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
