import { createHash } from 'node:crypto';
import t from 'tap';
import {
  chainOfDisk,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  readImage,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { does, drover, served } from '../support/drover-command.js';
import { withSandbox } from '../support/sandbox.js';

const NODE = 'east1';
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const LONG = { limitMs: 180_000 };
const SETTINGS = `backup:
  targets:
    shelf:
      root: /srv/shelf
      suffix: /east
      tags: [nightly]
      full_every: 3
      keep_fulls: 1
    small:
      root: /srv/small
      tags: []
      mount: [[mount, -t, tmpfs, -o, size=2m, tmpfs, '{root}']]
      unmount: [[umount, '{root}']]
    nowhere:
      root: /srv/nowhere
      mount: [['true']]
paths:
  exports: [/srv/exports]
`;

const sandbox = await withSandbox(t, {
  clusters: [{ name: 'east', nodes: 1, zookeeper: 1, ceph: true, mgr: true }],
});
// The node's own: its other directories are those of this machine.
const places = 'mount -t tmpfs -o size=1g tmpfs /srv && cd /srv && mkdir shelf small nowhere exports';
await sandbox.run(NODE, ['sh', '-c', places]);
let daemon = await Droverd.start(sandbox, NODE, { api: true, settings: SETTINGS });
t.teardown(async () => {
  if (!t.passing()) t.comment(daemon.tail());
  await daemon.kill();
});
await served(sandbox, NODE);

interface Row {
  readonly backup: string;
  readonly type: string;
  readonly state: string;
  readonly consistency: string;
}
interface Manifest {
  readonly disks: readonly { readonly file: string; readonly sha256: string }[];
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const hashOf = async (image: string) => hash(await readImage(sandbox, 'east', image));
const names = async () => (await sandbox.rbd('east', 'ls', 'vms')).split('\n').filter(Boolean).sort();
const snapshotsOf = async (image: string) =>
  (
    JSON.parse(await sandbox.rbd('east', 'snap', 'ls', '--format', 'json', `vms/${image}`)) as {
      name: string;
    }[]
  )
    .map(({ name }) => name)
    .sort();
const list = async (...args: string[]) => {
  const text = await does(t, sandbox, NODE, 'vm', 'backup', 'list', ...args, '-f', 'json');
  return (JSON.parse(text) as { backups: Row[] }).backups;
};
const inside = async (script: string) => (await sandbox.run(NODE, ['sh', '-c', script])).stdout;

/** What each snapshot of the guest's disk holds, taken while it is there: the later restores are compared with it. */
const taken = new Map<string, string>();
async function backUp(...args: string[]): Promise<Row> {
  await does(t, sandbox, NODE, 'vm', 'autobackup', '--target', 'shelf', ...args);
  const newest = (await list('vm1', '--target', 'shelf')).at(-1);
  if (newest === undefined) throw new Error('there is no backup');
  const path = `/srv/taken-${newest.backup}`;
  await inside(`rbd export --no-progress vms/vm1@${newest.backup} ${path}`);
  taken.set(newest.backup, (await inside(`sha256sum < ${path}; rm ${path}`)).slice(0, 64));
  return newest;
}

void t.test('M12 M26 M33: a full and two incremental ones of a guest that writes all the time', async (t) => {
  await makeGuestDisk(sandbox, 'east', GUEST.name);
  await sandbox.run(NODE, ['sh', '-c', 'cat > /tmp/vm1.xml'], {
    input: guestXml(sandbox.cluster('east'), GUEST),
  });
  await does(t, sandbox, NODE, 'vm', 'define', '/tmp/vm1.xml', '-t', NODE, '-g', 'nightly');
  await does(t, sandbox, NODE, 'storage', 'volume', 'scan', 'vms', 'vm1');
  await does(t, sandbox, NODE, 'vm', 'start', 'vm1', '--wait');
  let record = await waitForRecord(sandbox, GUEST, 5);
  const types: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    types.push((await backUp()).type);
    record = await waitForRecord(sandbox, GUEST, record + 3);
  }
  t.same(types, ['full', 'incremental', 'incremental']);
  const rows = await list('vm1');
  t.equal(rows.at(-1)?.consistency, 'frozen', 'M11 its guest agent has frozen it');
  t.same(await snapshotsOf('vm1'), [rows.at(-1)?.backup], 'only the base of the next one is kept');
  const shown = await does(t, sandbox, NODE, 'vm', 'snapshot', 'list', 'vm1');
  t.match(shown, /^ab\d+ .* frozen +backup .*$/m);
  t.same(await names(), ['vm1'], 'I6: no image of the making is left');
  await does(t, sandbox, NODE, 'vm', 'backup', 'verify', 'vm1', '--target', 'shelf');
});

void t.test('M59: plain rbd makes of the files what was taken, and so do we', async (t) => {
  const rows = await list('vm1', '--target', 'shelf');
  const folder = '/srv/shelf/east/vm1';
  const steps = rows.map(({ backup, type }) =>
    type === 'full'
      ? `rbd import --no-progress --export-format 2 ${folder}/${backup}/images/vms.vm1.rbdimg vms/plain`
      : `rbd import-diff --no-progress ${folder}/${backup}/images/vms.vm1.rbddiff vms/plain`,
  );
  for (const [at, { backup }] of rows.entries()) {
    await inside(steps[at] ?? '');
    t.equal(await hashOf('plain'), taken.get(backup), `${backup} by plain rbd`);
  }
  const newest = rows.at(-1)?.backup ?? '';
  await does(t, sandbox, NODE, 'vm', 'backup', 'restore', 'vm1', '--target', 'shelf', '--as', 'copy2');
  t.equal(await hashOf('copy2'), taken.get(newest), `${newest} as another VM`);
  t.same(await snapshotsOf('copy2'), []);
  t.ok(chainOfDisk(await readImage(sandbox, 'east', 'copy2')).records.length > 5, 'the guest is in there');
  const shown = JSON.parse(await does(t, sandbox, NODE, 'vm', 'list', 'copy2', '-f', 'json')) as {
    uuid: string;
    state: string;
  }[];
  t.match(shown, [{ state: 'stop' }]);
  t.not(shown[0]?.uuid, GUEST.uuid, 'it is another VM');
  const again = await drover(sandbox, NODE, 'vm', 'backup', 'restore', 'vm1', '--target', 'shelf');
  t.match(again, { code: 1 }, 'a VM that is there is not restored over');
});

void t.test(
  'D13 M70: the fourth one is full, and the chain before it goes once that is complete',
  async (t) => {
    t.equal((await backUp()).type, 'full');
    const rows = await list('vm1', '--target', 'shelf');
    t.equal(rows.length, 1, 'one chain of one is kept');
    t.equal(
      (await inside('ls -A /srv/shelf/east/vm1')).trim().split('\n').length,
      2,
      'a backup and the list',
    );
  },
);

void t.test('M28 M33 M47 I4 I8: a place that is full, or not mounted, fails cleanly', async (t) => {
  const full = await drover(sandbox, NODE, 'vm', 'autobackup', '--target', 'small', '--vm', 'vm1');
  t.match(full, { code: 1, stdout: /No space|free/ });
  const mounts = await inside('cat /proc/mounts; ls -A /srv/small');
  t.notMatch(mounts, '/srv/small', 'it is unmounted again');
  const nowhere = await drover(sandbox, NODE, 'vm', 'autobackup', '--target', 'nowhere', '--vm', 'vm1');
  t.match(nowhere, { code: 1, stdout: /nothing is mounted/ });
  t.equal(await inside('ls -A /srv/nowhere'), '', 'nothing was written below');
  const rows = await list('vm1', '--target', 'shelf');
  t.same(await snapshotsOf('vm1'), [rows.at(-1)?.backup]);
  const missing = await drover(
    sandbox,
    NODE,
    'vm',
    'autobackup',
    '--vm',
    'nobody',
    'vm1',
    GUEST.uuid,
    '--target',
    'shelf',
    '--cron',
  );
  t.match(missing, { code: 1, stderr: /nobody/, stdout: '' });
  const now = (await list('vm1', '--target', 'shelf')).length;
  t.equal(now, 2, 'the other VM was backed up all the same, and once, though it was named twice');
});

void t.test('M50 M58 M40: exports go where they may, and come back', async (t) => {
  const rows = await list('vm1', '--target', 'shelf');
  const point = rows.at(-1)?.backup ?? '';
  const out = await drover(sandbox, NODE, 'vm', 'snapshot', 'export', 'vm1', point, '/srv/shelf');
  t.match(out, { code: 1, stdout: /exports go below/ });
  await inside('ln -s /etc /srv/exports/link');
  const linked = await drover(sandbox, NODE, 'vm', 'snapshot', 'export', 'vm1', point, '/srv/exports/link');
  t.match(linked, { code: 1, stdout: /exports go below/ });
  await does(t, sandbox, NODE, 'vm', 'snapshot', 'export', 'vm1', point, '/srv/exports');
  const manifest = JSON.parse(await inside(`cat /srv/exports/vm1/${point}/drover.json`)) as Manifest;
  const [disk] = manifest.disks;
  const sum = await inside(`sha256sum /srv/exports/vm1/${point}/${disk?.file ?? ''}`);
  t.equal(sum.slice(0, 64), disk?.sha256);
  await does(t, sandbox, NODE, 'vm', 'stop', 'vm1', '-y', '--wait');
  // Its console goes to the same file as that of the first, which lets go of it now.
  await does(t, sandbox, NODE, 'vm', 'start', 'copy2', '--wait');
  await does(t, sandbox, NODE, 'vm', 'stop', 'copy2', '-y', '--wait');
  await does(t, sandbox, NODE, 'vm', 'remove', 'vm1', '-y', '--delete-disks');
  await inside(`rm /srv/exports/vm1/${point}/drover.json`);
  await does(t, sandbox, NODE, 'vm', 'snapshot', 'import', 'vm1', point, '/srv/exports');
  const before = JSON.parse(
    await inside(`cat /srv/shelf/east/vm1/${rows.at(-1)?.backup ?? ''}/drover.json`),
  ) as Manifest;
  t.ok(before.disks.length === 1);
  t.ok((await names()).includes('vm1'), 'by the manifest that PVC reads');
});

void t.test('I6 M48: the daemon is killed in the middle of a backup and of a restore', async (t) => {
  await sandbox.rbd('east', 'bench', '--io-type', 'write', '--io-size', '1M', '--io-total', '32M', 'vms/vm1');
  const hashNow = await hashOf('vm1');
  const asked = drover(sandbox, NODE, 'vm', 'autobackup', '--force-full', '--target', 'shelf', '--vm', 'vm1');
  await until('the backup to begin', LONG, async () =>
    (await inside('ls -A /srv/shelf/east/vm1')).includes('.part'),
  );
  await daemon.kill();
  daemon = await Droverd.start(sandbox, NODE, { api: true, settings: SETTINGS });
  t.match(await asked, { code: 0 }, 'who asked has watched it to its end');
  await until('the backup', LONG, async () => {
    const there = await inside('ls -A /srv/shelf/east/vm1');
    return !there.includes('.part') && (await names()).every((name) => !name.startsWith('drover-stage'));
  });
  const restoring = drover(
    sandbox,
    NODE,
    'vm',
    'backup',
    'restore',
    'vm1',
    '--target',
    'shelf',
    '--as',
    'phoenix',
  );
  await until('the restore to begin', LONG, async () =>
    (await names()).some((name) => name.startsWith('drover-stage') || name === 'phoenix'),
  );
  await daemon.kill();
  daemon = await Droverd.start(sandbox, NODE, { api: true, settings: SETTINGS });
  t.match(await restoring, { code: 0 });
  await until('the restored VM', LONG, async () => {
    const { stdout } = await drover(sandbox, NODE, 'vm', 'list', 'phoenix', '-f', 'raw');
    return stdout.includes('phoenix');
  });
  t.equal(await hashOf('phoenix'), hashNow);
  t.notOk(
    (await names()).some((name) => name.startsWith('drover-stage')),
    'nothing of the making is left',
  );
});
