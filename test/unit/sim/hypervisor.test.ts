import t from 'tap';
import type { DomainEvent } from '../../../lib/ports/index.js';
import { codeOf } from '../../support/failure.js';
import { portsOn, simGround, type SimGround, simXml } from '../../support/sim-ground.js';

const UUID = '11111111-2222-4333-8444-000000000001';
const GUEST = { uuid: UUID, name: 'vm1' };
const IMAGE = { pool: 'vms', name: 'vm1' };

/** A ground with one guest on machine one, and the ports of a process there. */
async function withGuest(seed = 'a guest') {
  const ground = simGround(seed);
  ground.ceph.images.add(IMAGE, 2 ** 26);
  const ports = portsOn(ground, ground.one);
  await ground.clock.settle(ports.hypervisor.create(simXml(GUEST)));
  return { ...ground, ...ports, ground, settle: <T>(promise: Promise<T>) => ground.clock.settle(promise) };
}

const watchersOf = ({ ceph }: SimGround) => ceph.images.get(IMAGE).watches.size;

void t.test('a killed QEMU is listed until libvirt has noticed, and watched until Ceph has', async (t) => {
  const { ground, one, clock, hypervisor, settle } = await withGuest();
  one.crash(one.guest(UUID));
  t.match(await settle(hypervisor.domain(UUID)), { state: 'running' });
  t.same(await settle(hypervisor.processes()), []);
  t.equal(await settle(codeOf(hypervisor.create(simXml(GUEST)))), 'HYPERVISOR_REFUSED', 'already active');
  await clock.advance(2_000);
  t.equal(await settle(hypervisor.domain(UUID)), undefined);
  t.equal(watchersOf(ground), 1);
  await clock.advance(30_000);
  t.equal(watchersOf(ground), 0);
});

void t.test('a guest that ends in good order closes its disks at once', async (t) => {
  const { ground, one, clock, hypervisor, settle } = await withGuest();
  const events: DomainEvent[] = [];
  void hypervisor.watch((event) => events.push(event), new AbortController().signal);
  one.powerOffGuest(one.guest(UUID));
  t.equal(watchersOf(ground), 0);
  await clock.advance(10);
  t.same(events, [
    { kind: 'gap' },
    { kind: 'lifecycle', name: 'vm1', text: 'Shutdown Finished after guest request' },
    { kind: 'lifecycle', name: 'vm1', text: 'Stopped Shutdown' },
  ]);
  t.equal(await settle(hypervisor.domain(UUID)), undefined);
});

void t.test('a guest may ignore its power button', async (t) => {
  const { one, clock, hypervisor, settle } = await withGuest();
  one.setHabits(UUID, { shutdownMs: 'ignores' });
  await settle(hypervisor.shutdown(UUID));
  await clock.advance(600_000);
  t.match(await settle(hypervisor.domain(UUID)), { state: 'running' });
  one.setHabits(UUID, { shutdownMs: 500 });
  await settle(hypervisor.shutdown(UUID));
  await clock.advance(600);
  t.equal(await settle(hypervisor.domain(UUID)), undefined);
});

void t.test('a create that is refused, lost on its way, or lost on its way back', async (t) => {
  const { one, hypervisor, settle } = await withGuest();
  const again = async () => settle(codeOf(hypervisor.create(simXml(GUEST), { limitMs: 3_000 })));
  await settle(hypervisor.destroy(UUID));
  one.refuseNextCreate('internal error: process exited');
  t.equal(await again(), 'HYPERVISOR_REFUSED');
  one.libvirt.loseNext({ applied: false });
  t.equal(await again(), 'DEADLINE');
  t.equal(await settle(hypervisor.domain(UUID)), undefined);
  one.libvirt.loseNext({ applied: true });
  t.equal(await again(), 'DEADLINE');
  t.match(await settle(hypervisor.domain(UUID)), { state: 'running' });
});

void t.test('a libvirtd that hangs does later only what somebody still wants', async (t) => {
  const { one, hypervisor, clock, settle } = await withGuest();
  one.libvirt.hang();
  t.equal(await settle(codeOf(hypervisor.destroy(UUID, { limitMs: 1_000 }))), 'DEADLINE');
  const patient = hypervisor.suspend(UUID);
  await clock.advance(1_000);
  one.startLibvirt();
  await settle(patient);
  t.match(await settle(hypervisor.domain(UUID)), { state: 'paused' });
});

void t.test('without power nothing lives, our own process least of all', async (t) => {
  const { ground, one, clock, process, hypervisor, settle } = await withGuest();
  let settled = false;
  const note = () => void (settled = true);
  hypervisor.domains().then(note, note);
  one.powerOff();
  t.equal(process.state, 'killed');
  await clock.advance(60_000);
  t.equal(settled, false);
  t.equal(one.domains().length + one.processes().length, 0);
  t.equal(watchersOf(ground), 0, 'after Ceph has noticed');
  const { boots } = one;
  one.powerOn();
  t.equal(one.boots, boots + 1);
  t.same(await settle(portsOn(ground, one).hypervisor.domains()), []);
});

void t.test('a blocked host’s guests stand with I/O errors, and new ones cannot start', async (t) => {
  const { one, two, ground, hypervisor, settle } = await withGuest();
  const { storage } = portsOn(ground, two);
  await settle(storage.block(one.address, 60));
  t.match(await settle(hypervisor.domain(UUID)), { state: 'paused', reason: 'I/O error' });
  await settle(hypervisor.destroy(UUID));
  t.equal(await settle(codeOf(hypervisor.create(simXml(GUEST)))), 'HYPERVISOR_REFUSED');
  await settle(storage.unblock(one.address));
  await settle(hypervisor.create(simXml(GUEST)));
});

void t.test('the checker', async (t) => {
  await t.test('sees a VM that is started twice', async (t) => {
    const { ground, two, machines, settle } = await withGuest();
    t.same(machines.history.violations(), []);
    await settle(portsOn(ground, two).hypervisor.create(simXml(GUEST)));
    t.match(machines.history.violations(), [/1001 on one .* and 1001 on two .* lived at once$/]);
  });

  await t.test('sees one that is started where an incoming QEMU was left', async (t) => {
    const { ground, two, machines, hypervisor, settle, clock, one } = await withGuest();
    const moving = codeOf(hypervisor.migrate(UUID, slow(two.address)));
    await clock.advance(1_000);
    two.stopLibvirt();
    t.equal(await settle(moving), 'HYPERVISOR_REFUSED');
    t.equal(two.processes().length, 1, 'nobody is there to end it');
    one.powerOff();
    one.powerOn();
    await settle(portsOn(ground, one).hypervisor.create(simXml(GUEST)));
    t.match(machines.history.violations(), [/lived at once$/]);
    two.startLibvirt();
    t.equal(two.processes().length, 0);
  });

  await t.test('counts a migration’s pair as one, unless both run', async (t) => {
    const { machines, two, hypervisor, settle } = await withGuest();
    await settle(hypervisor.migrate(UUID, fast(two.address)));
    const [source, target] = machines.history.lifetimes;
    t.ok(target!.incomingOf === source && target!.fromMs < source!.toMs, 'they were there at once');
    t.same(machines.history.violations(), []);
    source!.running[0]!.toMs = source!.toMs;
    t.match(machines.history.violations(), [/ran at once$/]);
  });
});

const fast = (address: string) => ({
  to: `qemu+tcp://${address}/system`,
  data: `tcp://${address}`,
  maxDowntimeMs: 300,
});
const slow = (address: string) => ({ ...fast(address), bandwidthMibPerSecond: 1 });

void t.test('a migration', async (t) => {
  await t.test('goes on when its asker is killed', async (t) => {
    const { ground, one, two, process, hypervisor, clock, settle } = await withGuest();
    void hypervisor.migrate(UUID, fast(two.address));
    await clock.advance(300);
    process.kill();
    const next = portsOn(ground, one);
    t.ok((await settle(next.hypervisor.migrationProgress(UUID)))!.processedBytes > 0);
    await clock.advance(5_000);
    t.equal(one.find(UUID), undefined);
    t.match(two.find(UUID)?.shown(), { state: 'running', reason: 'migrated' });
  });

  const cases: {
    title: string;
    strike: (world: SimGround) => void;
    code: string;
    /** Where its processes are afterwards. */
    left: { one: number; two: number };
  }[] = [
    {
      title: 'fails when its destination loses power',
      strike: ({ two }) => two.powerOff(),
      code: 'HYPERVISOR_REFUSED',
      left: { one: 1, two: 0 },
    },
    {
      title: 'fails when its destination’s libvirtd dies, which leaves the incoming QEMU',
      strike: ({ two }) => two.stopLibvirt(),
      code: 'HYPERVISOR_REFUSED',
      left: { one: 1, two: 1 },
    },
    {
      title: 'fails when the guest powers itself off',
      strike: ({ one }) => one.powerOffGuest(one.guest(UUID)),
      code: 'HYPERVISOR_REFUSED',
      left: { one: 0, two: 0 },
    },
    {
      title: 'fails when the guest’s disks do',
      strike: ({ one }) => one.ioError(one.guest(UUID)),
      code: 'HYPERVISOR_REFUSED',
      left: { one: 1, two: 0 },
    },
    {
      title: 'is given up by a libvirtd that was restarted',
      strike: ({ one }) => {
        one.stopLibvirt();
        one.startLibvirt();
      },
      code: 'HYPERVISOR_UNREACHABLE',
      left: { one: 1, two: 0 },
    },
    {
      title: 'is aborted at its limit when it stalls',
      strike: ({ machines }) => {
        machines.migration(UUID)!.stalled = true;
      },
      code: 'DEADLINE',
      left: { one: 1, two: 0 },
    },
  ];
  for (const { title, strike, code, left } of cases)
    await t.test(title, async (t) => {
      const { ground, one, two, machines, hypervisor, clock, settle } = await withGuest(title);
      const moving = codeOf(hypervisor.migrate(UUID, { ...slow(two.address), limitMs: 60_000 }));
      await clock.advance(1_000);
      t.equal(two.processes().length, 1);
      strike(ground);
      t.equal(await settle(moving), code);
      await clock.advance(1_000);
      t.same({ one: one.processes().length, two: two.processes().length }, left);
      t.same(machines.history.violations(), []);
    });

  await t.test('leaves nothing at its destination when its source loses power', async (t) => {
    const { one, two, hypervisor, clock } = await withGuest();
    void hypervisor.migrate(UUID, slow(two.address));
    await clock.advance(1_000);
    one.powerOff();
    await clock.advance(1_000);
    t.equal(two.processes().length, 0);
  });
});

void t.test('the same seed gives the same history', async (t) => {
  const run = async (seed: string) => {
    const { machines, two, hypervisor, settle } = await withGuest(seed);
    await settle(hypervisor.suspend(UUID));
    await settle(hypervisor.migrate(UUID, fast(two.address)));
    return JSON.stringify(machines.history.lifetimes);
  };
  t.equal(await run('seed 7'), await run('seed 7'));
  t.not(await run('seed 7'), await run('seed 8'));
});
