import { DroverError, LIMITS } from '../core/index.js';
import { findVm } from '../domain/index.js';
import { documentPath, objectPath, readKeys, readRecord, removalOf } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { refuseInTheMaking, refuseMirror } from './guard-rails.js';
import { reach } from './reach.js';
import { taskDone } from './tasks.js';
import type { Asked } from './use-cases.js';
import { refuseBusy } from './vm-busy.js';
import type { UseCaseWorld } from './world.js';

/**
 * Removes a VM: wishes its end, waits until nobody holds a process of it, and only then deletes its keys and what
 * belongs to them. Its images stay, or go into the trash. When the wait ends early the wish stands, and asking again goes on from there.
 */
export async function remove(
  world: UseCaseWorld,
  asked: Asked,
  vm: string,
  { deleteDisks, force }: { readonly deleteDisks: boolean; readonly force: boolean },
): Promise<string> {
  const { store } = world;
  const options = { signal: asked.signal };
  const { uuid, name } = await decideAndWrite(world, asked, async () => {
    const found = await findVm(store, vm, options);
    const keys = await readKeys(store, 'domain', { uuid: found }, ['name', 'state'], options);
    const seen = { name: keys.needed('name'), state: keys.needed('state') };
    if (!force) {
      refuseMirror(seen, 'remove');
      refuseInTheMaking(seen);
    }
    await refuseBusy(world, asked, found, seen.name);
    return { writes: keys.set('state', 'delete'), result: { uuid: found, name: seen.name } };
  });
  await nobodyHolds(world, asked, uuid, name);
  const disks = deleteDisks ? await removeDisks(world, asked, uuid) : 'its volumes are left';
  await deleteKeys(world, asked, uuid);
  return `VM '${name}' is removed; ${disks}.`;
}

async function removeDisks(world: UseCaseWorld, asked: Asked, uuid: string): Promise<string> {
  const result = await taskDone(world, asked, 'vm.remove_volumes', { domain: uuid });
  const { removed, left } = result as {
    readonly removed: readonly string[];
    readonly left: readonly string[];
  };
  const kept = left.length === 0 ? '' : `; other VMs have ${left.join(', ')} too, which are left`;
  if (removed.length === 0) return `no volume was removed${kept}`;
  return `for 24 hours the trash has ${removed.join(', ')}${kept}`;
}

async function nobodyHolds(world: UseCaseWorld, asked: Asked, uuid: string, name: string): Promise<void> {
  const path = documentPath('run', { uuid });
  await reach(world, asked, {
    what: `the process of VM '${name}' to be gone`,
    paths: [path],
    limitMs: LIMITS.removalMs,
    look: async () => {
      const run = await readRecord(world.store, 'run', path, { signal: asked.signal });
      return run === undefined || run.value.holders.length === 0 ? true : undefined;
    },
  });
}

/** Documents about the VM that have no meaning without it. */
const DOCUMENTS = ['run', 'ops', 'policy', 'mirror'] as const;

async function deleteKeys(world: UseCaseWorld, asked: Asked, uuid: string): Promise<void> {
  const { store } = world;
  const options = { signal: asked.signal };
  const root = objectPath('domain', { uuid });
  const inside = (path: string) => path.startsWith(`${root}/snapshots/`) || path.startsWith(`${root}/tags/`);
  // What is in the VM may need several transactions. The VM itself goes with its run record, in one: a start meets both.
  for (let more = true; more;)
    more = await decideAndWrite(world, asked, async () => {
      const keys = await readKeys(store, 'domain', { uuid }, ['state', 'name'], options);
      if (!keys.has('name')) return { writes: [], result: false };
      if (keys.value('state') !== 'delete')
        throw new DroverError('REFUSED', {
          object: `VM ${uuid}`,
          reason: 'somebody has wished something else while it was being removed',
          remedy: 'ask again if it is still to be removed',
        });
      const [domain, points, ...documents] = await Promise.all([
        removalOf(store, root, options),
        // Its snapshots go on as those of its volumes, for `storage volume snapshot`.
        removalOf(store, `/drover/points/${uuid}`, options),
        ...DOCUMENTS.map((kind) => removalOf(store, documentPath(kind, { uuid }), options)),
      ]);
      const run = await readRecord(store, 'run', documentPath('run', { uuid }), options);
      if (run !== undefined && run.value.holders.length > 0)
        throw new DroverError('HELD', { object: `VM ${uuid}`, reason: 'a node has taken it meanwhile' });
      const room = LIMITS.storeTransactionOperations;
      const inner = [...domain.filter(({ path }) => inside(path)), ...points];
      const outer = [...domain.filter(({ path }) => !inside(path)), ...documents.flat()];
      return inner.length + outer.length <= room
        ? { writes: [...inner, ...outer], result: false }
        : { writes: [...inner.slice(0, room - 1), ...keys.check('state')], result: true };
    });
}
