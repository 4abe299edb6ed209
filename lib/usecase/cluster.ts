import { readKeys } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** Begins or ends maintenance: no fencing and no new faults. */
export function setMaintenance(world: UseCaseWorld, asked: Asked, on: boolean): Promise<string> {
  return decideAndWrite(world, asked, async () => {
    const keys = await readKeys(world.store, 'cluster', {}, ['maintenance'], { signal: asked.signal });
    // Before it was ever set, nothing stands for false.
    const writes = on || keys.value('maintenance') === true ? keys.set('maintenance', on) : [];
    return { writes, result: on ? 'The cluster is in maintenance.' : 'The cluster is not in maintenance.' };
  });
}
