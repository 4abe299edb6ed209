import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { folderOf, readCatalogue } from './catalogue.js';
import { exportedPath } from './foreign.js';
import type { Mounts } from './mounts.js';
import { restore } from './restore.js';
import { exportDirectory, targetOf, vmFolder } from './targets.js';
import { chosenPath, verifyFiles } from './verify.js';
import type { BackupWorld } from './world.js';

/** `vm.restore`: every file is compared with its manifest before anything is made of it. */
export function restoreTask(world: BackupWorld, mounts: Mounts): TaskKind {
  return defineTask({
    kind: 'vm.restore',
    arguments: TASK_ARGUMENTS['vm.restore'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const {
        target: name,
        vm,
        backup,
        as,
        pool,
        node = task.node,
        start = false,
        force = false,
      } = task.args;
      const target = targetOf(world, name);
      return await mounts.while(target, task.signal, async () => {
        const folder = folderOf(target, vm);
        const path = chosenPath(await readCatalogue(world, folder), backup);
        await verifyFiles(world, task, folder, path);
        const made = await restore(world, task, { folder, path, as, pool, node, start, force });
        const from = path.at(-1)?.name ?? '';
        return { message: `VM '${made.name}' is restored from ${from}.`, backup: from, ...made };
      });
    },
  });
}

/** `vm.import_snapshot` */
export function importTask(world: BackupWorld): TaskKind {
  return defineTask({
    kind: 'vm.import_snapshot',
    arguments: TASK_ARGUMENTS['vm.import_snapshot'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const { vm, snapshot_name: name, import_path: from, start = false } = task.args;
      const folder = vmFolder(await exportDirectory(world, from), vm);
      const { path, proven } = await exportedPath(world, folder, name);
      if (proven) await verifyFiles(world, task, folder, path);
      const options = { as: undefined, pool: undefined, node: task.node, start, force: false };
      const made = await restore(world, task, { folder, path, ...options });
      return { message: `VM '${made.name}' is imported from snapshot ${name}.`, ...made };
    },
  });
}
