import { createHash } from 'node:crypto';
import t from 'tap';
import {
  byKeys,
  chainOfDisk,
  compareChains,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  readConsole,
  readImage,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { does, drover, served } from '../support/drover-command.js';
import { withSandbox } from '../support/sandbox.js';

const NODE = 'east1';
const DISKS = ['vm1', 'vm1-b'];
const GUEST: Guest = {
  ...{ name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' },
  images: DISKS,
};
const WITHIN = { limitMs: 60_000 };

const sandbox = await withSandbox(t, {
  clusters: [{ name: 'east', nodes: 1, zookeeper: 1, ceph: true, mgr: false }],
});
const daemon = await Droverd.start(sandbox, NODE, { api: true });
t.teardown(async () => {
  if (!t.passing()) t.comment(daemon.tail());
  await daemon.kill();
});
await served(sandbox, NODE);

interface Record {
  readonly state: string;
  readonly consistency: string;
  readonly pausedMs?: number;
  readonly task: string;
}

const hashOf = async (image: string) =>
  createHash('sha256')
    .update(await readImage(sandbox, 'east', image))
    .digest('hex');
const snapshotsOf = async (image: string) => {
  const text = await sandbox.rbd('east', 'snap', 'ls', '--format', 'json', `vms/${image}`);
  return (JSON.parse(text) as { name: string }[]).map(({ name }) => name).sort();
};
const recordOf = async (snapshot: string) => {
  const { stdout } = await byKeys(sandbox, GUEST, 'read', `/drover/points/${GUEST.uuid}/${snapshot}`);
  return JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record;
};
const listed = async () => {
  const text = await does(t, sandbox, NODE, 'vm', 'snapshot', 'list', 'vm1', '-f', 'raw');
  return text.split('\n').filter(Boolean).sort();
};
const recordsAt = async (image: string) =>
  chainOfDisk(await readImage(sandbox, 'east', image)).records.length;

/** The guest writes record k to one disk after the other, so the second is at most one record behind. */
async function atOneInstant(snapshot: string): Promise<readonly [number, number]> {
  const [a, b] = await Promise.all([recordsAt(`vm1@${snapshot}`), recordsAt(`vm1-b@${snapshot}`)]);
  t.ok(a > 0 && (a === b || a === b + 1), `${snapshot}: ${a} and ${b} records`);
  return [a, b];
}

void t.test(
  'M11: a running VM with two disks stands still for a moment, and its chain goes on',
  async (t) => {
    await makeGuestDisk(sandbox, 'east', 'vm1');
    await sandbox.rbd('east', 'create', '--size', '16M', 'vms/vm1-b');
    await sandbox.run(NODE, ['sh', '-c', 'cat > /tmp/vm1.xml'], {
      input: guestXml(sandbox.cluster('east'), GUEST),
    });
    await does(t, sandbox, NODE, 'vm', 'define', '/tmp/vm1.xml', '-t', NODE);
    await does(t, sandbox, NODE, 'storage', 'volume', 'scan', 'vms');
    await does(t, sandbox, NODE, 'vm', 'start', 'vm1', '--wait');
    const before = await waitForRecord(sandbox, GUEST, 5);
    const said = await does(
      t,
      sandbox,
      NODE,
      ...['vm', 'snapshot', 'create', 'vm1', 'paused.1', '--consistency', 'paused'],
    );
    t.match(said, /SUCCESS: Created snapshot 'paused\.1' of VM 'vm1'/);
    const { state, consistency, pausedMs = -1 } = await recordOf('paused.1');
    t.same([state, consistency], ['complete', 'paused']);
    t.ok(pausedMs > 0 && pausedMs < 10_000, `${pausedMs} ms`);
    t.comment(`measured: the guest stood still for ${pausedMs} ms`);
    await atOneInstant('paused.1');
    await waitForRecord(sandbox, GUEST, before + 10);
    const shown = await does(t, sandbox, NODE, 'vm', 'snapshot', 'list', 'vm1');
    t.match(shown, /^paused\.1 +\d+ seconds? +paused +manual +as now +2$/m);
  },
);

void t.test('its guest agent freezes it', async (t) => {
  await until('the guest agent', WITHIN, async () => {
    await sandbox.virsh(NODE, 'qemu-agent-command', 'vm1', '{"execute":"guest-ping"}');
    return true;
  });
  await does(t, sandbox, NODE, 'vm', 'snapshot', 'create', 'vm1', 'frozen', '--consistency', 'frozen');
  t.match(await recordOf('frozen'), { state: 'complete', consistency: 'frozen' });
  const status = await sandbox.virsh(
    NODE,
    'qemu-agent-command',
    'vm1',
    '{"execute":"guest-fsfreeze-status"}',
  );
  t.match(status, /thawed/);
  const [records] = await atOneInstant('frozen');
  await waitForRecord(sandbox, GUEST, records + 10);
});

/** Kills the worker as soon as libvirt says that the guest stands still; prints after how many ms it runs again. */
const KILL_WHILE_PAUSED = `
for i in $(seq 2000); do
  if [ "$(virsh -q domstate vm1)" = paused ]; then
    bash /run/sandbox/bin/signal.sh KILL "worker[-]main"
    began=$(date +%s%3N)
    until [ "$(virsh -q domstate vm1)" = running ]; do :; done
    echo "resumed after $(($(date +%s%3N) - began)) ms"
    exit 0
  fi
done
exit 1
`;

void t.test(
  'I2 I6: the worker is killed while the guest stands still: it runs within a second, the next attempt is done',
  async (t) => {
    let killed: string | undefined;
    // The look may come too late: then it was no test, and another one is taken.
    for (let tries = 1; tries <= 5 && killed === undefined; tries += 1) {
      const name = `killed-${tries}`;
      const watching = sandbox.run(NODE, ['bash', '-c', KILL_WHILE_PAUSED], WITHIN);
      const asked = drover(
        sandbox,
        NODE,
        ...['vm', 'snapshot', 'create', 'vm1', name, '--consistency', 'paused'],
      );
      const { stdout } = await watching;
      const ms = Number(/after (\d+) ms/.exec(stdout)?.[1]);
      t.comment(`measured: it ran again ${ms} ms after the death of the worker`);
      t.ok(ms < 1_000, `${ms} ms`);
      t.match(await asked, { code: 0, stdout: /SUCCESS/ }, 'who asked has watched it to its end');
      const { task } = await recordOf(name);
      const { stdout: text } = await byKeys(sandbox, GUEST, 'read', `/drover/tasks/${task}/status`);
      if (/"attempt": ?2/.test(text)) killed = name;
    }
    t.ok(killed, 'it was killed while the guest stood still');
    t.match(await sandbox.virsh(NODE, 'domstate', 'vm1'), /running/);
    const names = await listed();
    for (const disk of DISKS) t.same(await snapshotsOf(disk), names, `${disk}: no orphan`);
    const [records] = await atOneInstant(killed ?? '');
    await waitForRecord(sandbox, GUEST, records + 10);
  },
);

void t.test('M39: stopped it is rolled back, each disk byte by byte', async (t) => {
  const running = await drover(sandbox, NODE, 'vm', 'snapshot', 'rollback', 'vm1', 'paused.1', '-y');
  t.match(running, { code: 1, stdout: /runs on east1.*stop it first/ });
  await does(t, sandbox, NODE, 'vm', 'stop', 'vm1', '-y', '--wait');
  const chain = chainOfDisk(await readImage(sandbox, 'east', 'vm1'));
  t.same(compareChains(chain, await readConsole(sandbox, GUEST)), [], 'nothing of the guest was lost so far');
  const then = await Promise.all(DISKS.map((disk) => hashOf(`${disk}@paused.1`)));
  t.notSame(await Promise.all(DISKS.map(hashOf)), then, 'it has gone on since');
  await does(t, sandbox, NODE, 'vm', 'snapshot', 'rollback', 'vm1', 'paused.1', '-y');
  t.same(await Promise.all(DISKS.map(hashOf)), then);
});

void t.test('M38: what is removed is gone everywhere; a part of a snapshot is left alone', async (t) => {
  const part = await drover(
    sandbox,
    NODE,
    ...['storage', 'volume', 'snapshot', 'remove', 'vms', 'vm1-b', 'frozen', '-y'],
  );
  t.match(part, { code: 1, stderr: /drover vm snapshot remove vm1 frozen/ });
  await sandbox.rbd('east', 'snap', 'rm', '--no-progress', 'vms/vm1@frozen');
  for (const name of await listed())
    await does(t, sandbox, NODE, 'vm', 'snapshot', 'remove', 'vm1', name, '-y');
  t.same(await listed(), []);
  for (const disk of DISKS) t.same(await snapshotsOf(disk), [], disk);
  const volume = ['storage', 'volume', 'snapshot'];
  await does(t, sandbox, NODE, ...volume, 'add', 'vms', 'vm1-b', 'one');
  await does(t, sandbox, NODE, ...volume, 'rename', 'vms', 'vm1-b', 'one', 'two');
  t.same(await snapshotsOf('vm1-b'), ['two']);
  await does(t, sandbox, NODE, ...volume, 'rollback', 'vms', 'vm1-b', 'two', '-y');
  await does(t, sandbox, NODE, ...volume, 'remove', 'vms', 'vm1-b', 'two', '-y');
  t.same(await snapshotsOf('vm1-b'), []);
});
