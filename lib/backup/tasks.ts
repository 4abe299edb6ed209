import type { TaskKind } from '../task/index.js';
import { autobackupTask } from './autobackup.js';
import { exportTask } from './export.js';
import { listTask } from './list.js';
import { Mounts } from './mounts.js';
import { removeTask } from './remove.js';
import { importTask, restoreTask } from './restore-tasks.js';
import { verifyTask } from './verify.js';
import type { BackupWorld } from './world.js';

/** Every kind of task about backups. */
export function backupTasks(world: BackupWorld): readonly TaskKind[] {
  const mounts = new Mounts(world);
  return [
    autobackupTask(world, mounts),
    exportTask(world),
    importTask(world),
    listTask(world, mounts),
    removeTask(world, mounts),
    restoreTask(world, mounts),
    verifyTask(world, mounts),
  ];
}
