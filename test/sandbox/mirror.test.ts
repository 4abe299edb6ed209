import t, { type Test } from 'tap';
import { chainOfDisk, readImage, waitForRecord } from '../../sandbox/index.js';
import { MIRRORED, MirrorPair, otherSide, type Side } from '../support/mirror-pair.js';
import { scale } from '../support/scale.js';

const MIB = 1024 ** 2;
const DATA_BYTES = 96 * MIB;

const pair = await MirrorPair.open(t);
const { sandbox } = pair;

await t.test('a full mirror of a running VM, then what changed, is equal byte for byte', async (t) => {
  await pair.guest(t);
  await waitForRecord(sandbox, MIRRORED, 5);
  t.match(await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1', 'west'), /is mirrored to west/);
  t.equal(await pair.state('west'), 'mirror');
  await pair.equal(t, 'east', 'west');

  // Small writes, and a discard of what the copy holds.
  await pair.write('east', 4_096, 64);
  await pair.discard('east', 8 * MIB, 16 * MIB);
  const gone = (await readImage(sandbox, 'east', 'vm1-data')).subarray(8 * MIB, 24 * MIB);
  t.ok(
    gone.every((byte) => byte === 0),
    'M2 D2 it is discarded',
  );
  await waitForRecord(sandbox, MIRRORED, 15);
  const said = await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
  t.match(said, /what changed since mr/, 'D12 from the newest that both have');
  await pair.equal(t, 'east', 'west');
});

await t.test('guard rails: a copy is not started, nor sent on', async (t) => {
  const started = await pair.drover('west', 'vm', 'start', 'vm1');
  t.match(started, { code: 1, stderr: /copy of a mirror/ });
  const sent = await pair.drover('west', 'vm', 'mirror', 'create', 'vm1');
  t.match(sent.code, 1);
  t.match(sent.stdout + sent.stderr, /only the active one is sent/);
});

await t.test('M14 D12: deltas under I/O, with discards and resizes, one after the other', async (t) => {
  const count = scale({ regular: 3, all: 30 });
  let size = DATA_BYTES;
  for (let round = 1; round <= count; round += 1) {
    await pair.write('east', 4_096, 16);
    if (round % 2 === 0) await pair.discard('east', (1 + ((round * 7) % 76)) * MIB, 4 * MIB);
    if (round % 3 === 0) {
      size += MIB;
      // By force: nobody in here says how full a pool is.
      await pair.does(
        t,
        'east',
        'storage',
        'volume',
        'resize',
        'vms',
        'vm1-data',
        `${size / MIB}M`,
        '-f',
        '-y',
      );
    }
    const said = await pair.does(t, 'east', 'vm', 'mirror', 'create', 'vm1');
    t.match(said, /what changed since mr/, `delta ${round}`);
    await pair.equal(t, 'east', 'west');
  }
  t.comment(`measured: ${count} deltas`);
});

await t.test(
  'handed over and back under I/O: the chain of the guest goes on, one copy is active',
  { timeout: 1_800_000 },
  async (t) => {
    const count = scale({ regular: 2, all: 10 });
    let from: Side = 'east';
    let before = 0;
    for (let round = 1; round <= count; round += 1) {
      const to = otherSide(from);
      const said = await pair.does(t, from, 'vm', 'mirror', 'promote', 'vm1', to, '-y');
      t.match(said, new RegExp(`active one on ${to}`));
      t.match(await pair.mirrored(from), { role: 'mirror' });
      t.match(await pair.mirrored(to), { role: 'active', epoch: round });
      t.equal(await pair.state(from), 'mirror');
      // Its console goes by its definition: to the same file wherever it runs.
      const told = await waitForRecord(sandbox, MIRRORED, 1);
      before = await waitForRecord(sandbox, MIRRORED, told + 10, { limitMs: 180_000 });
      await pair.equal(t, to, from);
      from = to;
    }
    await stopped(t, from);
    const chain = chainOfDisk(await readImage(sandbox, from, 'vm1'));
    t.same(chain.problems, [], 'no record is missing over two clusters');
    t.ok(chain.records.length >= before);
  },
);

async function stopped(t: Test, side: Side): Promise<void> {
  await pair.does(t, side, 'vm', 'stop', 'vm1', '-y', '--wait');
}
