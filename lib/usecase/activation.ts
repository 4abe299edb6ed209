import { DroverError } from '../core/index.js';
import { mirrorWrite, readMirror } from '../mirror/index.js';
import type { CallOptions, Store, Write } from '../ports/index.js';

/**
 * What makes a copy that is started, stopped or disabled by force the active one, of a new epoch: its source, should it come back, sends nothing
 * here any more. REFUSED while its disks are of no one moment.
 */
export async function activationWrites(
  store: Store,
  uuid: string,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const record = await readMirror(store, uuid, options);
  if (record === undefined) return [];
  const { prepared: _, ...rest } = record.value;
  if (rest.role !== 'mirror')
    throw new DroverError('REFUSED', {
      object: `VM ${uuid}`,
      reason: `here it is ${rest.role}: it is being handed over to another cluster`,
      remedy: 'take it back first: drover vm mirror promote VM --reclaim',
    });
  if (rest.head?.state !== 'clean')
    throw new DroverError('REFUSED', {
      object: `VM ${uuid}`,
      reason: 'a point was on its way into its disks: they are of no one moment',
      remedy: 'roll it back to its newest snapshot first: drover vm snapshot rollback VM SNAPSHOT --force',
    });
  return [mirrorWrite(uuid, { ...rest, role: 'active', epoch: rest.epoch + 1 }, record)];
}
