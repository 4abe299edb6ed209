import { describe, up } from '../index.js';
import { Fleet, installDrover } from './fleet.js';
import type { Step, World } from './world.js';

/** Two clusters, with everything that a hypervisor has. */
export const CLUSTERS: readonly Step[] = [
  { title: 'two clusters of two nodes: ZooKeeper, Ceph, libvirt, BMCs', run: bringUp },
  {
    title: 'droverd on every node of both: they elect a primary, which serves the API, and count what runs',
    run: startDaemons,
  },
];

async function bringUp(world: World): Promise<void> {
  world.started = await up(describe({ name: world.name }), {
    signal: world.signal,
    onStep: (what, seconds) => world.tell(`${seconds.toFixed(1).padStart(5)} s  ${what}`),
  });
}

async function startDaemons(world: World): Promise<void> {
  const { sandbox, signal } = world;
  await installDrover(sandbox);
  const starts = sandbox.clusters.map(({ name }) => Fleet.start(sandbox, name, signal));
  for (const fleet of await Promise.all(starts)) {
    world.fleets.set(fleet.cluster, fleet);
    world.tell(`${await fleet.primary()} leads ${fleet.cluster}`);
    // A new node takes no VMs until somebody says that it may.
    for (const node of fleet.daemons.keys()) await world.show(fleet.cluster, 'node', 'ready', node, '-w');
  }
  await world.show('east', 'node', 'list');
}
