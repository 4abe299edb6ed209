import type { Transaction } from '../../lib/sim/index.js';
import type { LifeVm, LifeWorld } from './life-world.js';

/** How long after a wish was replaced a call that was decided for it may still arrive. */
const LATE_MS = 1_500;

/** Wishes that may end a process; a guest that was asked to power off may be ended when it does not. */
const ENDING = new Set(['stop', 'delete', 'shutdown', 'restart', 'disable', 'migrate']);

/** The states in which something is still to be done. */
const ON_THE_WAY = new Set(['restart', 'shutdown', 'migrate', 'migrate-live', 'unmigrate', 'delete']);

/** What must never have been, by what really happened: processes and transactions, not what the daemons believe. */
export function neverBeen(world: LifeWorld): string[] {
  return [
    ...world.machines.history.violations(),
    ...falseStops(world),
    ...world.hosts.flatMap((host) => host.wrong),
  ];
}

/** I10: `stop` is reported only when no process is left. */
function falseStops(world: LifeWorld): string[] {
  return stateChanges(world).flatMap(({ vm, state, atMs, client }) => {
    if (state !== 'stop' || client.startsWith('operator')) return [];
    return world.machines.history.lifetimes
      .filter((life) => life.uuid === vm.uuid && life.fromMs < atMs && life.toMs > atMs)
      .map(
        (life) =>
          `${client} reported ${vm.name} stopped at ${atMs} while process ${life.pid} lived on ${life.node}`,
      );
  });
}

/** I9: whether ending a process of this VM is what its keys ask for now, or did a moment ago. */
export function mayEnd(world: LifeWorld, uuid: string): boolean {
  const now = world.clock.monotonic();
  const changes = stateChanges(world).filter(({ vm }) => vm.uuid === uuid);
  // Each state counts from when it was written until the next one was, and a little longer.
  return changes.some(({ state }, index) => {
    const endMs = changes[index + 1]?.atMs ?? Infinity;
    return ENDING.has(state) && endMs + LATE_MS >= now;
  });
}

interface StateChange {
  readonly vm: LifeVm;
  readonly state: string;
  readonly atMs: number;
  readonly client: string;
}

export function stateChanges(world: LifeWorld): StateChange[] {
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

/** I7: why the VM is not as wished; undefined when it is, or says why not. */
export function notAsWished(world: LifeWorld, vm: LifeVm): string | undefined {
  const state = world.text(`/domains/${vm.uuid}/state`);
  const node = world.text(`/domains/${vm.uuid}/node`);
  const running = world.running(vm);
  const where = running.map(({ host, guest }) => `${host.node} (${guest.state})`).join(', ') || 'nowhere';
  const wrong = `${vm.name} shall be ${state ?? 'undefined'} on ${node ?? 'no node'} and runs ${where}`;
  if (state === undefined) return undefined;
  if (ON_THE_WAY.has(state)) return wrong;
  if (state === 'start') {
    const one = running.length === 1 && running[0]?.host.node === node;
    const paused = running.some(({ guest }) => guest.state === 'paused');
    return one || paused ? undefined : wrong;
  }
  if (state === 'fail') {
    const says = (world.text(`/domains/${vm.uuid}/failedreason`) ?? '') !== '';
    return says && running.length === 0 ? undefined : `${wrong}; its reason is missing`;
  }
  if (['stop', 'disable', 'mirror'].includes(state)) return running.length === 0 ? undefined : wrong;
  // Garbage: the VM is left alone.
  return undefined;
}
