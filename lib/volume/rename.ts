import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import {
  copySnapshotKeys,
  dropVolumeKeys,
  isPublished,
  publishVolume,
  readPublicVolume,
} from './public-keys.js';
import {
  definitionWrites,
  fromOf,
  type Renamed,
  type Renaming,
  snapshotWrites,
  staleSnapshots,
  toOf,
} from './redefine.js';
import { planRename, type RenamedFacts, type RenameFacts, type RenameStep } from './rename-plan.js';
import { isStage, volumeLabel } from './names.js';
import { refuseUsers, usersOf } from './users.js';
import { type AnyTask, carryOut, type VolumeWorld, withData } from './world.js';

/** `volume.rename`: with the definitions of the stopped VMs that have it, when the request says so. */
export function renameVolumeTask(world: VolumeWorld): TaskKind {
  const { store } = world;
  return defineTask({
    kind: 'volume.rename',
    arguments: TASK_ARGUMENTS['volume.rename'],
    where: 'any',
    async run(task) {
      const { pool, volume, to, force = false } = task.args;
      const { signal } = task;
      if (to === volume || isStage(to))
        throw new DroverError('BAD_INPUT', {
          object: volumeLabel({ pool, name: volume }),
          reason: `it cannot be called '${to}'`,
        });
      const renamed = { pool, from: volume, to };
      const users = await usersOf(store, fromOf(renamed), { signal });
      const uuids = users.map(({ uuid }) => uuid);
      await withData(world, task, 'volume.rename', uuids, async () => {
        const now = await usersOf(store, fromOf(renamed), { signal });
        refuseUsers(fromOf(renamed), now, 'rename', force);
        await renameAll(world, task, uuids, { volumes: [renamed] }, idsOf(task.resume));
      });
      return { pool, volume: to };
    },
  });
}

/** Ids of the images that are renamed, in the order of the renaming: the same when it is tried again. */
interface Resume {
  readonly ids: readonly (string | null)[];
}

export function idsOf(resume: unknown): readonly (string | null)[] | undefined {
  const { ids } = (resume ?? {}) as Partial<Resume>;
  return ids;
}

/**
 * Gives volumes, and perhaps a VM, their new names, wherever an attempt before this one has stopped. `uuids` are the VMs
 * whose keys follow; their data is this task's alone.
 */
export async function renameAll(
  world: VolumeWorld,
  task: AnyTask,
  uuids: readonly string[],
  renaming: Renaming,
  saved: readonly (string | null)[] | undefined,
): Promise<void> {
  const { store, storage } = world;
  const { signal } = task;
  const ids = saved ?? (await Promise.all(renaming.volumes.map((one) => idOf(world, one, signal))));
  if (saved === undefined) await task.save({ ...(task.resume as object | undefined), ids } satisfies Resume);

  await carryOut<RenameFacts, RenameStep>(world, task, {
    name: 'volume-rename',
    read: async () => {
      await store.sync({ signal });
      const volumes = await Promise.all(
        renaming.volumes.map((one, at) => readRenamed(world, one, ids[at] ?? undefined, signal)),
      );
      const snapshots = await Promise.all(
        uuids.map(async (uuid) =>
          (await staleSnapshots(store, uuid, renaming, { signal })).map((snapshot) => ({ uuid, snapshot })),
        ),
      );
      const stale = await Promise.all(
        uuids.map(async (uuid) => (await definitionWrites(store, uuid, renaming, { signal })).length > 0),
      );
      return {
        volumes,
        snapshots: snapshots.flat(),
        definitions: uuids.filter((_, at) => stale[at] === true),
      };
    },
    plan: planRename,
    executors: {
      image: async ({ volume: { pool, from, to } }) => {
        await storage.rename(pool, from, to, { signal });
      },
      snapshot: async ({ uuid, snapshot }) => {
        await store.commit(await snapshotWrites(store, uuid, snapshot, renaming, { signal }), { signal });
      },
      definition: async ({ uuid }) => {
        await store.commit(await definitionWrites(store, uuid, renaming, { signal }), { signal });
      },
      publish: ({ volume, image }) => publishVolume(store, toOf(volume), image, { signal }),
      drop: async ({ volume }) => {
        await copySnapshotKeys(store, volume.pool, volume.from, volume.to, { signal });
        await dropVolumeKeys(store, fromOf(volume), { signal });
      },
    },
  });
}

/** The id of the image that is meant: that under the old name, or the one that the public tree still says there. */
async function idOf(
  { store, storage }: VolumeWorld,
  one: Renamed,
  signal: AbortSignal,
): Promise<string | null> {
  const image = await storage.image(fromOf(one), { signal });
  return image?.id ?? (await readPublicVolume(store, fromOf(one), { signal }))?.id ?? null;
}

async function readRenamed(
  { store, storage }: VolumeWorld,
  one: Renamed,
  id: string | undefined,
  signal: AbortSignal,
): Promise<RenamedFacts> {
  const [fromImage, toImage, oldKeys, newKeys] = await Promise.all([
    storage.image(fromOf(one), { signal }),
    storage.image(toOf(one), { signal }),
    readPublicVolume(store, fromOf(one), { signal }),
    readPublicVolume(store, toOf(one), { signal }),
  ]);
  return {
    ...one,
    ...{ fromImage, toImage, id },
    oldKeys: oldKeys !== undefined,
    newKeys: toImage !== undefined && isPublished(newKeys, toImage),
  };
}
