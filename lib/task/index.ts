/** Tasks: asked for by a key, claimed by one worker, ended exactly once; and schedules. Page: docs/tasks.md. */
export { keepTasks, type KeeperOptions } from './keeper.js';
export {
  type Arguments,
  defineTask,
  Kinds,
  type TaskContext,
  type TaskDefinition,
  type TaskKind,
  type Where,
} from './kinds.js';
export { probeTask } from './probe.js';
export { cancelTask, noSuchTask, requestTask, type TaskRequest } from './request.js';
export { SCHEDULE_NAME_LENGTH, type ScheduleDefinition } from './schedule-plan.js';
export { resultOfRun, Run, type RunLine, type RunSummary } from './run-summary.js';
export { runSchedules, type SchedulerOptions, tableOf } from './scheduler.js';
export { isEnded } from './status.js';
export { nextRuns, type Timetable } from './timetable.js';
export { listTasks, readTask, type TaskView, watchTask } from './view.js';
export { Worker } from './worker.js';
export type { Term, WorkerOptions } from './worker-options.js';
