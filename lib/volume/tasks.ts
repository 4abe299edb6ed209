import type { TaskKind } from '../task/index.js';
import { adoptVolumesTask } from './adopt.js';
import { cloneVolumeTask, createVolumeTask } from './create.js';
import { attachDeviceTask, detachDeviceTask } from './device.js';
import { flushLocksTask } from './flush-locks.js';
import { removeVmVolumesTask, removeVolumeTask } from './remove.js';
import { renameVolumeTask } from './rename.js';
import { resizeVolumeTask } from './resize.js';
import { purgeTrashTask, restoreVolumeTask } from './trash.js';
import { renameVmTask } from './vm-rename.js';
import type { VolumeWorld } from './world.js';

/** Every kind of task about volumes. */
export function volumeTasks(world: VolumeWorld): readonly TaskKind[] {
  return [
    adoptVolumesTask(world),
    attachDeviceTask(world),
    cloneVolumeTask(world),
    createVolumeTask(world),
    detachDeviceTask(world),
    flushLocksTask(world),
    purgeTrashTask(world),
    removeVmVolumesTask(world),
    removeVolumeTask(world),
    renameVmTask(world),
    renameVolumeTask(world),
    resizeVolumeTask(world),
    restoreVolumeTask(world),
  ];
}
