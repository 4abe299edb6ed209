import t from 'tap';
import { byKeys, Droverd, type Guest, makeGuestDisk, until, waitForRecord } from '../../sandbox/index.js';
import { CEPH_SECRET_UUID } from '../../sandbox/parts/ceph-files.js';
import { withSandbox } from '../support/sandbox.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const NODES = ['east1', 'east2'] as const;
const WITHIN = { limitMs: 60_000 };
/** QEMU's user, whose keyring is beside ceph.conf. */
const SETTINGS = `ceph:
  user: libvirt
  secret_uuid: ${CEPH_SECRET_UUID}
`;

void t.test('N43: guests open their disks by a secret that only the daemons told libvirt', async (t) => {
  const sandbox = await withSandbox(t, {
    clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
  });
  const known = async (node: string) => (await sandbox.virsh(node, 'secret-list')).includes(CEPH_SECRET_UUID);
  const daemons: Droverd[] = [];
  t.teardown(async () => {
    for (const daemon of daemons) {
      if (!t.passing()) t.comment(daemon.node, daemon.tail());
      await daemon.kill();
    }
  });
  await makeGuestDisk(sandbox, 'east', GUEST.name);
  for (const node of NODES) {
    await sandbox.virsh(node, 'secret-undefine', CEPH_SECRET_UUID);
    t.notOk(await known(node));
    daemons.push(await Droverd.start(sandbox, node, { settings: SETTINGS }));
  }

  await byKeys(sandbox, GUEST, 'define', 'east1');
  await byKeys(sandbox, GUEST, 'start', 'east1');
  await waitForRecord(sandbox, GUEST, 3);
  const record = () => waitForRecord(sandbox, GUEST, 0);

  await sandbox.faults.signalPart('east1-libvirtd', 'KILL');
  await sandbox.faults.startPart('east1-libvirtd');
  await sandbox.nodeReady('east1');
  await until('the secret after a restart of libvirtd', WITHIN, () => known('east1'));
  await byKeys(sandbox, GUEST, 'shutdown');
  const stopped = await record();
  await byKeys(sandbox, GUEST, 'start', 'east1');
  await waitForRecord(sandbox, GUEST, stopped + 3);
  await byKeys(sandbox, GUEST, 'migrate', 'east2');
  await waitForRecord(sandbox, GUEST, (await record()) + 5);

  const print = ['ceph', 'auth', 'print-key', 'client.libvirt'];
  const key = (await sandbox.run('east1', print)).stdout.trim();
  for (const daemon of daemons) {
    t.notOk(JSON.stringify(daemon.lines).includes(key), 'the key is in no log');
    const onDisk = ['sh', '-c', 'ls /etc/libvirt/secrets'];
    t.equal((await sandbox.run(daemon.node, onDisk)).stdout.trim(), '', 'nor on the disk of libvirt');
  }
});
