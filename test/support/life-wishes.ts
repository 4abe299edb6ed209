import type { SimClock, SimStoreService, Transaction } from '../../lib/sim/index.js';

/** How long after a wish was replaced a call that was decided for it may still arrive. */
const LATE_MS = 1_500;

/** Wishes that may end a process; a guest that was asked to power off may be ended when it does not. */
const ENDING = new Set(['stop', 'delete', 'shutdown', 'restart', 'disable', 'migrate']);

/** What of a world the wishes for its VMs are read from. */
export interface Wished {
  readonly clock: SimClock;
  readonly service: SimStoreService;
  readonly vms: readonly { readonly uuid: string; readonly name: string }[];
}

/** I9: whether ending a process of this VM is what its keys ask for now, or did a moment ago. */
export function mayEnd(world: Wished, uuid: string): boolean {
  const now = world.clock.monotonic();
  const changes = stateChanges(world).filter(({ vm }) => vm.uuid === uuid);
  // Each state counts from when it was written until the next one was, and a little longer.
  return changes.some(({ state }, index) => {
    const endMs = changes[index + 1]?.atMs ?? Infinity;
    return ENDING.has(state) && endMs + LATE_MS >= now;
  });
}

interface StateChange {
  readonly vm: Wished['vms'][0];
  readonly state: string;
  readonly atMs: number;
  readonly client: string;
}

export function stateChanges(world: Wished): StateChange[] {
  return world.service.history
    .filter(({ kind }: Transaction) => kind === 'commit')
    .flatMap(({ writes, atMs, client }) =>
      writes.flatMap((write) => {
        const uuid = /^\/domains\/([^/]+)\/state$/.exec(write.path)?.[1];
        const vm = world.vms.find((one) => one.uuid === uuid);
        if (vm === undefined || (write.op !== 'set' && write.op !== 'create')) return [];
        return [{ vm, state: new TextDecoder().decode(write.data), atMs, client }];
      }),
    );
}
