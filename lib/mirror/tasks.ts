import type { TaskKind } from '../task/index.js';
import { automirrorTask } from './automirror.js';
import { createMirrorTask, sendSnapshotTask } from './create.js';
import { promoteTask } from './promote.js';
import { verifyMirrorTask } from './verify.js';
import type { MirrorWorld } from './world.js';

/** Every kind of task about mirrors. */
export function mirrorTasks(world: MirrorWorld): readonly TaskKind[] {
  return [
    automirrorTask(world),
    createMirrorTask(world),
    promoteTask(world),
    sendSnapshotTask(world),
    verifyMirrorTask(world),
  ];
}
