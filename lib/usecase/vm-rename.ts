import { findVm } from '../domain/index.js';
import { taskDone } from './tasks.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** Gives a stopped VM another name, and its volumes and snapshots with it. */
export async function rename(world: UseCaseWorld, asked: Asked, vm: string, name: string): Promise<string> {
  const uuid = await findVm(world.store, vm, { signal: asked.signal });
  const result = await taskDone(world, asked, 'vm.rename', { domain: uuid, name });
  const { volumes } = result as { readonly volumes: readonly string[] };
  const with_ = volumes.length === 0 ? '' : `, and its volumes ${volumes.join(', ')}`;
  return `VM '${vm}' is now '${name}'${with_}.`;
}
