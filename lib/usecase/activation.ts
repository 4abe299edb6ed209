import { DroverError } from '../core/index.js';
import { mirrorWrite, readMirror } from '../mirror/index.js';
import type { CallOptions, Store, Write } from '../ports/index.js';
import { handOver } from './guard-rails.js';

/**
 * What a wish for a VM writes that another cluster has, or had. A copy that is started, stopped or disabled by force becomes the
 * active one, of a new epoch: its source, should it come back, sends nothing here any more. REFUSED without force, while its
 * disks are of no one moment, and for one that is being handed over, by force too: it may run over there.
 */
export async function activationWrites(
  store: Store,
  { uuid, name }: { readonly uuid: string; readonly name: string },
  force: boolean,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const record = await readMirror(store, uuid, options);
  if (record === undefined || record.value.role === 'active') return [];
  const { prepared: _, ...rest } = record.value;
  const refused = (reason: string, remedy: string) =>
    new DroverError('REFUSED', { object: `VM '${name}'`, reason, remedy });
  if (rest.role !== 'mirror')
    throw refused(
      `here it is ${rest.role}: it is being handed over to another cluster`,
      `take it back first: drover vm mirror promote ${name} --reclaim`,
    );
  if (!force)
    throw refused(
      'it is the copy of a mirror',
      `${handOver({ name })}; or give force when its source is lost for good`,
    );
  if (rest.head?.state !== 'clean')
    throw refused(
      'a point was on its way into its disks: they are of no one moment',
      `roll it back to its newest snapshot first: drover vm snapshot rollback ${name} SNAPSHOT --force`,
    );
  return [mirrorWrite(uuid, { ...rest, role: 'active', epoch: rest.epoch + 1 }, record)];
}
