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
  waitForRecord,
} from '../../sandbox/index.js';
import { withSandbox } from '../support/sandbox.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };

void t.test(
  'a program that only writes keys has a VM defined, started, migrated and shut down, and a task done',
  async (t) => {
    const sandbox = await withSandbox(t, {
      clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
    });
    await makeGuestDisk(sandbox, 'east', GUEST.name);
    const daemons = [await Droverd.start(sandbox, 'east1'), await Droverd.start(sandbox, 'east2')];
    t.teardown(async () => {
      for (const daemon of daemons) await daemon.kill();
    });

    await byKeys(sandbox, GUEST, 'define', 'east1');
    await byKeys(sandbox, GUEST, 'start', 'east1');
    const task = await byKeys(sandbox, GUEST, 'task', 'a-task-by-keys');
    t.match(task.stdout, /task: running .*\n(.*\n)*task: done/, 'its progress and its end are seen');
    const before = await waitForRecord(sandbox, GUEST, 10);
    t.match(await sandbox.virsh('east1', 'list', '--uuid'), GUEST.uuid);
    await byKeys(sandbox, GUEST, 'migrate', 'east2');
    await waitForRecord(sandbox, GUEST, before + 10);
    t.match(await sandbox.virsh('east2', 'list', '--uuid'), GUEST.uuid);
    t.notMatch(await sandbox.virsh('east1', 'list', '--all', '--uuid'), GUEST.uuid);
    await byKeys(sandbox, GUEST, 'shutdown');
    t.notMatch(await sandbox.virsh('east2', 'list', '--all', '--uuid'), GUEST.uuid);

    const disk = chainOfDisk(await readImage(sandbox, 'east', GUEST.name));
    t.same(
      compareChains(disk, await readConsole(sandbox, GUEST)),
      [],
      'the hash chain of the guest is whole',
    );
  },
);
