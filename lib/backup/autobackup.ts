import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, forEachOf, messageOf, Turns } from '../core/index.js';
import { findVm, vmNames } from '../domain/index.js';
import { readTags } from '../point/index.js';
import type { Store } from '../ports/index.js';
import { defineTask, resultOfRun, type RunLine, type TaskKind } from '../task/index.js';
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
      const startedAt = world.clock.now();
      const chosen =
        wanted === undefined ? Object.entries(world.targets) : [[wanted, targetOf(world, wanted)] as const];
      const lines: RunLine[] = [];
      for (const [name, target] of chosen)
        lines.push(...(await runTarget(world, mounts, task, { name, target, forceFull, vms })));
      const summary = {
        what: 'Autobackup',
        cluster: world.cluster.name,
        task: task.id,
        startedAt,
        endedAt: world.clock.now(),
        lines,
      };
      const untold = await world.tell(summary, recipients);
      return resultOfRun(summary, untold, {
        ...{ what: 'backups', incomplete: 'BACKUP_INCOMPLETE' },
        message: (count) => `${count} backups are complete.`,
      });
    },
  });
}

interface Run {
  readonly name: string;
  readonly target: Target;
  readonly forceFull: boolean;
  readonly vms: readonly string[] | undefined;
}

async function runTarget(
  world: BackupWorld,
  mounts: Mounts,
  task: AnyTask,
  { name, target, forceFull, vms }: Run,
): Promise<readonly RunLine[]> {
  const { clock, store } = world;
  const began = clock.monotonic();
  const lines: RunLine[] = [];
  const failed = (object: string, error: unknown, since: number) => {
    // A run that is over ends; whatever else happens to one VM is that VM's line.
    if (task.signal.aborted) throw error;
    lines.push({ object, ok: false, text: messageOf(error), ms: clock.monotonic() - since, bytes: 0 });
  };
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
        const chosen =
          vms === undefined
            ? await selected(store, target, task.signal)
            : await wished(store, vms, task.signal, (vm, error) => failed(`${vm} → ${name}`, error, began));
        const space = new Space(world.directories);
        const folders = new Turns();
        await forEachOf(chosen, VMS, async ({ uuid, vm }, number) => {
          const since = clock.monotonic();
          const folder = folderOf(target, vm);
          const job = { uuid, vm, folder, target, forceFull, number, space };
          try {
            // VMs of one name have one folder.
            lines.push(await folders.take(folder, () => backUpOne(world, task, name, job, since)));
          } catch (error) {
            failed(`${vm} → ${name}`, error, since);
          }
        });
      },
      (why) => lines.push({ object: name, ok: false, text: `it is still mounted: ${why}`, ms: 0, bytes: 0 }),
    );
  } catch (error) {
    failed(name, error, began);
  }
  return lines.sort((one, other) => (one.object < other.object ? -1 : 1));
}

async function backUpOne(
  world: BackupWorld,
  task: AnyTask,
  target: string,
  job: BackupJob,
  since: number,
): Promise<RunLine> {
  const { uuid, vm, folder } = job;
  const { manifest } = await whileBackedUp(world, task, uuid, 'cluster.autobackup', async () => {
    await world.files.makeDirectory(folder, 0o700);
    return await backUp(world, task, job);
  });
  const bytes = manifest.disks.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
  const text = `${manifest.type} backup ${manifest.name} (${manifest.why ?? ''}), taken ${manifest.consistency}`;
  return { object: `${vm} → ${target}`, ok: true, text, ms: world.clock.monotonic() - since, bytes };
}

interface Chosen {
  readonly uuid: string;
  readonly vm: string;
}

/** The VMs that a tag of the target selects, by name. */
async function selected(store: Store, target: Target, signal: AbortSignal): Promise<readonly Chosen[]> {
  const names = await vmNames(store, { signal });
  const found = await Promise.all(
    [...names].map(async ([uuid, vm]) => {
      const tags = await readTags(store, uuid, { signal });
      return tags.some((tag) => target.tags.includes(tag.name)) ? [{ uuid, vm }] : [];
    }),
  );
  return found.flat().sort((one, other) => (one.vm < other.vm ? -1 : 1));
}

/** The VMs that were asked for by name or UUID, each once; what is none is told. */
async function wished(
  store: Store,
  vms: readonly string[],
  signal: AbortSignal,
  failed: (vm: string, error: unknown) => void,
): Promise<readonly Chosen[]> {
  const names = await vmNames(store, { signal });
  const chosen = new Map<string, Chosen>();
  for (const wish of vms)
    try {
      const uuid = await findVm(store, wish, { signal });
      chosen.set(uuid, { uuid, vm: names.get(uuid) ?? wish });
    } catch (error) {
      failed(wish, error);
    }
  return [...chosen.values()];
}
