import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import {
  chainOfDisk,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  readImage,
  waitForRecord,
} from '../../sandbox/index.js';
import { does, drover, served } from '../support/drover-command.js';
import { bannerBytes, endBytes, sizeBytes, zeroBytes } from '../../lib/ship/index.js';
import { withSandbox } from '../support/sandbox.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const MIB = 1024 ** 2;
const TOKEN = 'of-the-other-cluster';
const NODES = { east: 'east1', west: 'west1' } as const;
type Side = keyof typeof NODES;

const sandbox = await withSandbox(t, {
  clusters: (['east', 'west'] as const).map((name) => ({
    name,
    nodes: 1,
    zookeeper: 1,
    ceph: true,
    mgr: false,
  })),
});
const daemons = new Map<Side, Droverd>();
for (const side of ['east', 'west'] as const) {
  const other = side === 'east' ? 'west' : 'east';
  const peer = { address: sandbox.node(NODES[other]).address, tls: false, token: TOKEN };
  // The default is a monitor on each coordinator: here Ceph has a host of its own.
  const monitors = [`${sandbox.cluster(side).ceph?.address ?? ''}:6789`];
  const settings = `mirror: ${JSON.stringify({ peers: { [other]: peer }, keep: 3 })}
ceph: ${JSON.stringify({ monitors })}
`;
  daemons.set(side, await Droverd.start(sandbox, NODES[side], { api: true, settings, token: TOKEN }));
}
t.teardown(async () => {
  for (const daemon of daemons.values()) await daemon.kill();
});
await t.test('both clusters stand', async (t) => {
  for (const node of Object.values(NODES)) {
    await served(sandbox, node);
    await does(t, sandbox, node, 'node', 'ready', node, '--wait');
  }
});

async function sum(side: Side, image: string, snapshot: string): Promise<string> {
  const name = `sum-${side}`;
  await sandbox.rbd(
    side,
    'clone',
    '--rbd-default-clone-format',
    '2',
    `vms/${image}@${snapshot}`,
    `vms/${name}`,
  );
  try {
    return createHash('sha256')
      .update(await readImage(sandbox, side, name))
      .digest('hex');
  } finally {
    await sandbox.rbd(side, 'rm', '--no-progress', `vms/${name}`);
  }
}

interface Row {
  readonly role: string;
  readonly head: string | null;
  readonly epoch: number;
  readonly peers: readonly { readonly point: string | null }[];
}

async function mirrored(t: Test, side: Side): Promise<Row> {
  const [row] = JSON.parse(
    await does(t, sandbox, NODES[side], 'vm', 'mirror', 'list', 'vm1', '-f', 'json'),
  ) as Row[];
  if (row === undefined) throw new Error(`${side} lists no mirror`);
  return row;
}

async function state(t: Test, side: Side): Promise<string> {
  const [vm] = JSON.parse(await does(t, sandbox, NODES[side], 'vm', 'info', 'vm1', '-f', 'json')) as {
    state: string;
  }[];
  return vm?.state ?? 'none';
}

/** The newest point is on both sides, and its bytes are equal. */
async function equal(t: Test, from: Side, to: Side): Promise<string> {
  const point = (await mirrored(t, from)).peers[0]?.point ?? '';
  t.equal((await mirrored(t, to)).head, `clean ${point}`);
  for (const disk of ['vm1', 'vm1-data'])
    t.equal(await sum(to, disk, point), await sum(from, disk, point), `I2 ${disk}@${point} is equal`);
  return point;
}

await t.test('a full mirror of a running VM, then what changed, is equal byte for byte', async (t) => {
  await makeGuestDisk(sandbox, 'east', GUEST.name);
  await sandbox.rbd('east', 'create', '--size', '96M', 'vms/vm1-data');
  await sandbox.rbd(
    'east',
    'bench',
    '--io-type',
    'write',
    '--io-size',
    '4M',
    '--io-total',
    '64M',
    'vms/vm1-data',
  );
  const xml = guestXml(sandbox.cluster('east'), GUEST);
  const disk = /<disk[^]*?<\/disk>/.exec(xml)?.[0] ?? '';
  const two = xml.replace(disk, disk + disk.replace('vms/vm1', 'vms/vm1-data').replace('vda', 'vdb'));
  await sandbox.run(NODES.east, ['sh', '-c', 'cat > /tmp/vm1.xml'], { input: two });
  await does(t, sandbox, NODES.east, 'vm', 'define', '/tmp/vm1.xml', '-t', NODES.east);
  for (const image of ['vm1', 'vm1-data'])
    await does(t, sandbox, NODES.east, 'storage', 'volume', 'scan', 'vms', image);
  await does(t, sandbox, NODES.east, 'vm', 'start', 'vm1', '--wait');
  await waitForRecord(sandbox, GUEST, 5);
  t.match(await does(t, sandbox, NODES.east, 'vm', 'mirror', 'create', 'vm1', 'west'), /is mirrored to west/);
  t.equal(await state(t, 'west'), 'mirror');
  await equal(t, 'east', 'west');

  // Small writes, and a discard of what the copy holds: a stream of changes with zeroes is one.
  const bench = [
    'bench',
    '--io-type',
    'write',
    '--io-size',
    '4K',
    '--io-total',
    '1M',
    '--io-pattern',
    'rand',
  ];
  await sandbox.rbd('east', ...bench, 'vms/vm1-data');
  const zeroes = Buffer.concat([
    bannerBytes(),
    sizeBytes(96 * MIB),
    zeroBytes(8 * MIB, 16 * MIB),
    endBytes(),
  ]);
  await sandbox.run(NODES.east, ['rbd', 'import-diff', '--no-progress', '-', 'vms/vm1-data'], {
    input: zeroes,
  });
  const gone = (await readImage(sandbox, 'east', 'vm1-data')).subarray(8 * MIB, 24 * MIB);
  t.ok(
    gone.every((byte) => byte === 0),
    'M2 D2 it is discarded',
  );
  await waitForRecord(sandbox, GUEST, 15);
  const said = await does(t, sandbox, NODES.east, 'vm', 'mirror', 'create', 'vm1');
  t.match(said, /what changed since mr/, 'D12 from the newest that both have');
  await equal(t, 'east', 'west');
});

await t.test('guard rails: a copy is not started, nor sent on', async (t) => {
  const started = await drover(sandbox, NODES.west, 'vm', 'start', 'vm1');
  t.match(started, { code: 1, stderr: /copy of a mirror/ });
  const sent = await drover(sandbox, NODES.west, 'vm', 'mirror', 'create', 'vm1');
  t.match(sent.code, 1);
  t.match(sent.stdout + sent.stderr, /only the active one is sent/);
});

await t.test(
  'handed over and back under I/O: the chain of the guest goes on, one copy is active',
  async (t) => {
    let before = 0;
    for (const [from, to] of [
      ['east', 'west'],
      ['west', 'east'],
    ] as const) {
      const said = await does(t, sandbox, NODES[from], 'vm', 'mirror', 'promote', 'vm1', to, '-y');
      t.match(said, new RegExp(`active one on ${to}`));
      t.match(await mirrored(t, from), { role: 'mirror' });
      t.match(await mirrored(t, to), { role: 'active' });
      t.equal(await state(t, from), 'mirror');
      // Its console goes by its definition: to the same file wherever it runs.
      const told = await waitForRecord(sandbox, GUEST, 1);
      before = await waitForRecord(sandbox, GUEST, told + 10, { limitMs: 180_000 });
    }
    t.match(await mirrored(t, 'east'), { epoch: 2 });
    await does(t, sandbox, NODES.east, 'vm', 'stop', 'vm1', '-y', '--wait');
    const chain = chainOfDisk(await readImage(sandbox, 'east', 'vm1'));
    t.same(chain.problems, [], 'no record is missing over two clusters');
    t.ok(chain.records.length >= before);
  },
);
