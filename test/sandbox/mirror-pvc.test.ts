import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import {
  chainOfDisk,
  checksum,
  Droverd,
  type Guest,
  guestXml,
  INSIDE,
  makeGuestDisk,
  readImage,
  waitForRecord,
} from '../../sandbox/index.js';
import { bannerBytes, endBytes, sizeBytes, zeroBytes } from '../../lib/ship/index.js';
import { does, drover, served } from '../support/drover-command.js';
import type { SenderAnswer, SenderScript, SenderStep } from '../support/pvc-sender-program.js';
import { withSandbox } from '../support/sandbox.js';

const RECEIVER = fileURLToPath(new URL('../support/pvc-receiver-program.js', import.meta.url));
const SENDER = fileURLToPath(new URL('../support/pvc-sender-program.js', import.meta.url));
const NODE = 'east1';
const TOKEN = 'of-the-pvc-cluster';
const MIB = 1024 ** 2;
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const [DISK, DATA] = ['vms/vm1', 'vms/vm1-data'];

const sandbox = await withSandbox(t, {
  clusters: [{ name: 'east', nodes: 1, zookeeper: 1, ceph: true, mgr: false }],
});
const monitors = [`${sandbox.cluster('east').ceph?.address ?? ''}:6789`];
const daemon = await Droverd.start(sandbox, NODE, {
  ...{ api: true, token: TOKEN },
  // The peer is called as the token of that cluster here is.
  settings: `ceph: ${JSON.stringify({ monitors })}
mirror: ${JSON.stringify({ peers: { sandbox: { protocol: 'pvc', address: '127.0.0.1', port: 7371, tls: false, token: TOKEN } }, keep: 3 })}
`,
});
t.teardown(() => daemon.kill());
const uri = `http://${sandbox.node(NODE).address}:7370/api/v1`;
await t.test('the cluster stands', async (t) => {
  await served(sandbox, NODE);
  await does(t, sandbox, NODE, 'node', 'ready', NODE, '--wait');
});

/** A VM of two disks, as a cluster of PVC has it. */
function vmThere(): SenderScript['vm'] {
  const xml = guestXml(sandbox.cluster('east'), GUEST);
  const disk = /<disk[^]*?<\/disk>/.exec(xml)?.[0] ?? '';
  const two = xml.replace(disk, disk + disk.replace(`'${DISK}'`, `'${DATA}'`).replace("'vda'", "'vdb'"));
  return { name: GUEST.name, uuid: GUEST.uuid, xml: two, state: 'start' };
}

/** Its disks: one that a guest boots from, and one of 30 MiB, which does not end with an object. */
async function disksThere(): Promise<SenderScript['disks']> {
  await makeGuestDisk(sandbox, 'east', 'seed');
  await sandbox.run(NODE, ['rbd', 'export', '--no-progress', 'vms/seed', `${INSIDE}/seed.raw`]);
  await sandbox.rbd('east', 'rm', '--no-progress', 'vms/seed');
  return { [DISK]: `${INSIDE}/seed.raw`, [DATA]: 30 * MIB };
}

async function sent(
  vm: Pick<SenderScript, 'vm' | 'disks'>,
  steps: readonly SenderStep[],
): Promise<SenderAnswer> {
  const script: SenderScript = { uri, key: TOKEN, ...vm, steps };
  const { stdout } = await sandbox.run(NODE, [process.execPath, SENDER], {
    input: JSON.stringify(script),
    limitMs: 240_000,
  });
  return JSON.parse(stdout) as SenderAnswer;
}

async function equal(t: Test, answer: SenderAnswer, snapshot: string): Promise<void> {
  for (const disk of [DISK, DATA]) {
    const name = `${disk}@${snapshot}`;
    t.equal(await checksum(sandbox, 'east', name), answer.sums[name], `I2 ${name}`);
  }
}

async function images(): Promise<readonly string[]> {
  return (await sandbox.rbd('east', 'ls', 'vms')).trim().split('\n').sort();
}

await t.test('a cluster of PVC sends a VM here, is cut, sends again, and hands it over', async (t) => {
  const vm = { vm: vmThere(), disks: await disksThere() };
  const data = (object: number, fill?: number): SenderStep =>
    fill === undefined ? { set: DATA, object } : { set: DATA, object, fill };
  const filled = [data(0, 1), data(3, 3), data(7, 7)];
  const cut = await sent(vm, [...filled, { create: 'mr1', at: 1_795_337_000, cut: 9 * MIB }]);
  t.equal(cut.failures.length, 1, 'M1 it is cut in its first disk');
  t.match(await drover(sandbox, NODE, 'vm', 'info', 'vm1'), { code: 1 }, 'nothing of it is seen');

  const first = { create: 'mr2', at: 1_795_337_060 };
  const whole = await sent(vm, [...filled, first]);
  t.same(whole.failures, []);
  await equal(t, whole, 'mr2');
  t.same(await images(), ['vm1', 'vm1-data'], 'I6 nothing is left of the first');
  const used = JSON.parse(await sandbox.rbd('east', 'du', '--format', 'json', DATA)) as {
    images: { used_size: number }[];
  };
  t.ok((used.images[0]?.used_size ?? 0) <= 12 * MIB, 'M63 its holes take no room');

  const taken = { take: 'mr2', at: first.at };
  const changed = [...filled, taken, data(0, 9), data(1, 2), data(2, 2), data(4, 4), data(7, 8)];
  const broken = await sent(vm, [...changed, { create: 'mr3', at: first.at + 60, cut: 10 * MIB }]);
  t.equal(broken.failures.length, 1, 'M1 D1 it is cut among its changes');
  t.match(JSON.parse(await does(t, sandbox, NODE, 'vm', 'mirror', 'list', 'vm1', '-f', 'json')), [
    { head: 'dirty mr2' },
  ]);
  const again = await sent(vm, [...changed, { create: 'mr4', at: first.at + 120 }]);
  t.same(again.failures, []);
  await equal(t, again, 'mr4');

  t.match(await drover(sandbox, NODE, 'vm', 'start', 'vm1'), { code: 1, stderr: /copy of a mirror/ });
  const handed = await sent(vm, [
    ...changed,
    { take: 'mr4', at: first.at + 120 },
    data(5, 5),
    { promote: 'mr5', at: first.at + 180 },
  ]);
  t.match(handed.calls.at(-1), /POST \/vm\/vm1\/state 200/);
  await waitForRecord(sandbox, GUEST, 5, { limitMs: 180_000 });
  t.match(JSON.parse(await does(t, sandbox, NODE, 'vm', 'mirror', 'list', 'vm1', '-f', 'json')), [
    { role: 'active', epoch: 1 },
  ]);
  await does(t, sandbox, NODE, 'vm', 'stop', 'vm1', '-y', '--wait');
  await equal(t, handed, 'mr5');
  const late = await sent(vm, [
    ...changed,
    { take: 'mr4', at: first.at + 120 },
    { create: 'mr6', at: first.at + 240 },
  ]);
  t.match(late.failures, [/not a mirror/], 'M7 its former source writes to it no more');
});

/** Asks the cluster of PVC what no API tells. */
async function theirs(path: string): Promise<unknown> {
  const script = `fetch('http://127.0.0.1:7371/test/${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
  const { stdout } = await sandbox.run(NODE, [process.execPath, '-e', script]);
  return JSON.parse(stdout);
}

async function mirror(t: Test): Promise<string> {
  const said = await does(t, sandbox, NODE, 'vm', 'mirror', 'create', 'vm1');
  const [row] = JSON.parse(await does(t, sandbox, NODE, 'vm', 'mirror', 'list', 'vm1', '-f', 'json')) as {
    peers: { point: string }[];
  }[];
  const point = row?.peers[0]?.point ?? '';
  t.match(said, point);
  await same(t, point);
  return said;
}

/** What both sides hold of a point. */
async function same(t: Test, point: string): Promise<void> {
  const sums = (await theirs(`sums?snapshot=${point}`)) as Readonly<Record<string, string>>;
  for (const disk of [DISK, DATA])
    t.equal(sums[disk], await checksum(sandbox, 'east', `${disk}@${point}`), `I2 ${disk}@${point}`);
}

await t.test(
  'a VM that runs here is mirrored to a cluster of PVC, cut, mirrored again, handed over and back',
  async (t) => {
    await sandbox.run(NODE, [
      'sh',
      '-c',
      `setsid ${process.execPath} ${RECEIVER} 7371 ${TOKEN} >${INSIDE}/pvc.log 2>&1 & sleep 2`,
    ]);
    await does(t, sandbox, NODE, 'vm', 'start', 'vm1', '--wait');
    await waitForRecord(sandbox, GUEST, 5, { limitMs: 180_000 });
    t.match(await mirror(t), /there is nothing of it there yet/);

    // What the copy holds is discarded here, and some of it written to: M2, D2.
    const zeroes = Buffer.concat([
      bannerBytes(),
      sizeBytes(30 * MIB),
      zeroBytes(12 * MIB, 8 * MIB),
      endBytes(),
    ]);
    await sandbox.run(NODE, ['rbd', 'import-diff', '--no-progress', '-', DATA], { input: zeroes });
    await sandbox.rbd(
      'east',
      'bench',
      '--io-type',
      'write',
      '--io-size',
      '4K',
      '--io-total',
      '256K',
      '--io-pattern',
      'rand',
      DATA,
    );
    await theirs('cut?after=100000&times=2');
    t.match(await mirror(t), /what changed since mr/, 'D12 and it was cut twice');

    t.match(await does(t, sandbox, NODE, 'vm', 'mirror', 'promote', 'vm1', '-y'), /active one on sandbox/);
    t.match(await theirs('state'), { vms: [{ name: 'vm1', state: 'start' }] });
    const [row] = JSON.parse(await does(t, sandbox, NODE, 'vm', 'mirror', 'list', 'vm1', '-f', 'json')) as {
      role: string;
      head: string;
    }[];
    t.match(row, { role: 'mirror', head: /^clean mr/ });
    t.notMatch(await sandbox.virsh(NODE, 'list', '--all', '--uuid'), GUEST.uuid, 'I1');
    const point = row?.head.split(' ')[1] ?? '';
    await same(t, point);

    // Its console goes on in the same file, whoever runs it.
    const told = await waitForRecord(sandbox, GUEST, 1);
    // And back: it goes on there from the point that was handed over.
    const files = new Map([
      [DISK, `${INSIDE}/back.raw`],
      [DATA, `${INSIDE}/back-data.raw`],
    ]);
    for (const [image, to] of files) await theirs(`dump?image=${image}&snapshot=${point}&to=${to}`);
    const back = await sent({ vm: vmThere(), disks: Object.fromEntries(files) }, [
      { take: point, at: 1_795_340_000 },
      { set: DATA, object: 6, fill: 6 },
      { promote: 'mr9', at: 1_795_340_060 },
    ]);
    t.match(back.calls.join(), /PUT/, 'only what has changed');
    await waitForRecord(sandbox, GUEST, told + 10, { limitMs: 180_000 });
    await does(t, sandbox, NODE, 'vm', 'stop', 'vm1', '-y', '--wait');
    await equal(t, back, 'mr9');
    const chain = chainOfDisk(await readImage(sandbox, 'east', 'vm1'));
    t.same(chain.problems, [], 'no record is missing over two clusters');
  },
);
