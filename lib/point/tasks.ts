import type { TaskKind } from '../task/index.js';
import { removePointTask } from './remove.js';
import { rollBackTask } from './rollback.js';
import { takePointTask } from './take.js';
import { volumeSnapshotTasks } from './volume-snapshots.js';
import type { PointWorld } from './world.js';

/** Every kind of task about restore points, and about snapshots of single volumes. */
export function pointTasks(world: PointWorld): readonly TaskKind[] {
  return [takePointTask(world), removePointTask(world), rollBackTask(world), ...volumeSnapshotTasks(world)];
}
