import t from 'tap';
import { isDroverError } from '../../../lib/core/index.js';
import { between, chance, type SimMachine, type SimProcess } from '../../../lib/sim/index.js';
import { portsOn, simGround, simXml } from '../../support/sim-ground.js';

const UUID = '11111111-2222-4333-8444-000000000001';
const SEEDS = 60;
const STEPS = 80;

/** What the port promises to fail with. */
const CODES = [
  ...(['CANCELLED', 'DEADLINE', 'NOT_FOUND', 'REFUSED'] as const),
  ...(['HYPERVISOR_REFUSED', 'HYPERVISOR_UNREACHABLE'] as const),
];

/**
 * Orders and faults by chance on two machines. A guest is created only while no process of it is anywhere, nor another
 * order to create it on its way.
 */
async function run(seed: number) {
  const ground = simGround(`faults ${seed}`);
  const { clock, ceph, machines, one, two } = ground;
  const random = ground.random.fork('driver');
  ceph.images.add({ pool: 'vms', name: 'vm1' }, 2 ** 26);
  const surprises: string[] = [];
  const begin = (call: Promise<unknown>) =>
    call.catch((error: unknown) => {
      if (!isDroverError(error, ...CODES)) surprises.push(String(error));
    });
  const pick = <T>(all: readonly T[]): T => all[Math.floor(between(random, 0, all.length))]!;
  const isAnywhere = () => [one, two].some((machine) => machine.processes().length > 0);
  let creator: SimProcess | undefined;
  const create = (here: SimMachine) => {
    if (isAnywhere() || (creator !== undefined && creator.state !== 'killed')) return;
    const { process, hypervisor } = portsOn(ground, here);
    creator = process;
    void begin(hypervisor.create(simXml({ uuid: UUID, name: 'vm1' }))).then(() => {
      if (creator === process) creator = undefined;
    });
  };

  const migrate = (here: SimMachine, there: SimMachine) => {
    const to = { to: `qemu+tcp://${there.address}/system`, data: `tcp://${there.address}` };
    const how = { maxDowntimeMs: 300, limitMs: between(random, 100, 20_000), bandwidthMibPerSecond: 20 };
    void begin(portsOn(ground, here).hypervisor.migrate(UUID, { ...to, ...how }));
  };
  const orders: ((here: SimMachine, there: SimMachine) => void)[] = [
    create,
    create,
    (here) => void begin(portsOn(ground, here).hypervisor.suspend(UUID)),
    (here) => void begin(portsOn(ground, here).hypervisor.resume(UUID)),
    (here) => void begin(portsOn(ground, here).hypervisor.freeze(UUID)),
    (here) => void begin(portsOn(ground, here).hypervisor.abortMigration(UUID)),
    (here) => void begin(portsOn(ground, here).hypervisor.destroy(UUID)),
    migrate,
    migrate,
    migrate,
  ];
  const faults: ((here: SimMachine) => void)[] = [
    (here) => here.stopLibvirt(),
    (here) => here.libvirt.hang(),
    (here) => here.startLibvirt(),
    (here) => here.powerOff(),
    (here) => here.powerOn(),
    (here) => here.libvirt.loseNext({ applied: chance(random, 0.5) }),
    (here) => here.guests.filter(({ alive }) => alive).forEach((guest) => pick(ends)(here, guest)),
  ];
  const ends: ((here: SimMachine, guest: SimMachine['guests'][0]) => void)[] = [
    (here, guest) => here.crash(guest),
    (here, guest) => here.powerOffGuest(guest),
    (here, guest) => here.ioError(guest),
    (_, guest) => {
      guest.hung = !guest.hung;
    },
  ];
  for (let step = 0; step < STEPS; step += 1) {
    const [here, there] = two.guests.length === 0 || chance(random, 0.2) ? [one, two] : [two, one];
    if (chance(random, 0.15)) pick(faults)(here);
    else if (here.powered) pick(orders)(here, there);
    await clock.advance(between(random, 0, 3_000));
  }
  for (const machine of [one, two]) {
    machine.powerOn();
    machine.startLibvirt();
  }
  await clock.advance(120_000);
  const listed = [one, two].map((machine) => [machine.domains().length, machine.processes().length]);
  return { surprises, listed, history: machines.history };
}

void t.test('whatever happens, a guest that is started with care never runs twice', async (t) => {
  let migrations = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { surprises, history, listed } = await run(seed);
    t.same(history.violations(), [], `seed ${seed}`);
    t.same(surprises, [], `seed ${seed}: only errors of the contract`);
    for (const [domains, processes] of listed)
      t.equal(domains, processes, `seed ${seed}: libvirt knows its own`);
    migrations += history.lifetimes.filter(
      ({ incomingOf, running }) => incomingOf && running.length > 0,
    ).length;
  }
  t.ok(migrations > SEEDS / 3, `${migrations} migrations came through`);
});
