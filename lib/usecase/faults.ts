import { DroverError } from '../core/index.js';
import { localTime, objectPath, readKeys, removalOf, withoutContenders } from '../tree/index.js';
import { decideAndWrite } from './decide.js';

import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** Says that somebody has seen a fault, or all of them: it takes nothing from the health any more. */
export async function acknowledge(
  world: UseCaseWorld,
  asked: Asked,
  id: string | undefined,
): Promise<string> {
  const options = { signal: asked.signal };
  for (const fault of await named(world, asked, id))
    await decideAndWrite(world, asked, async () => {
      const keys = await readKeys(
        world.store,
        'fault',
        { fault },
        ['self', 'status', 'acknowledgedTime'],
        options,
      );
      const over = !keys.has('self') || keys.value('status') === 'ack';
      const writes = over
        ? []
        : [...keys.set('status', 'ack'), ...keys.set('acknowledgedTime', localTime(world.clock.now()))];
      return { writes, result: undefined };
    });
  return id === undefined ? 'All faults are acknowledged.' : `Fault ${id} is acknowledged.`;
}

/** Deletes a fault, or all of them; one whose cause is still there comes back. */
export async function removeFault(
  world: UseCaseWorld,
  asked: Asked,
  id: string | undefined,
): Promise<string> {
  for (const fault of await named(world, asked, id))
    await decideAndWrite(world, asked, async () => {
      const writes = await removalOf(world.store, objectPath('fault', { fault }), { signal: asked.signal });
      return { writes, result: undefined };
    });
  return id === undefined ? 'All faults are deleted.' : `Fault ${id} is deleted.`;
}

async function named(world: UseCaseWorld, asked: Asked, id: string | undefined): Promise<readonly string[]> {
  const folder = await world.store.children('/faults', { signal: asked.signal });
  const all = withoutContenders(folder?.names ?? []);
  if (id === undefined) return all;
  if (all.includes(id)) return [id];
  throw new DroverError('NOT_FOUND', { object: `fault '${id}'`, reason: 'there is no such fault' });
}
