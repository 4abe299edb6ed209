import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { copyLimitMs, DroverError } from '../core/index.js';
import type { Whereabouts } from '../domain/index.js';
import type { ImageName, ImageSnapshot } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { objectPath, removalOf } from '../tree/index.js';
import {
  type AnyTask,
  awaitClosed,
  carryOut,
  isPublished,
  publishVolume,
  readPublicVolume,
  usersOf,
  volumeLabel,
  withData,
} from '../volume/index.js';
import { stillCopy } from './copy.js';
import { refuseOwned, type SnapshotName } from './owner.js';
import { tellVolumes, volumeSnapshotWrites } from './public-keys.js';
import { disownHead, refuseUnrest } from './rollback.js';
import {
  planRemoveVolume,
  planRenameVolume,
  planRollbackVolume,
  planTakeVolume,
  type RemoveVolumeStep,
  type RenameVolumeFacts,
  type RenameVolumeStep,
  type RollbackVolumeFacts,
  type RollbackVolumeStep,
  type TakeVolumeStep,
  type VolumeSnapshotFacts,
} from './volume-plans.js';
import type { PointWorld } from './world.js';

/** The kinds of tasks about snapshots of single volumes, beside the restore points of VMs. */
export function volumeSnapshotTasks(world: PointWorld): readonly TaskKind[] {
  return [takeTask(world), removeTask(world), renameTask(world), rollbackTask(world)];
}

/** `volume.create_snapshot`. What is of the name now and was not there before is this task's. */
function takeTask(world: PointWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.create_snapshot',
    arguments: TASK_ARGUMENTS['volume.create_snapshot'],
    where: 'any',
    async run(task) {
      const { pool, volume, snapshot } = task.args;
      const name = { pool, volume, snapshot };
      const image = { pool, name: volume };
      const options = { signal: task.signal };
      let before = (task.resume as { readonly before?: readonly string[] } | undefined)?.before;
      await alone(world, task, 'volume.create_snapshot', image, async (users) => {
        for (const user of users) await stillCopy(store, user, options);
        await carryOut<Omit<VolumeSnapshotFacts, 'id'> & { readonly ours: boolean }, TakeVolumeStep>(
          world,
          task,
          {
            name: 'volume-snapshot-take',
            read: async () => {
              const { found, told } = await look(world, name, task.signal);
              return {
                object: labelOf(name),
                found,
                told,
                ours: found !== undefined && before?.includes(found.id) === false,
              };
            },
            plan: planTakeVolume,
            executors: {
              take: async () => {
                if (before === undefined) {
                  const ids = (await storage.snapshots(image, options)).map(({ id }) => id);
                  await task.save({ before: ids });
                  before = ids;
                }
                await storage.takeSnapshot(image, snapshot, options);
              },
              tell: async ({ snapshot: { id, bytes } }) => {
                await store.commit(
                  await volumeSnapshotWrites(store, { pool, volume, name: snapshot, id, bytes }, options),
                  options,
                );
                await tellVolumes(world, [name], options);
              },
            },
          },
        );
      });
      return { ...name };
    },
  });
}

/** `volume.remove_snapshot` */
function removeTask(world: PointWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.remove_snapshot',
    arguments: TASK_ARGUMENTS['volume.remove_snapshot'],
    where: 'any',
    async run(task) {
      const { pool, volume, snapshot } = task.args;
      const name = { pool, volume, snapshot };
      const image = { pool, name: volume };
      const options = { signal: task.signal };
      const noted = notedId(task);
      await alone(world, task, 'volume.remove_snapshot', image, async () => {
        await refuseOwned(
          store,
          name,
          ({ vm }) => `remove it as a whole: drover vm snapshot remove ${vm} ${snapshot}`,
          options,
        );
        await carryOut<VolumeSnapshotFacts, RemoveVolumeStep>(world, task, {
          name: 'volume-snapshot-remove',
          read: async () => ({
            object: labelOf(name),
            ...(await look(world, name, task.signal)),
            id: noted.id,
          }),
          plan: planRemoveVolume,
          executors: {
            note: ({ id }) => noted.save({ id }),
            drop: ({ id }) => storage.dropSnapshot(image, snapshot, id, options),
            forget: async () => {
              const path = objectPath('volume-snapshot', name);
              await store.commit(await removalOf(store, path, options), options);
              await tellVolumes(world, [name], options);
            },
          },
        });
      });
      return { ...name };
    },
  });
}

/** `volume.rename_snapshot` */
function renameTask(world: PointWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.rename_snapshot',
    arguments: TASK_ARGUMENTS['volume.rename_snapshot'],
    where: 'any',
    async run(task) {
      const { pool, volume, snapshot, to } = task.args;
      const [name, renamed] = [snapshot, to].map((one) => ({ pool, volume, snapshot: one }));
      if (name === undefined || renamed === undefined || snapshot === to)
        throw new DroverError('BAD_INPUT', {
          object: labelOf({ pool, volume, snapshot }),
          reason: 'it is called so',
        });
      const image = { pool, name: volume };
      const options = { signal: task.signal };
      const noted = notedId(task);
      await alone(world, task, 'volume.rename_snapshot', image, async () => {
        await refuseOwned(
          store,
          name,
          ({ vm }) => `take another one under that name: drover vm snapshot create ${vm} ${to}`,
          options,
        );
        await carryOut<RenameVolumeFacts, RenameVolumeStep>(world, task, {
          name: 'volume-snapshot-rename',
          read: async () => {
            const [now, then] = await Promise.all([
              look(world, name, task.signal),
              look(world, renamed, task.signal),
            ]);
            return { object: labelOf(name), ...now, id: noted.id, target: then.found, targetTold: then.told };
          },
          plan: planRenameVolume,
          executors: {
            note: ({ id }) => noted.save({ id }),
            rename: ({ id }) => storage.renameSnapshot(image, snapshot, to, id, options),
            tell: async ({ snapshot: { id, bytes } }) => {
              const gone = await removalOf(store, objectPath('volume-snapshot', name), options);
              const there = await volumeSnapshotWrites(store, { pool, volume, name: to, id, bytes }, options);
              await store.commit([...gone, ...there], options);
            },
          },
        });
      });
      return { pool, volume, snapshot: to };
    },
  });
}

/** `volume.rollback_snapshot`. One disk of a restore point only with `force`: the others stay what they are (M39). */
function rollbackTask(world: PointWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.rollback_snapshot',
    arguments: TASK_ARGUMENTS['volume.rollback_snapshot'],
    where: 'any',
    async run(task) {
      const { pool, volume, snapshot, force = false } = task.args;
      const name = { pool, volume, snapshot };
      const image = { pool, name: volume };
      const options = { signal: task.signal };
      const noted = notedId<{ readonly id?: string; readonly done?: boolean }>(task);
      await alone(world, task, 'volume.rollback_snapshot', image, async (users) => {
        for (const user of users) refuseUnrest(user);
        if (!force)
          await refuseOwned(
            store,
            name,
            ({ vm }) =>
              `roll all of its disks back: drover vm snapshot rollback ${vm} ${snapshot}; or give force for this one`,
            options,
          );
        for (const user of users) await disownHead(world, user, force);
        await carryOut<RollbackVolumeFacts, RollbackVolumeStep>(world, task, {
          name: 'volume-snapshot-rollback',
          read: async () => {
            const { found } = await look(world, name, task.signal);
            const [its, keys] = await Promise.all([
              storage.image(image, options),
              readPublicVolume(store, image, options),
            ]);
            const published = keys === undefined || its === undefined || isPublished(keys, its);
            return { object: labelOf(name), found, id: noted.id, done: noted.saved.done === true, published };
          },
          plan: planRollbackVolume,
          executors: {
            note: ({ id }) => noted.save({ id }),
            'roll-back': async ({ id }) => {
              const bytes = (await storage.image(image, options))?.bytes ?? 0;
              await awaitClosed(world, image, task.signal);
              task.throwIfOver();
              const limitMs = copyLimitMs(bytes);
              await storage.rollBack(image, snapshot, id, { ...options, limitMs });
              await noted.save({ id, done: true });
            },
            publish: async () => {
              const its = await storage.image(image, options);
              if (its !== undefined) await publishVolume(store, image, its, options);
            },
          },
        });
      });
      return { ...name };
    },
  });
}

/** While no other task has the data of a VM that has the volume: no restore point is being taken either. */
async function alone(
  world: PointWorld,
  task: AnyTask,
  operation: string,
  image: ImageName,
  work: (users: readonly Whereabouts[]) => Promise<void>,
): Promise<void> {
  const { store } = world;
  const { signal } = task;
  const uuids = (await usersOf(store, image, { signal })).map(({ uuid }) => uuid);
  await withData(world, task, operation, uuids, async () => {
    if ((await world.storage.image(image, { signal })) === undefined)
      throw new DroverError('NOT_FOUND', { object: volumeLabel(image), reason: 'there is no such image' });
    await work(await usersOf(store, image, { signal }));
  });
}

/** What Ceph has of this name, and whether the public tree tells of it. */
async function look(
  { store, storage }: PointWorld,
  name: SnapshotName,
  signal: AbortSignal,
): Promise<{ readonly found: ImageSnapshot | undefined; readonly told: boolean }> {
  const [all, key] = await Promise.all([
    storage.snapshots({ pool: name.pool, name: name.volume }, { signal }),
    store.read(objectPath('volume-snapshot', name), { signal }),
  ]);
  return { found: all.find((one) => one.name === name.snapshot), told: key !== undefined };
}

/** The id that is meant, remembered over the death of an attempt. */
function notedId<S extends { readonly id?: string } = { readonly id?: string }>(task: AnyTask) {
  let saved = (task.resume ?? {}) as S;
  return {
    get saved() {
      return saved;
    },
    get id() {
      return saved.id;
    },
    save: async (next: S) => {
      await task.save(next);
      saved = next;
    },
  };
}

function labelOf({ pool, volume, snapshot }: SnapshotName): string {
  return `snapshot '${pool}/${volume}@${snapshot}'`;
}
