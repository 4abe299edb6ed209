import t from 'tap';
import {
  byKeys,
  chainOfDisk,
  compareChains,
  Droverd,
  type Guest,
  makeGuestDisk,
  readConsole,
  readImage,
  type Sandbox,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { bootsOf, qemusOn } from '../support/guest-life.js';
import { withSandbox } from '../support/sandbox.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const WITHIN = { limitMs: 60_000 };

const boots = (sandbox: Sandbox) => bootsOf(sandbox, GUEST);

const qemus = (sandbox: Sandbox, node: string) => qemusOn(sandbox, node, GUEST);

void t.test('I1 I7: whatever dies beside a VM, it runs once and goes on where it was', async (t) => {
  const sandbox = await withSandbox(t, {
    clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
  });
  await makeGuestDisk(sandbox, 'east', GUEST.name);
  const daemons = new Map<string, Droverd>();
  const start = async (node: string) => {
    daemons.set(node, await Droverd.start(sandbox, node));
  };
  t.teardown(async () => {
    for (const daemon of daemons.values()) {
      if (!t.passing()) t.comment(daemon.node, daemon.tail());
      await daemon.kill();
    }
  });
  await start('east2');
  await byKeys(sandbox, GUEST, 'define', 'east1');
  // Wished for a node that comes only later: it begins flushed, which takes no wish back.
  await byKeys(sandbox, GUEST, 'state', 'start');
  await start('east1');
  await waitForRecord(sandbox, GUEST, 5);

  await t.test(
    'its daemon is killed and held down: it runs on, and the next daemon finds it as it was',
    async (t) => {
      await daemons.get('east1')?.kill();
      const before = await waitForRecord(sandbox, GUEST, 0);
      await waitForRecord(sandbox, GUEST, before + 60);
      await start('east1');
      await saidOf(daemons, 'east1', 'it runs as wished');
      t.equal(await boots(sandbox), 1);
      t.equal(await qemus(sandbox, 'east1'), 1);
    },
  );

  await t.test('the store goes away and comes back: nothing starts, nothing ends', async (t) => {
    await sandbox.faults.signalPart('east-zk1', 'KILL');
    const before = await waitForRecord(sandbox, GUEST, 0);
    await waitForRecord(sandbox, GUEST, before + 60);
    await sandbox.faults.startPart('east-zk1');
    await waitForRecord(sandbox, GUEST, before + 80);
    await byKeys(sandbox, GUEST, 'migrate', 'east2');
    t.equal(await boots(sandbox), 1, 'and what is wished then is done');
    t.equal((await qemus(sandbox, 'east1')) + (await qemus(sandbox, 'east2')), 1);
  });

  await t.test('libvirtd is killed and comes back: the guest runs on', async (t) => {
    await sandbox.faults.signalPart('east2-libvirtd', 'KILL');
    const before = await waitForRecord(sandbox, GUEST, 0);
    await waitForRecord(sandbox, GUEST, before + 20);
    await sandbox.faults.startPart('east2-libvirtd');
    await sandbox.nodeReady('east2');
    await waitForRecord(sandbox, GUEST, before + 40);
    t.equal(await boots(sandbox), 1);
  });

  await t.test('N14: QEMU is killed: it is started again, once, and its chain goes on', async (t) => {
    const last = await waitForRecord(sandbox, GUEST, 0);
    await sandbox.faults.signalProcess('east2', `qemu-system.*${GUEST.uuid}`, 'KILL');
    await waitForRecord(sandbox, GUEST, last + 10);
    t.equal(await boots(sandbox), 2);
    t.equal(await qemus(sandbox, 'east2'), 1);
  });

  await t.test(
    'libvirtd hangs: nothing ends, the daemon lives, and what is wished is done afterwards',
    async (t) => {
      const before = await waitForRecord(sandbox, GUEST, 0);
      await sandbox.faults.signalPart('east2-libvirtd', 'STOP');
      await byKeys(sandbox, GUEST, 'state', 'restart');
      await waitForRecord(sandbox, GUEST, before + 60);
      t.equal(await boots(sandbox), 2, 'it runs on');
      t.equal(daemons.get('east2')?.code, null, 'so does the daemon');
      await sandbox.faults.signalPart('east2-libvirtd', 'CONT');
      await until(
        'the guest to be restarted',
        { limitMs: 120_000 },
        async () => (await boots(sandbox)) === 3,
      );
      await waitForRecord(sandbox, GUEST, (await waitForRecord(sandbox, GUEST, 0)) + 10);
      t.equal(await qemus(sandbox, 'east2'), 1);
    },
  );

  await t.test('the guest powers itself off: it is started again', async (t) => {
    const last = await waitForRecord(sandbox, GUEST, 0);
    await sandbox.virsh('east2', 'shutdown', GUEST.uuid);
    await waitForRecord(sandbox, GUEST, last + 10, { limitMs: 120_000 });
    await until('another boot', { limitMs: 120_000 }, async () => (await boots(sandbox)) === 4);
    t.equal(await qemus(sandbox, 'east2'), 1);
  });

  await t.test('it is destroyed from outside: it is started again', async (t) => {
    const last = await waitForRecord(sandbox, GUEST, 0);
    await sandbox.virsh('east2', 'destroy', GUEST.uuid);
    await waitForRecord(sandbox, GUEST, last + 10);
    await until('another boot', { limitMs: 120_000 }, async () => (await boots(sandbox)) === 5);
    t.equal(await qemus(sandbox, 'east2'), 1);
  });

  await byKeys(sandbox, GUEST, 'shutdown');
  t.equal((await qemus(sandbox, 'east1')) + (await qemus(sandbox, 'east2')), 0);
  const disk = chainOfDisk(await readImage(sandbox, 'east', GUEST.name));
  t.same(compareChains(disk, await readConsole(sandbox, GUEST)), [], 'the hash chain of the guest is whole');
});

async function saidOf(daemons: ReadonlyMap<string, Droverd>, node: string, text: string): Promise<void> {
  await until(`${node} to say "${text}"`, WITHIN, () =>
    Promise.resolve(daemons.get(node)?.lines.some(({ msg }) => msg === text) ?? false),
  );
}
