import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { nodeOfVm, whereabouts } from '../domain/index.js';
import type { Store } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { documentPath, readKeys } from '../tree/index.js';
import { shutOut } from './discard.js';
import { isAtRest, whatItDoes } from './users.js';
import { type VolumeWorld, withData } from './world.js';

/**
 * `vm.flush_locks`: nobody has the volumes of a VM open any more. A lock of RBD gives way to the next opener, and keeps
 * nobody out; it is the client that is shut out.
 */
export function flushLocksTask(world: VolumeWorld): TaskKind {
  const { store, storage, hypervisor } = world;
  return defineTask({
    kind: 'vm.flush_locks',
    arguments: TASK_ARGUMENTS['vm.flush_locks'],
    where: ({ domain }, from) => livingNodeOfVm(from, domain),
    async run(task) {
      const { domain, force = false } = task.args;
      const { signal } = task;
      const { uuid } = await whereabouts(store, domain, { signal });
      return await withData(world, task, 'vm.flush_locks', [uuid], async () => {
        const vm = await whereabouts(store, uuid, { signal });
        const object = `VM '${vm.name}'`;
        const runs =
          vm.holders.length > 0 || (await hypervisor.processes({ signal })).some((one) => one.uuid === uuid);
        // Its own process has them open: that one is stopped, not shut out.
        if (runs || (!isAtRest(vm) && !force))
          throw new DroverError('REFUSED', {
            object,
            reason: `it is ${runs ? 'running' : whatItDoes(vm)}`,
            remedy: `stop it first: drover vm stop ${vm.name}`,
          });
        const keys = await readKeys(store, 'domain', { uuid }, ['volumes'], { signal });
        const shut: string[] = [];
        for (const { pool, volume } of keys.needed('volumes')) {
          const image = { pool, name: volume };
          if ((await storage.image(image, { signal })) === undefined) continue;
          task.throwIfOver();
          shut.push(...(await shutOut(world, image, signal)));
        }
        return { uuid, shutOut: shut };
      });
    },
  });
}

/** The node that the VM belongs to; any when that one is dead: its clients are what keeps the volumes. */
async function livingNodeOfVm(store: Store, domain: string): Promise<{ readonly node: string } | 'any'> {
  const found = await nodeOfVm(store, domain);
  return (await store.read(documentPath('session', found))) === undefined ? 'any' : found;
}
