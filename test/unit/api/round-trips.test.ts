import t from 'tap';
import type { Vm } from '../../../schemas/api.js';
import { LIMITS } from '../../../lib/core/index.js';
import { treeWith } from '../../support/api-tree.js';
import { ApiWorld } from '../../support/api-world.js';

function vms(count: number, snapshots: number) {
  return Array.from({ length: count }, (_, n) => ({
    uuid: `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
    name: `vm${n}`,
    keys: Object.fromEntries(Array.from({ length: snapshots }, (_none, s) => snapshotKeys(n, s)).flat(1)),
  }));
}

function snapshotKeys(n: number, s: number): [string, string][] {
  return [
    [`/snapshots/s${s}`, `s${s}`],
    [`/snapshots/s${s}/timestamp`, String(1_795_334_000 + s)],
    [`/snapshots/s${s}/xml`, '<domain/>'],
    [`/snapshots/s${s}/rbdsnaplist`, `vms/vm${n}@s${s}`],
  ];
}

/** The virtual time of one request: each message takes one millisecond, so this counts what waits for what. */
async function timed(world: ApiWorld, path: string): Promise<number> {
  const before = world.clock.monotonic();
  const { status } = await world.get(path);
  if (status !== 200) throw new Error(`${path}: ${status}`);
  return world.clock.monotonic() - before;
}

void t.test('M67 the round trips of a list do not grow with VMs and snapshots', async (t) => {
  const few = await ApiWorld.open(treeWith(vms(1, 1)));
  const many = await ApiWorld.open(treeWith(vms(40, 5)));
  for (const path of ['/vm', '/status', '/node', '/vm?state=start&tag=no&negate=true'])
    t.equal(await timed(many, path), await timed(few, path), path);
  t.ok((await timed(many, '/vm')) <= 10, 'at most five round trips');
});

void t.test('M67 one request reads no key twice', async (t) => {
  const world = await ApiWorld.open(treeWith(vms(10, 2)));
  for (const path of ['/vm?limit=vm&state=stop', '/status', '/node', '/vm/vm3']) {
    world.reads.length = 0;
    await world.get(path);
    t.equal(new Set(world.reads).size, world.reads.length, path);
  }
});

void t.test(
  'M67 snapshots are read again when their list changes, or after a minute, and not before',
  async (t) => {
    const world = await ApiWorld.open(treeWith(vms(3, 4)));
    const snapshotReads = async () => {
      world.reads.length = 0;
      const { body } = await world.get('/vm');
      const count = (body as Vm[]).flatMap(({ snapshots }) => snapshots).length;
      return [count, world.reads.filter((path) => /\/snapshots\/s\d\//.test(path)).length];
    };
    t.same(await snapshotReads(), [12, 36]);
    t.same(await snapshotReads(), [12, 0]);
    const root = '/domains/00000001-0000-4000-8000-000000000000/snapshots/s9';
    const text = (value: string) => new TextEncoder().encode(value);
    await world.write(
      new Map([
        [root, text('s9')],
        [`${root}/timestamp`, text('1795334100')],
        [`${root}/xml`, text('<domain/>')],
        [`${root}/rbdsnaplist`, text('')],
      ]),
    );
    t.same(await snapshotReads(), [13, 15], 'those of the one VM');
    await world.clock.advance(LIMITS.apiSnapshotMs);
    t.same(await snapshotReads(), [13, 39]);
  },
);
