import { stateChanges } from './life-wishes.js';
import type { LifeVm, LifeWorld } from './life-world.js';

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
