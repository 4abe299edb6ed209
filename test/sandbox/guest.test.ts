import { randomUUID } from 'node:crypto';
import t from 'tap';
import {
  chainOfDisk,
  compareChains,
  type Guest,
  makeGuestDisk,
  migrateGuest,
  readConsole,
  readImage,
  type Sandbox,
  startGuest,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { processesOf, withSandbox } from '../support/sandbox.js';

const BOOT = { limitMs: 120_000 };

/** Powers the guest off from outside and returns everything wrong with its chain. */
async function destroyAndCheck(sandbox: Sandbox, node: string, guest: Guest): Promise<string[]> {
  await sandbox.virsh(node, 'destroy', guest.name);
  const disk = chainOfDisk(await readImage(sandbox, guest.cluster, guest.name));
  return compareChains(disk, await readConsole(sandbox, guest));
}

void t.test('a guest with an RBD disk', async (t) => {
  const sandbox = await withSandbox(t, { clusters: [{ name: 'east', mgr: false }] });
  const guest: Guest = { name: 'vm1', uuid: randomUUID(), cluster: 'east' };
  await makeGuestDisk(sandbox, 'east', 'vm1');

  await t.test(
    'boots on node 1 and migrates live to node 2 while it writes, its chain unbroken',
    async (t) => {
      await startGuest(sandbox, 'east1', guest);
      const before = await waitForRecord(sandbox, guest, 20, BOOT);
      await migrateGuest(sandbox, guest, 'east1', 'east2');
      t.notMatch(await sandbox.virsh('east1', 'list', '--name'), /vm1/);
      t.match(await sandbox.virsh('east2', 'domstate', 'vm1'), /running/);
      const { hashes } = await readConsole(sandbox, guest);
      await waitForRecord(sandbox, guest, Math.max(...hashes.keys()) + 20, BOOT);
      t.ok(before < hashes.size, 'it wrote during the migration');
      t.same((await readConsole(sandbox, guest)).problems, []);
    },
  );

  await t.test('writes nothing while its agent has it frozen', async (t) => {
    await until('the guest agent', BOOT, async () => {
      await sandbox.virsh('east2', 'qemu-agent-command', 'vm1', '{"execute":"guest-ping"}');
      return true;
    });
    t.match(await sandbox.run('east2', ['virsh', 'domfsfreeze', 'vm1']), { stdout: /Froze 1 filesystem/ });
    const frozen = chainOfDisk(await readImage(sandbox, 'east', 'vm1'));
    await sandbox.rbd('east', 'snap', 'create', '--no-progress', 'vms/vm1@frozen');
    const snapshot = chainOfDisk(await readImage(sandbox, 'east', 'vm1@frozen'));
    t.same(snapshot, frozen, 'two readings while it is frozen are equal');
    t.match(await sandbox.run('east2', ['virsh', 'domfsthaw', 'vm1']), { stdout: /Thawed 1 filesystem/ });
    await waitForRecord(sandbox, guest, frozen.records.length + 5, BOOT);
  });

  await t.test('ipmitool power off kills its node whole, and power on brings the node back', async (t) => {
    const bootId = async () => (await sandbox.run('east2', ['cat', '/run/drover/boot-id'])).stdout;
    const first = await bootId();
    const ofNode = () => processesOf(sandbox.directory).filter((line) => /qemu-system|libvirtd/.test(line));
    t.equal(ofNode().length, 3, 'two libvirtd and one QEMU');
    t.match(await sandbox.faults.power('east2', 'off'), /Down\/Off/);
    t.match(await sandbox.faults.power('east2', 'status'), /is off/);
    t.equal(ofNode().length, 1, 'the libvirtd of the other node');
    await t.rejects(sandbox.run('east2', ['true']), { code: 'REFUSED' });
    t.match(await sandbox.faults.power('east2', 'on'), /Up\/On/);
    await sandbox.nodeReady('east2');
    t.not(await bootId(), first, 'a new boot');
    t.equal((await sandbox.virsh('east2', 'list', '--name')).trim(), '', 'no guest came back by itself');
  });

  await t.test('goes on after that crash on the other node where its disk ended', async (t) => {
    const { hashes, boots } = await readConsole(sandbox, guest);
    await startGuest(sandbox, 'east1', guest);
    await waitForRecord(sandbox, guest, Math.max(...hashes.keys()) + 10, BOOT);
    t.equal((await readConsole(sandbox, guest)).boots.length, boots.length + 1);
    t.same(await destroyAndCheck(sandbox, 'east1', guest), []);
  });

  await t.test('can have several disks with one chain, and no console', async (t) => {
    const two: Guest = {
      name: 'vm2',
      uuid: randomUUID(),
      cluster: 'east',
      images: ['a', 'b'],
      console: false,
    };
    await makeGuestDisk(sandbox, 'east', 'a', 16);
    await sandbox.rbd('east', 'create', '--size', '16', 'vms/b');
    await startGuest(sandbox, 'east2', two);
    await until('ten records', BOOT, async () => {
      return chainOfDisk(await readImage(sandbox, 'east', 'b')).records.length >= 10;
    });
    await sandbox.virsh('east2', 'destroy', 'vm2');
    const [a, b] = [await readImage(sandbox, 'east', 'a'), await readImage(sandbox, 'east', 'b')].map(
      chainOfDisk,
    );
    t.same([a!.problems, b!.problems], [[], []]);
    t.ok([0, 1].includes(a!.records.length - b!.records.length), 'the second is at most one record behind');
    t.same(b!.records, a!.records.slice(0, b!.records.length));
  });
});
