import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import type { ImageName } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { objectPath } from '../tree/index.js';
import { isStage, volumeLabel } from './names.js';
import { publishPool, publishVolume } from './public-keys.js';
import type { AnyTask, VolumeWorld } from './world.js';

/** Names in a result: it has a limit. */
const NAMED = 500;

/** `volume.adopt`: what Ceph has gets its public keys, and those that are there are read anew. Nothing is deleted. */
export function adoptVolumesTask(world: VolumeWorld): TaskKind {
  const { store, storage } = world;
  return defineTask({
    kind: 'volume.adopt',
    arguments: TASK_ARGUMENTS['volume.adopt'],
    where: 'any',
    async run(task) {
      const { pool, volume } = task.args;
      const { signal } = task;
      const images = (await storage.images(pool, { signal })).filter((name) => !isStage(name));
      await publishPool(store, pool, { signal });
      if (volume !== undefined) {
        await adopt(world, task, { pool, name: volume });
        return { pool, adopted: [volume], count: 1, missing: [] };
      }
      for (const [at, name] of images.entries()) {
        task.progress({ current: at, total: images.length, text: `${pool}/${name}` });
        await adopt(world, task, { pool, name });
      }
      const told = (await store.children(objectPath('pool-volumes', { pool }), { signal }))?.names ?? [];
      const missing = told.filter((name) => !images.includes(name));
      return {
        pool,
        adopted: images.slice(0, NAMED),
        count: images.length,
        missing: missing.slice(0, NAMED),
      };
    },
  });
}

async function adopt({ store, storage }: VolumeWorld, { signal }: AnyTask, name: ImageName): Promise<void> {
  const image = await storage.image(name, { signal });
  if (image === undefined)
    throw new DroverError('NOT_FOUND', { object: volumeLabel(name), reason: 'there is no such image' });
  await publishVolume(store, name, image, { signal });
}
