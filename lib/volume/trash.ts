import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, isDroverError, type Plan } from '../core/index.js';
import type { Image } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { isPublished, publishVolume, readPublicVolume } from './public-keys.js';
import { carryOut, type VolumeWorld } from './world.js';

/** Images in a result: it has a limit. */
const STAYED = 100;

/** What a restoration is planned from. Page: docs/volumes.md. */
export interface RestoreFacts {
  readonly pool: string;
  readonly id: string;
  /** The name that it had, and has again. */
  readonly name: string | undefined;
  readonly trashed: boolean;
  /** What has that name. */
  readonly image: Image | undefined;
  readonly published: boolean;
}

export type RestoreStep =
  { readonly kind: 'restore' } | { readonly kind: 'publish'; readonly name: string; readonly image: Image };

/** The first step of a restoration. STORAGE_EXISTS when another has its name by now. */
export function planRestore({ pool, id, name, trashed, image, published }: RestoreFacts): Plan<RestoreStep> {
  const object = `image ${id} in the trash of pool ${pool}`;
  if (name === undefined) throw new DroverError('NOT_FOUND', { object, reason: 'there is no such image' });
  if (trashed && image !== undefined)
    throw new DroverError('STORAGE_EXISTS', {
      object,
      reason: `its name was ${name}, and that is another image by now`,
      remedy: 'rename that one first',
    });
  if (trashed) return { do: 'step', step: { kind: 'restore' }, reason: 'it lies in the trash' };
  if (image?.id !== id)
    throw new DroverError('NOT_FOUND', { object, reason: 'it is neither there nor back under its name' });
  if (!published) return { do: 'step', step: { kind: 'publish', name, image }, reason: 'it is not told' };
  return { do: 'rest', reason: 'it is back' };
}

/** `volume.restore`: out of the trash, by the id of its image. */
export function restoreVolumeTask(world: VolumeWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.restore',
    arguments: TASK_ARGUMENTS['volume.restore'],
    where: 'any',
    async run(task) {
      const { pool, id } = task.args;
      const { signal } = task;
      let name = (task.resume as { readonly name?: string } | undefined)?.name;
      await carryOut<RestoreFacts, RestoreStep>(world, task, {
        name: 'volume-restore',
        read: async () => {
          const trashed = (await storage.trashed(pool, { signal })).find((one) => one.id === id);
          if (name === undefined && trashed !== undefined) {
            await task.save({ name: trashed.name });
            name = trashed.name;
          }
          const volume = { pool, name: name ?? '' };
          const image = name === undefined ? undefined : await storage.image(volume, { signal });
          const published =
            image !== undefined && isPublished(await readPublicVolume(store, volume, { signal }), image);
          return { pool, id, name, trashed: trashed !== undefined, image, published };
        },
        plan: planRestore,
        executors: {
          restore: () => storage.restore(pool, id, { signal }),
          publish: ({ name: back, image }) => publishVolume(store, { pool, name: back }, image, { signal }),
        },
      });
      return { pool, volume: name, id };
    },
  });
}

/** `volume.purge`: what is not protected any more goes for good. One image that stays keeps no other one. */
export function purgeTrashTask({ storage, clock }: VolumeWorld): TaskKind {
  return defineTask({
    kind: 'volume.purge',
    arguments: TASK_ARGUMENTS['volume.purge'],
    where: 'any',
    concurrency: 1,
    async run(task) {
      const { signal } = task;
      const pools =
        task.args.pool === undefined
          ? (await storage.pools({ signal })).map(({ name }) => name)
          : [task.args.pool];
      const stayed: string[] = [];
      let purged = 0;
      for (const pool of pools)
        for (const { id, name, until } of await storage.trashed(pool, { signal })) {
          if (Date.parse(until) > clock.now()) continue;
          task.progress({ current: purged, total: purged + 1, text: `${pool}/${name}` });
          task.throwIfOver();
          try {
            // Ceph looks at the protection once more.
            await storage.purge(pool, id, { signal });
            purged += 1;
          } catch (error) {
            if (!isDroverError(error, 'STORAGE_REFUSED')) throw error;
            stayed.push(`${pool}/${name} (${id}): ${error.reason}`);
          }
        }
      return { purged, ...(stayed.length === 0 ? {} : { stayed: stayed.slice(0, STAYED) }) };
    },
  });
}
