import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { folderOf, readCatalogue } from './catalogue.js';
import { dependants } from './chain.js';
import type { Mounts } from './mounts.js';
import { removedName } from './names.js';
import { dropPointOf } from './points.js';
import { whileBackedUp } from './slot.js';
import { targetOf } from './targets.js';
import type { BackupWorld } from './world.js';

/** `vm.backup_remove`: only a backup of the catalogue, never a path. */
export function removeTask(world: BackupWorld, mounts: Mounts): TaskKind {
  const { directories } = world;
  return defineTask({
    kind: 'vm.backup_remove',
    arguments: TASK_ARGUMENTS['vm.backup_remove'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const { target: name, vm, backup, force = false } = task.args;
      const target = targetOf(world, name);
      const folder = folderOf(target, vm);
      return await mounts.while(target, task.signal, async () => {
        const { entries, removed } = await readCatalogue(world, folder);
        const found = entries.find((entry) => entry.name === backup);
        if (found === undefined && task.attempt === 1 && !removed.includes(backup))
          throw new DroverError('NOT_FOUND', {
            object: `backup ${backup} in ${folder}`,
            reason: 'there is none of this name',
          });
        const uuid = (found ?? entries[0])?.manifest.vm.uuid;
        const work = async () => {
          const out = found === undefined ? [] : dependants(backup, entries);
          if (out.length > 1 && !force)
            throw new DroverError('REFUSED', {
              object: `backup ${backup} of '${vm}'`,
              reason: `${out.filter((one) => one !== backup).join(', ')} build on it`,
              remedy: 'remove those first, or give force to remove them with it',
            });
          // The newest first: what is left is never without its base.
          for (const one of [...out].reverse()) {
            task.throwIfOver();
            const entry = entries.find((its) => its.name === one);
            if (entry !== undefined) await dropPointOf(world, entry, { signal: task.signal });
            await directories.rename(`${folder}/${one}`, `${folder}/${removedName(one)}`);
          }
          for (const one of (await readCatalogue(world, folder)).removed)
            await directories.removeTree(`${folder}/${removedName(one)}`);
          return { message: `Backup ${backup} of '${vm}' is removed.`, backups: out };
        };
        return uuid === undefined
          ? await work()
          : await whileBackedUp(world, task, uuid, 'vm.backup_remove', work);
      });
    },
  });
}
