import { DroverError } from '../core/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import { documentPath, readKeys, readRecord, type VmState } from '../tree/index.js';
import { findVm } from './find-vm.js';

/** Where a VM is. */
export interface Whereabouts {
  readonly uuid: string;
  readonly name: string;
  readonly state: VmState;
  /** The node that the VM belongs to, by its key. */
  readonly home: string;
  /** The nodes that have, or are about to have, a process of it; none when it does not run. */
  readonly holders: readonly string[];
}

/** Where a VM is that is named by its UUID or name. NOT_FOUND, or TREE_UNREADABLE for a key that cannot be read. */
export async function whereabouts(store: Store, vm: string, options?: CallOptions): Promise<Whereabouts> {
  const uuid = await findVm(store, vm, options);
  const [keys, run] = await Promise.all([
    readKeys(store, 'domain', { uuid }, ['name', 'state', 'node'], options),
    readRecord(store, 'run', documentPath('run', { uuid }), options),
  ]);
  return {
    uuid,
    name: keys.needed('name'),
    state: keys.needed('state'),
    home: keys.needed('node') ?? '',
    holders: (run?.value.holders ?? []).map(({ node }) => node),
  };
}

/** The node that has to do something with a VM: the one that runs it, else the one it belongs to. */
export async function nodeOfVm(
  store: Store,
  vm: string,
  options?: CallOptions,
): Promise<{ readonly node: string }> {
  const { name, home, holders } = await whereabouts(store, vm, options);
  const [node = home] = holders;
  if (node !== '') return { node };
  throw new DroverError('REFUSED', {
    object: `VM '${name}'`,
    reason: 'it belongs to no node',
    remedy: 'move it to one',
  });
}
