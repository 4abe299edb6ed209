export {
  asDroverError,
  type Complaint,
  DroverError,
  ERROR_CODES,
  type ErrorCode,
  isDroverError,
  messageOf,
} from './errors.js';
export { below, hexId, type Random, requestId, uuid } from './ids.js';
export { copyLimitMs, LIMITS } from './limits.js';
export { type Log, SILENT } from './log.js';
export { type Alarms, Loop, type LoopOptions } from './loop.js';
export {
  CUTS,
  type Cut,
  execute,
  type Executors,
  type Kinded,
  type KillPoint,
  killPointName,
  killPoints,
  type Plan,
  reconcileOnce,
  type Reconciler,
} from './reconcile.js';
export { type Acts, runSaga, sagaKillPoints, type SagaMachine, type SagaRecord } from './saga.js';
export { Scope } from './scope.js';
export { forEachOf, together } from './together.js';
export { Turns } from './turns.js';
export { unanswered } from './unanswered.js';
export { VERSION } from './version.js';
