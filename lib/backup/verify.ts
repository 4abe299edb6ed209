import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { type Catalogue, folderOf, readCatalogue } from './catalogue.js';
import { type Entry, pathTo } from './chain.js';
import type { Mounts } from './mounts.js';
import { targetOf } from './targets.js';
import type { BackupWorld } from './world.js';

/** The backup that was asked for, or the newest; with those it builds on, the full one first. */
export function chosenPath(
  { folder, entries, strange }: Catalogue,
  wanted: string | undefined,
): readonly Entry[] {
  const entry = wanted === undefined ? entries.at(-1) : entries.find(({ name }) => name === wanted);
  const object = `backup ${wanted ?? ''} in ${folder}`;
  const odd = strange.find(({ name }) => name === wanted);
  if (odd !== undefined) throw new DroverError('BACKUP_DAMAGED', { object, reason: odd.why });
  if (entry === undefined)
    throw new DroverError('NOT_FOUND', {
      object,
      reason:
        entries.length === 0
          ? 'there is no backup'
          : `there are ${entries.map(({ name }) => name).join(', ')}`,
    });
  const path = pathTo(entry, entries);
  if (path !== undefined) return path;
  throw new DroverError('BACKUP_DAMAGED', { object, reason: 'a backup that it builds on is not there' });
}

/** Compares every file of these backups with its manifest. BACKUP_DAMAGED names the first that differs. */
export async function verifyFiles(
  { directories }: Pick<BackupWorld, 'directories'>,
  task: Pick<AnyTask, 'progress' | 'signal'>,
  folder: string,
  path: readonly Entry[],
): Promise<{ readonly files: number; readonly bytes: number }> {
  const files = path.flatMap(({ name, manifest }) => manifest.disks.map((disk) => ({ name, disk })));
  const total = files.reduce((sum, { disk }) => sum + disk.fileBytes, 0);
  let done = 0;
  for (const [at, { name, disk }] of files.entries()) {
    const file = `${folder}/${name}/${disk.file}`;
    const progress = { current: at, total: files.length, bytes: { done, total } };
    task.progress({ ...progress, text: `reading ${name}/${disk.file}` });
    const bytes = await directories.size(file);
    if (bytes === undefined) throw damaged(file, 'it is not there');
    if (bytes !== disk.fileBytes)
      throw damaged(file, `it has ${bytes} bytes, and the manifest says ${disk.fileBytes}`);
    const { sha256 } = await directories.digest(file, task.signal);
    if (sha256 !== disk.sha256) throw damaged(file, 'its SHA-256 is not that of the manifest');
    done += bytes;
  }
  return { files: files.length, bytes: total };
}

/** `vm.backup_verify` */
export function verifyTask(world: BackupWorld, mounts: Mounts): TaskKind {
  return defineTask({
    kind: 'vm.backup_verify',
    arguments: TASK_ARGUMENTS['vm.backup_verify'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const { target: name, vm, backup } = task.args;
      const target = targetOf(world, name);
      return await mounts.while(target, task.signal, async () => {
        const folder = folderOf(target, vm);
        const path = chosenPath(await readCatalogue(world, folder), backup);
        const read = await verifyFiles(world, task, folder, path);
        const names = path.map((entry) => entry.name);
        return {
          message: `Backup ${names.at(-1) ?? ''} of '${vm}' is as it was written: ${read.files} files, ${read.bytes} bytes.`,
          backups: names,
          ...read,
        };
      });
    },
  });
}

function damaged(object: string, reason: string): DroverError {
  return new DroverError('BACKUP_DAMAGED', { object, reason });
}
