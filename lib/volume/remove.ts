import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, LIMITS, type Plan } from '../core/index.js';
import { whereabouts } from '../domain/index.js';
import type { Image, ImageName } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { readKeys } from '../tree/index.js';
import { awaitClosed } from './discard.js';
import { volumeLabel } from './names.js';
import { dropVolumeKeys, readPublicVolume } from './public-keys.js';
import { isAtRest, refuseUsers, usersOf, whatItDoes } from './users.js';
import { type AnyTask, carryOut, type VolumeWorld, withData } from './world.js';

/** What a removal is planned from. Page: docs/volumes.md. */
export interface RemoveFacts {
  readonly volume: ImageName;
  /** The image that has the name. */
  readonly image: Image | undefined;
  /** The id of the image that is to go, once it is known. */
  readonly id: string | undefined;
  readonly told: boolean;
}

export type RemoveStep =
  | { readonly kind: 'note'; readonly id: string }
  | { readonly kind: 'trash'; readonly id: string }
  | { readonly kind: 'drop' };

/** The first step of a removal: it is known by its id before it goes. */
export function planRemove({ volume, image, id, told }: RemoveFacts): Plan<RemoveStep> {
  if (image !== undefined && id === undefined)
    return { do: 'step', step: { kind: 'note', id: image.id }, reason: 'it is to go' };
  if (image !== undefined && image.id === id)
    return { do: 'step', step: { kind: 'trash', id: image.id }, reason: 'it is to go' };
  if (image !== undefined) return { do: 'rest', reason: `${volume.name} is another image by now` };
  if (told) return { do: 'step', step: { kind: 'drop' }, reason: 'it is told and is no more' };
  return { do: 'rest', reason: 'it is gone' };
}

/** `volume.remove`: into the trash, where it is protected for 24 hours. */
export function removeVolumeTask(world: VolumeWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.remove',
    arguments: TASK_ARGUMENTS['volume.remove'],
    where: 'any',
    async run(task) {
      const { pool, volume: name, id: meant, force = false } = task.args;
      const { signal } = task;
      const volume = { pool, name };
      const users = await usersOf(store, volume, { signal });
      const uuids = users.map(({ uuid }) => uuid);
      const saved = (task.resume as { readonly id?: string } | undefined)?.id;
      const gone = await withData(world, task, 'volume.remove', uuids, async () => {
        refuseUsers(volume, await usersOf(store, volume, { signal }), 'remove', force);
        const image = await storage.image(volume, { signal });
        const told = await readPublicVolume(store, volume, { signal });
        if (image === undefined && told === undefined && saved === undefined)
          throw new DroverError('NOT_FOUND', {
            object: volumeLabel(volume),
            reason: 'there is no such volume',
          });
        if (meant !== undefined && image !== undefined && image.id !== meant && saved === undefined)
          throw new DroverError('REFUSED', {
            object: volumeLabel(volume),
            reason: `it is image ${image.id}, not ${meant}`,
            remedy: 'look at the volume again',
          });
        return await removeVolume(world, task, volume, saved, (id) => task.save({ id }));
      });
      return { pool, volume: name, ...(gone === undefined ? {} : { id: gone, keptMs: LIMITS.trashKeptMs }) };
    },
  });
}

/** `vm.remove_volumes`: those that no other VM has. What is gone already is fine. */
export function removeVmVolumesTask(world: VolumeWorld): TaskKind {
  const { store } = world;
  return defineTask({
    kind: 'vm.remove_volumes',
    arguments: TASK_ARGUMENTS['vm.remove_volumes'],
    where: 'any',
    async run(task) {
      const { signal } = task;
      const { uuid } = await whereabouts(store, task.args.domain, { signal });
      return await withData(world, task, 'vm.remove_volumes', [uuid], async () => {
        const vm = await whereabouts(store, uuid, { signal });
        if (!isAtRest(vm) || vm.state !== 'delete')
          throw new DroverError('REFUSED', {
            object: `VM '${vm.name}'`,
            reason: `it is ${whatItDoes(vm)}, and not being removed`,
          });
        return { uuid, ...(await removeVolumesOf(world, task, uuid)) };
      });
    },
  });
}

/**
 * Moves the volumes of a VM that rests into the trash, those that no other VM has; what is gone already is fine. Its data has
 * to be the task's.
 */
export async function removeVolumesOf(
  world: VolumeWorld,
  task: AnyTask,
  uuid: string,
): Promise<{ readonly removed: readonly string[]; readonly left: readonly string[] }> {
  const { store, storage } = world;
  const options = { signal: task.signal };
  const keys = await readKeys(store, 'domain', { uuid }, ['volumes'], options);
  const [removed, left]: [string[], string[]] = [[], []];
  for (const { pool, volume } of keys.needed('volumes')) {
    const name = { pool, name: volume };
    const others = (await usersOf(store, name, options)).filter((user) => user.uuid !== uuid);
    if (others.length > 0) {
      left.push(`${pool}/${volume}`);
      continue;
    }
    // A QEMU that was killed is seen for a while.
    if ((await storage.image(name, options)) !== undefined) await awaitClosed(world, name, task.signal);
    await removeVolume(world, task, name, undefined, () => Promise.resolve());
    removed.push(`${pool}/${volume}`);
  }
  return { removed, left };
}

/** Moves one volume into the trash and drops its keys. Returns the id of its image, if there was one. */
async function removeVolume(
  { store, storage, ...rest }: VolumeWorld,
  task: AnyTask,
  volume: ImageName,
  saved: string | undefined,
  save: (id: string) => Promise<void>,
): Promise<string | undefined> {
  const { signal } = task;
  let id = saved;
  await carryOut<RemoveFacts, RemoveStep>({ store, storage, ...rest }, task, {
    name: 'volume-remove',
    read: async () => ({
      ...{ volume, id },
      image: await storage.image(volume, { signal }),
      told: (await readPublicVolume(store, volume, { signal })) !== undefined,
    }),
    plan: planRemove,
    executors: {
      note: async (step) => {
        await save(step.id);
        id = step.id;
      },
      trash: async (step) => {
        await storage.trash(volume, LIMITS.trashKeptMs / 1_000, { signal, id: step.id });
      },
      drop: () => dropVolumeKeys(store, volume, { signal }),
    },
  });
  return id;
}
