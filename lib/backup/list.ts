import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { messageOf } from '../core/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { readCatalogue } from './catalogue.js';
import { chainsOf } from './chain.js';
import type { Mounts } from './mounts.js';
import { retained } from './retention.js';
import { targetOf, vmFolder } from './targets.js';
import type { BackupWorld, Target } from './world.js';

/** Rows of an answer: a task carries no more. */
const ROWS = 250;

/** `vm.backup_list`: what there is, complete or not, and what becomes of it. */
export function listTask(world: BackupWorld, mounts: Mounts): TaskKind {
  return defineTask({
    kind: 'vm.backup_list',
    arguments: TASK_ARGUMENTS['vm.backup_list'],
    where: 'primary',
    async run(task) {
      const { target: name, vm } = task.args;
      const chosen =
        name === undefined ? Object.entries(world.targets) : [[name, targetOf(world, name)] as const];
      const rows: object[] = [];
      const unreached: string[] = [];
      for (const [its, target] of chosen)
        try {
          await mounts.while(target, task.signal, async () => {
            const names = vm === undefined ? await vmsIn(world, target) : [vm];
            for (const one of names) rows.push(...(await rowsOf(world, its, target, one)));
          });
        } catch (error) {
          // One place that is not there hides nothing of the others.
          if (task.signal.aborted || name !== undefined) throw error;
          unreached.push(`${its}: ${messageOf(error)}`);
        }
      return { backups: rows.slice(-ROWS), left_out: Math.max(0, rows.length - ROWS), unreached };
    },
  });
}

async function vmsIn({ files }: BackupWorld, { directory }: Target): Promise<readonly string[]> {
  return ((await files.list(directory)) ?? []).filter((name) => /^[^.\p{C}][^\p{C}]*$/u.test(name));
}

async function rowsOf(
  world: BackupWorld,
  target: string,
  { directory, keepFulls }: Target,
  vm: string,
): Promise<readonly object[]> {
  const { entries, strange } = await readCatalogue(world, vmFolder(directory, vm));
  const { broken } = chainsOf(entries);
  const uuids = [...new Set(entries.map(({ manifest }) => manifest.vm.uuid))];
  const verdicts = uuids.flatMap((uuid) =>
    retained(
      entries.filter(({ manifest }) => manifest.vm.uuid === uuid),
      keepFulls,
    ),
  );
  const complete = entries.map(({ name, manifest }) => ({
    ...{ target, vm, backup: name, uuid: manifest.vm.uuid, type: manifest.type },
    parent: manifest.parent ?? null,
    at: manifest.at,
    bytes: manifest.disks.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    consistency: manifest.consistency,
    state: broken.some((one) => one.name === name) ? 'without its base' : 'complete',
    why: verdicts.find((verdict) => verdict.name === name)?.why ?? '',
  }));
  const odd = strange.map(({ name, why }) => ({
    ...{ target, vm, backup: name, uuid: null, type: null, parent: null, at: null, bytes: 0 },
    ...{ consistency: null, state: 'damaged', why: why.slice(0, 200) },
  }));
  return [...complete, ...odd];
}
