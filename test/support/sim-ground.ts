import {
  SimBmc,
  SimCeph,
  SimClock,
  type SimMachine,
  SimMachines,
  SimPower,
  SimRandom,
} from '../../lib/sim/index.js';

/** Two machines with BMCs and one Ceph cluster, all simulated; everything follows from the seed. */
export interface SimGround {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly ceph: SimCeph;
  readonly machines: SimMachines;
  readonly one: SimMachine;
  readonly two: SimMachine;
  readonly bmcs: readonly [SimBmc, SimBmc];
}

export function simGround(seed: number | string): SimGround {
  const random = new SimRandom(seed);
  const clock = new SimClock({ random: random.fork('ties') });
  const ceph = new SimCeph({ clock, random: random.fork('ceph') });
  const machines = new SimMachines({ clock, random: random.fork('machines'), ceph });
  const one = machines.add('one', '198.18.0.1');
  const two = machines.add('two', '198.18.0.2');
  const bmc = (machine: SimMachine) =>
    new SimBmc(clock, random.fork(`bmc ${machine.name}`), machine, {
      ...{ host: `${machine.name}-bmc`, port: 623, user: 'fence', password: 's3cret' },
    });
  return { clock, random, ceph, machines, one, two, bmcs: [bmc(one), bmc(two)] };
}

/** What processes on a machine of this ground have: a new one for each call. */
export function portsOn(ground: SimGround, machine: SimMachine) {
  const process = ground.clock.process(`droverd on ${machine.name}`);
  return {
    process,
    hypervisor: ground.machines.hypervisor(machine, process),
    storage: ground.ceph.storage(process, machine.address),
    power: new SimPower(process, ground.bmcs),
  };
}

/** A domain with one disk, as far as the simulation reads it. */
export function simXml(guest: { uuid: string; name: string; image?: string; agent?: boolean }): string {
  const { uuid, name, image = name, agent = true } = guest;
  return `<domain type='qemu'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <memory unit='MiB'>96</memory>
  <devices>
    <disk type='network' device='disk'>
      <source protocol='rbd' name='vms/${image}'><host name='198.18.0.10' port='6789'/></source>
      <target dev='vda' bus='virtio'/>
    </disk>
    ${agent ? "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>" : ''}
  </devices>
</domain>
`;
}
