import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, forEachOf, Turns } from '../core/index.js';
import { findVms, vmNames } from '../domain/index.js';
import { readTags } from '../point/index.js';
import type { Store } from '../ports/index.js';
import { defineTask, resultOfRun, Run, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { folderOf } from './catalogue.js';
import type { Mounts } from './mounts.js';
import { backUp, type BackupJob } from './run.js';
import { whileBackedUp } from './slot.js';
import { Space } from './space.js';
import { targetOf } from './targets.js';
import type { BackupWorld, Target } from './world.js';

/** VMs at once: while the calls around one take their time, another one's bytes flow. */
const VMS = 2;

/** `cluster.autobackup`: every VM that a tag selects, some at once; none stops the others. */
export function autobackupTask(world: BackupWorld, mounts: Mounts): TaskKind {
  return defineTask({
    kind: 'cluster.autobackup',
    arguments: TASK_ARGUMENTS['cluster.autobackup'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const {
        target: wanted,
        force_full: forceFull = false,
        vms,
        email_recipients: recipients = [],
      } = task.args;
      const run = new Run(world.clock, task);
      const chosen =
        wanted === undefined ? Object.entries(world.targets) : [[wanted, targetOf(world, wanted)] as const];
      for (const [name, target] of chosen)
        await runTarget(world, mounts, task, run, { name, target, forceFull, vms });
      const summary = run.summary('Autobackup', world.cluster.name);
      const untold = await world.tell(summary, recipients);
      return resultOfRun(summary, untold, {
        ...{ what: 'backups', incomplete: 'BACKUP_INCOMPLETE' },
        message: (count) => `${count} backups are complete.`,
      });
    },
  });
}

interface Job {
  readonly name: string;
  readonly target: Target;
  readonly forceFull: boolean;
  readonly vms: readonly string[] | undefined;
}

async function runTarget(
  world: BackupWorld,
  mounts: Mounts,
  task: AnyTask,
  run: Run,
  { name, target, forceFull, vms }: Job,
): Promise<void> {
  const { clock, store } = world;
  const began = clock.monotonic();
  try {
    if (target.nodes.length > 0 && !target.nodes.includes(task.node))
      throw new DroverError('REFUSED', {
        object: `backup target ${name}`,
        reason: `it is reached from ${target.nodes.join(', ')}, and the primary is ${task.node}`,
        remedy: 'make one of them the primary, or let every coordinator reach it',
      });
    await mounts.while(
      target,
      task.signal,
      async () => {
        const failed = (vm: string, error: unknown) => run.failed(`${vm} → ${name}`, began, error);
        const chosen = await (vms === undefined
          ? selected(store, target, failed, task)
          : findVms(store, vms, failed, { signal: task.signal }));
        const space = new Space(world.directories);
        const folders = new Turns();
        await forEachOf([...chosen], VMS, async ([uuid, vm], number) => {
          const since = clock.monotonic();
          const line = `${vm} → ${name}`;
          const folder = folderOf(target, vm);
          const job = { uuid, vm, folder, target, forceFull, number, space };
          try {
            // VMs of one name have one folder.
            const how = await folders.take(folder, () => backUpOne(world, task, job));
            run.done(line, { ...how, ms: clock.monotonic() - since });
          } catch (error) {
            run.failed(line, since, error);
          }
        });
      },
      (why) => {
        if (!task.signal.aborted) run.failed(name, began, `it is still mounted: ${why}`);
      },
    );
  } catch (error) {
    run.failed(name, began, error);
  }
}

async function backUpOne(
  world: BackupWorld,
  task: AnyTask,
  job: BackupJob,
): Promise<{ readonly text: string; readonly bytes: number }> {
  const { manifest } = await whileBackedUp(world, task, job.uuid, 'cluster.autobackup', async () => {
    await world.files.makeDirectory(job.folder, 0o700);
    return await backUp(world, task, job);
  });
  return {
    text: `${manifest.type} backup ${manifest.name} (${manifest.why ?? ''}), taken ${manifest.consistency}`,
    bytes: manifest.disks.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
  };
}

/** The VMs that a tag of the target selects, by name: UUID → name. */
async function selected(
  store: Store,
  target: Target,
  failed: (vm: string, error: unknown) => void,
  { signal }: AnyTask,
): Promise<ReadonlyMap<string, string>> {
  const names = await vmNames(store, { signal });
  const found = await Promise.all(
    [...names].map(async (vm) => {
      const [uuid, name] = vm;
      try {
        const tags = await readTags(store, uuid, { signal });
        return tags.some((tag) => target.tags.includes(tag.name)) ? [vm] : [];
      } catch (error) {
        failed(name, error);
        return [];
      }
    }),
  );
  return new Map(found.flat().sort(([, one], [, other]) => (one < other ? -1 : 1)));
}
