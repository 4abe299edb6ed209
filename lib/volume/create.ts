import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { copyLimitMs, DroverError } from '../core/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { make } from './make.js';
import { isStage, volumeLabel } from './names.js';
import { checkSpace } from './space.js';
import type { VolumeWorld } from './world.js';

/** Copies at once on one node: more would only share the same OSDs. */
const COPIES = 2;

/** `volume.create`: an empty volume of exactly so many bytes. */
export function createVolumeTask(world: VolumeWorld): TaskKind {
  const { storage } = world;
  return defineTask({
    kind: 'volume.create',
    arguments: TASK_ARGUMENTS['volume.create'],
    where: 'any',
    async run(task) {
      const { pool, volume, bytes, force = false } = task.args;
      const name = checkedName(pool, volume);
      const { id } = await make(world, task, name, async (stage) => {
        await checkSpace(storage, name, bytes, force, { signal: task.signal });
        await storage.create(stage, bytes, { signal: task.signal });
      });
      return { pool, volume, id, bytes };
    },
  });
}

/** `volume.clone`: another volume with the same data. */
export function cloneVolumeTask(world: VolumeWorld): TaskKind {
  const { storage } = world;
  return defineTask({
    kind: 'volume.clone',
    arguments: TASK_ARGUMENTS['volume.clone'],
    where: 'any',
    concurrency: COPIES,
    async run(task) {
      const { pool, volume, to, force = false } = task.args;
      const { signal } = task;
      const from = { pool, name: volume };
      const name = checkedName(pool, to);
      const { id, bytes } = await make(world, task, name, async (stage) => {
        const source = await storage.image(from, { signal });
        if (source === undefined)
          throw new DroverError('NOT_FOUND', { object: volumeLabel(from), reason: 'there is no such image' });
        const [watcher] = await storage.watchers(from, { signal });
        if (watcher !== undefined && !force)
          throw new DroverError('REFUSED', {
            object: volumeLabel(from),
            reason: `${watcher.address} has it open: a copy would have blocks of different moments`,
            remedy: 'stop the VM, or give force',
          });
        await checkSpace(storage, name, source.bytes, force, { signal });
        task.progress({ current: 0, total: 1, text: `copying ${pool}/${volume}` });
        const limitMs = copyLimitMs(source.bytes);
        await storage.copy(from, stage, { signal, limitMs });
      });
      return { pool, volume: to, id, bytes };
    },
  });
}

/** BAD_INPUT for a name under which volumes are made. */
function checkedName(pool: string, name: string): { readonly pool: string; readonly name: string } {
  if (!isStage(name)) return { pool, name };
  throw new DroverError('BAD_INPUT', {
    object: volumeLabel({ pool, name }),
    reason: 'names that begin like this are of volumes that are being made',
    remedy: 'choose another name',
  });
}
