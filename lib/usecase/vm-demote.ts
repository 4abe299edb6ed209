import { findVm } from '../domain/index.js';
import { mirrorWrite, readMirror } from '../mirror/index.js';
import { documentPath, readKeys, readRecord } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { refuse } from './guard-rails.js';
import type { Asked } from './use-cases.js';
import { refuseBusy } from './vm-busy.js';
import type { UseCaseWorld } from './world.js';

/** A VM that is to become a copy does not run, and nobody wants it to. */
const STILL: ReadonlySet<string> = new Set(['stop', 'disable', 'fail']);

/**
 * Makes the active one of this cluster a copy, for a former source that was succeeded while it was away (M49): it takes points
 * of whoever has the VM now. What its disks hold beyond the newest point that both have is given up when the first one comes.
 */
export async function demote(world: UseCaseWorld, asked: Asked, vm: string): Promise<string> {
  const { store } = world;
  const options = { signal: asked.signal };
  return await decideAndWrite(world, asked, async () => {
    const uuid = await findVm(store, vm, options);
    const keys = await readKeys(store, 'domain', { uuid }, ['name', 'state'], options);
    const seen = { name: keys.needed('name'), state: keys.needed('state') };
    const record = await readMirror(store, uuid, options);
    const { role = 'active', epoch = 0 } = record?.value ?? {};
    if (role === 'mirror' && seen.state === 'mirror')
      return { writes: [], result: `VM '${seen.name}' is a copy already.` };
    if (role !== 'active')
      throw refuse(
        seen,
        `here it is ${role}: it is being handed over to another cluster`,
        `let that end, or take it back: drover vm mirror promote ${seen.name} --reclaim`,
      );
    if (!STILL.has(seen.state))
      throw refuse(
        seen,
        `its state is ${seen.state}, and only a VM that does not run can become a copy`,
        `stop it first: drover vm stop ${seen.name}`,
      );
    await refuseBusy(world, asked, uuid, seen.name);
    const path = documentPath('run', { uuid });
    const run = await readRecord(store, 'run', path, options);
    const [holder] = run?.value.holders ?? [];
    if (holder !== undefined) throw refuse(seen, `${holder.node} still has a process of it`);
    const { promote: _p, prepared: _q, activated: _a, source: _s, ...rest } = record?.value ?? {};
    return {
      writes: [
        ...keys.set('state', 'mirror'),
        mirrorWrite(uuid, { ...rest, role: 'mirror', epoch, head: { state: 'dirty' } }, record),
        // Tied to what has not begun: a start takes this very record.
        ...(run === undefined ? [] : [{ op: 'check', path, version: run.version } as const]),
      ],
      result: `VM '${seen.name}' is a copy now; it takes points of the cluster that has the active one.`,
    };
  });
}
