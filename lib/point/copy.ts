import { DroverError } from '../core/index.js';
import type { CallOptions, Store, Write } from '../ports/index.js';
import { documentPath, readRecord } from '../tree/index.js';

/**
 * The disks of a copy are of one moment only while no point comes into them. BUSY when one does, or was cut; otherwise what a
 * transaction is to be tied to that says so: whoever begins to receive writes that record first.
 */
export async function stillCopy(
  store: Store,
  { uuid, name }: { readonly uuid: string; readonly name: string },
  options?: CallOptions,
): Promise<readonly Write[]> {
  const record = await readRecord(store, 'mirror', documentPath('mirror', { uuid }), options);
  if (record?.value.role !== 'mirror') return [];
  if (record.value.head?.state === 'clean')
    return [{ op: 'check', path: record.path, version: record.version }];
  throw new DroverError('BUSY', {
    object: `VM '${name}'`,
    reason: 'it is the copy of a mirror, and a point is on its way into its disks: they are of no one moment',
    remedy: `ask again when it has arrived; if none comes any more, roll it back first: drover vm snapshot rollback ${name} SNAPSHOT --force`,
  });
}
