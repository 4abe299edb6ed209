import { DroverError } from '../core/index.js';
import { vmNames, whereabouts, type Whereabouts } from '../domain/index.js';
import type { CallOptions, ImageName, Store } from '../ports/index.js';
import { readKeys, type VmState } from '../tree/index.js';
import { volumeLabel } from './names.js';

/** Lists read at once. */
const READS = 64;

/**
 * The VMs that have a volume among theirs. TREE_UNREADABLE when the list of any VM cannot be read: it may be that one's.
 */
export async function usersOf(
  store: Store,
  { pool, name }: ImageName,
  options?: CallOptions,
): Promise<readonly Whereabouts[]> {
  const uuids = [...(await vmNames(store, options)).keys()];
  const users: Whereabouts[] = [];
  for (let at = 0; at < uuids.length; at += READS) {
    const some = await Promise.all(
      uuids.slice(at, at + READS).map(async (uuid) => {
        const keys = await readKeys(store, 'domain', { uuid }, ['volumes'], options);
        const uses = keys.value('volumes')?.some((one) => one.pool === pool && one.volume === name) ?? false;
        return uses ? await whereabouts(store, uuid, options) : undefined;
      }),
    );
    users.push(...some.filter((user) => user !== undefined));
  }
  return users;
}

/** States in which nothing is about to run, or to be made. */
const AT_REST: ReadonlySet<VmState> = new Set(['stop', 'disable', 'fail', 'mirror', 'delete']);

/** Whether a VM is down, and stays so until somebody wishes otherwise. */
export function isAtRest({ state, holders }: Pick<Whereabouts, 'state' | 'holders'>): boolean {
  return holders.length === 0 && AT_REST.has(state);
}

/** Refuses what takes the volume away from a VM: always when it is not at rest, else unless `force`. */
export function refuseUsers(
  volume: ImageName,
  users: readonly Whereabouts[],
  what: string,
  force: boolean,
): void {
  for (const user of users) {
    if (!isAtRest(user))
      throw new DroverError('REFUSED', {
        object: volumeLabel(volume),
        reason: `VM '${user.name}' has it, and is ${whatItDoes(user)}`,
        remedy: `stop the VM first: drover vm stop ${user.name}`,
      });
    if (!force)
      throw new DroverError('REFUSED', {
        object: volumeLabel(volume),
        reason: `VM '${user.name}' has it among its disks`,
        remedy: `take it out of the definition of the VM, or give force to ${what} it all the same`,
      });
  }
}

export function whatItDoes({ state, holders }: Pick<Whereabouts, 'state' | 'holders'>): string {
  return holders.length === 0 ? `in state ${state}` : `running on ${holders.join(' and ')}`;
}
