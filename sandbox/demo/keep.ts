import { directoryOf } from '../sandbox.js';
import { consolePath } from '../index.js';
import { DROVER, type Fleet } from './fleet.js';
import { introduce } from './peers.js';
import type { World } from './world.js';

/** Lets the sandbox outlive this process, and says how to look around in it. */
export async function keep(world: World): Promise<void> {
  // A primary has changed, and what is sent was slowed down.
  await introduce(world);
  for (const fleet of world.fleets.values()) await connect(world, fleet);
  await world.sandbox.release();
  console.log(howToLookAround(world.name, consolePath(world.guest)));
}

/** A connection called like the cluster, to who serves its API now. */
async function connect(world: World, fleet: Fleet): Promise<void> {
  const server = [fleet.cluster, await fleet.address(), '-s', 'http', '-k', fleet.token];
  await world.fleet('east').drover('connection', 'add', ...server, '-d', `cluster ${fleet.cluster}`);
}

function howToLookAround(name: string, console: string): string {
  const { DROVER_SANDBOX_DIR: elsewhere } = process.env;
  const sandbox = `${elsewhere ? `DROVER_SANDBOX_DIR=${elsewhere} ` : ''}npm run --silent sandbox -- -n ${name}`;
  const inside = `${sandbox} exec east1 --`;
  return `
the sandbox stays up, in ${directoryOf(name)}; from here:

  every part, and what droverd says
    ${sandbox} status
    ${sandbox} logs east1-droverd
  the command, on a node; -c names the cluster
    ${inside} ${DROVER} -c east status
    ${inside} ${DROVER} -c west node list
    ${inside} ${DROVER} -c east vm start vm1 -w
    ${inside} ${DROVER} -c east task list --finished
  the mirror: what each side has, what changed, and the VM on the other cluster
    ${inside} ${DROVER} -c west vm mirror list
    ${inside} ${DROVER} -c east vm mirror create vm1 west
    ${inside} ${DROVER} -c east vm mirror verify vm1 west
    ${inside} ${DROVER} -c east vm mirror promote vm1 west -y
    ${inside} ${DROVER} -c west vm mirror promote vm1 east -y
    ${inside} ${DROVER} connection list -k
  the guest's console, and what libvirt and Ceph say
    ${inside} tail -n 20 ${console}
    ${inside} virsh list
    ${sandbox} exec --cluster east -- rbd ls -l vms
  the end of all
    ${sandbox} down`;
}
