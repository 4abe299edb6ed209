export { foreignLock, waitForForeignLock } from './foreign.js';
export { acquireLock, type HeldLock, type LockOptions, type LockPorts } from './lock.js';
export { blockerOf, type LockKind } from './order.js';
