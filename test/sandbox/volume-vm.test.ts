import t from 'tap';
import {
  chainOfDisk,
  compareChains,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  readConsole,
  readImage,
  waitForRecord,
} from '../../sandbox/index.js';
import { does, drover, served } from '../support/drover-command.js';
import { withSandbox } from '../support/sandbox.js';

const NODE = 'east1';
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };

const sandbox = await withSandbox(t, {
  clusters: [{ name: 'east', nodes: 1, zookeeper: 1, ceph: true, mgr: false }],
});
const daemon = await Droverd.start(sandbox, NODE, { api: true });
t.teardown(() => daemon.kill());
await served(sandbox, NODE);

const names = async () => (await sandbox.rbd('east', 'ls', 'vms')).split('\n').filter(Boolean).sort();

void t.test(
  'a running VM sees its disk grow; stopped it is renamed, and runs on from its own disk',
  async (t) => {
    await makeGuestDisk(sandbox, 'east', GUEST.name);
    await sandbox.rbd('east', 'create', '--size', '16M', 'vms/data');
    await sandbox.run(NODE, ['sh', '-c', 'cat > /tmp/vm1.xml'], {
      input: guestXml(sandbox.cluster('east'), GUEST),
    });
    await does(t, sandbox, NODE, 'vm', 'define', '/tmp/vm1.xml', '-t', NODE);
    await does(t, sandbox, NODE, 'storage', 'volume', 'scan', 'vms', 'vm1');
    await does(t, sandbox, NODE, 'vm', 'start', 'vm1', '--wait');
    const before = await waitForRecord(sandbox, GUEST, 5);
    const taken = await drover(sandbox, NODE, 'storage', 'volume', 'remove', 'vms', 'vm1', '-y', '--force');
    t.match(taken, { code: 1, stderr: /running on east1/ }, 'not under a running VM, whatever is said');
    await does(t, sandbox, NODE, 'storage', 'volume', 'resize', 'vms', 'vm1', '96M', '-y', '--force');
    const seen = await sandbox.virsh(NODE, 'domblkinfo', 'vm1', 'vda');
    t.match(seen, /Capacity:\s+100663296/, 'QEMU has the new size');
    await waitForRecord(sandbox, GUEST, before + 5);
    const disk = /<disk[^]*?<\/disk>/.exec(guestXml(sandbox.cluster('east'), GUEST))?.[0] ?? '';
    const more = disk.replace('vms/vm1', 'vms/data').replace('vda', 'vdb');
    const device = (xml: string) => JSON.stringify({ domain: 'vm1', xml });
    await does(t, sandbox, NODE, 'task', 'request', 'vm.device_attach', device(more));
    t.match(await sandbox.virsh(NODE, 'domblklist', 'vm1'), /vdb +vms\/data/);
    const twice = await drover(
      sandbox,
      NODE,
      ...['task', 'request', 'vm.device_attach', device(more.replace('vdb', 'vdc'))],
    );
    t.match(twice, { code: 1, stdout: /has it open/ }, 'N14 an image is opened once');
    await does(t, sandbox, NODE, 'task', 'request', 'vm.device_detach', device(more));
    t.notMatch(await sandbox.virsh(NODE, 'domblklist', 'vm1'), /vdb/);

    const moved = await drover(sandbox, NODE, 'vm', 'rename', 'vm1', 'web', '-y');
    t.match(moved, { code: 1, stderr: /only a stopped VM/ });

    await does(t, sandbox, NODE, 'vm', 'stop', 'vm1', '-y', '--wait');
    await does(t, sandbox, NODE, 'vm', 'flush-locks', 'vm1');
    await does(t, sandbox, NODE, 'vm', 'rename', 'vm1', 'web', '-y');
    t.ok((await names()).includes('web'));
    const { records } = chainOfDisk(await readImage(sandbox, 'east', 'web'));
    await does(t, sandbox, NODE, 'vm', 'start', 'web', '--wait');
    // The console's file goes by the definition, and that names it as before.
    await waitForRecord(sandbox, GUEST, records.length + 5);
    await does(t, sandbox, NODE, 'vm', 'stop', 'web', '-y', '--wait');
    const chain = chainOfDisk(await readImage(sandbox, 'east', 'web'));
    t.same(
      compareChains(chain, await readConsole(sandbox, GUEST)),
      [],
      'M21 N3 nothing of the guest is lost',
    );

    await does(t, sandbox, NODE, 'vm', 'remove', 'web', '-y', '--delete-disks');
    t.notOk((await names()).includes('web'));
    t.match(await sandbox.rbd('east', 'trash', 'ls', 'vms'), /web/, 'its disk is in the trash');
  },
);
