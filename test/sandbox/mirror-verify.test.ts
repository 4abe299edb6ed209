import t from 'tap';
import { Droverd, type Guest, guestXml } from '../../sandbox/index.js';
import { bannerBytes, endBytes, sizeBytes, writeBytes, zeroBytes } from '../../lib/ship/index.js';
import { does, drover, served } from '../support/drover-command.js';
import { withSandbox } from '../support/sandbox.js';

const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'east' };
const MIB = 1024 ** 2;
const SIZE = 200 * MIB;
const TOKEN = 'of-the-other-cluster';
const NODES = { east: 'east1', west: 'west1' } as const;

const sandbox = await withSandbox(t, {
  clusters: (['east', 'west'] as const).map((name) => ({
    name,
    nodes: 1,
    zookeeper: 1,
    ceph: true,
    mgr: false,
  })),
});
const daemons: Droverd[] = [];
for (const side of ['east', 'west'] as const) {
  const other = side === 'east' ? 'west' : 'east';
  const peer = { address: sandbox.node(NODES[other]).address, tls: false, token: TOKEN };
  const monitors = [`${sandbox.cluster(side).ceph?.address ?? ''}:6789`];
  const settings = `mirror: ${JSON.stringify({ peers: { [other]: peer } })}
ceph: ${JSON.stringify({ monitors })}
`;
  daemons.push(await Droverd.start(sandbox, NODES[side], { api: true, settings, token: TOKEN }));
}
t.teardown(async () => {
  for (const daemon of daemons) await daemon.kill();
});

/** Writes these records into what an image holds now. */
async function change(side: keyof typeof NODES, ...records: Uint8Array[]): Promise<void> {
  const input = Buffer.concat([bannerBytes(), sizeBytes(SIZE), ...records, endBytes()]);
  await sandbox.run(NODES[side], ['rbd', 'import-diff', '--no-progress', '-', 'vms/vm1'], { input });
}

const written = (at: number, bytes: number, fill: number) =>
  Buffer.concat([writeBytes(at, bytes), Buffer.alloc(bytes, fill)]);

/** What is said of a verification that must fail. */
async function fails(t: Parameters<typeof does>[0], side: keyof typeof NODES): Promise<string> {
  const { code, stdout, stderr } = await drover(sandbox, NODES[side], 'vm', 'mirror', 'verify', 'vm1');
  t.equal(code, 1);
  return stdout + stderr;
}

/** Mirrors, and returns the name of the point. */
async function mirror(t: Parameters<typeof does>[0]): Promise<string> {
  const said = await does(t, sandbox, NODES.east, 'vm', 'mirror', 'create', 'vm1', 'west');
  return /point (\S+)/.exec(said)?.[1] ?? said;
}

await t.test('a copy is verified whatever of its zeroes was written, discarded or never there', async (t) => {
  for (const node of Object.values(NODES)) {
    await served(sandbox, node);
    await does(t, sandbox, node, 'node', 'ready', node, '--wait');
  }
  await sandbox.rbd('east', 'create', '--size', '200M', 'vms/vm1');
  await change(
    'east',
    written(0, 5 * MIB + 77, 1),
    written(60 * MIB, 10 * MIB, 2),
    written(140 * MIB, MIB, 0),
    written(199 * MIB, MIB, 3),
  );
  const xml = guestXml(sandbox.cluster('east'), GUEST);
  await sandbox.run(NODES.east, ['sh', '-c', 'cat > /tmp/vm1.xml'], { input: xml });
  await does(t, sandbox, NODES.east, 'vm', 'define', '/tmp/vm1.xml', '-t', NODES.east);
  await does(t, sandbox, NODES.east, 'storage', 'volume', 'scan', 'vms', 'vm1');
  t.match(await fails(t, 'east'), /mirror it first: drover vm mirror create vm1 west/);

  const first = await mirror(t);
  t.match(
    await does(t, sandbox, NODES.east, 'vm', 'mirror', 'verify', 'vm1'),
    new RegExp(`Point ${first} of VM 'vm1' is on west what it is here, byte for byte: 1 disk,`),
  );
  await change('east', zeroBytes(62 * MIB, 5 * MIB), written(100 * MIB, 4096, 4));
  const second = await mirror(t);
  t.match(await does(t, sandbox, NODES.east, 'vm', 'mirror', 'verify', 'vm1'), new RegExp(second));
  t.match(await fails(t, 'west'), /only the active one is sent/);
});

await t.test('one byte that differs is told, and the next point repairs it', async (t) => {
  const before = await does(t, sandbox, NODES.east, 'vm', 'mirror', 'list', 'vm1', '-f', 'json');
  const good = (JSON.parse(before) as { peers: { point: string }[] }[])[0]?.peers[0]?.point ?? '';
  // Behind Drover's back, between two points: the next one is told to build on what the copy is said to hold.
  await change('west', written(70 * MIB + 5, 1, 9));
  await change('east', written(100 * MIB, 4096, 5));
  const bad = await mirror(t);
  const differs = await fails(t, 'east');
  t.match(differs, new RegExp(`point ${bad} of volume vms/vm1`));
  t.match(differs, /on west it differs first between the bytes 67108864 and 134217728/);

  const said = await does(t, sandbox, NODES.east, 'vm', 'mirror', 'create', 'vm1');
  t.match(said, new RegExp(`what changed since ${good}`), 'the one that differs is no base');
  t.match(await does(t, sandbox, NODES.east, 'vm', 'mirror', 'verify', 'vm1'), /byte for byte/);
});
