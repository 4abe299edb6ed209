import t from 'tap';
import type { Tasks, Vm } from '../../../schemas/api.js';
import { LIMITS } from '../../../lib/core/index.js';
import { documentPath, encodeDocument } from '../../../lib/tree/index.js';
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

/** A tree with so many tasks: of three one runs, one has ended, and one is queued. */
function treeWithTasks(count: number): Map<string, Uint8Array> {
  const entries = treeWith(vms(1, 1));
  for (const folder of ['/drover', '/drover/tasks']) entries.set(folder, new Uint8Array());
  const at = 1_795_334_000_000;
  const boot = '5f0c0c2e-0000-4000-8000-000000000001';
  for (let n = 0; n < count; n += 1) {
    const id = `task${n}`;
    const state = (['running', 'done', 'queued'] as const)[n % 3] ?? 'queued';
    entries.set(
      documentPath('task', { id }),
      encodeDocument('task', { id, kind: 'vm.create_mirror', args: {} }),
    );
    if (state === 'queued') continue;
    entries.set(
      documentPath('task-status', { id }),
      encodeDocument('task-status', { attempt: 1, at, state, progress: { current: 1, total: 2 } }),
    );
    if (state === 'running')
      entries.set(
        documentPath('task-claim', { id }),
        encodeDocument('task-claim', { node: 'pv1', boot, attempt: 1, since: at }),
      );
  }
  return entries;
}

/** The virtual time of one request: each message takes one millisecond, so this counts what waits for what. */
async function timed(world: ApiWorld, path: string): Promise<number> {
  const before = world.clock.monotonic();
  const { status } = await world.get(path);
  if (status !== 200) throw new Error(`${path}: ${status}`);
  return world.clock.monotonic() - before;
}

void t.test('M67 N42 the round trips of a list do not grow with VMs and snapshots', async (t) => {
  const few = await ApiWorld.open(treeWith(vms(1, 1)));
  const many = await ApiWorld.open(treeWith(vms(40, 5)));
  for (const path of ['/vm', '/status', '/node', '/vm?state=start&tag=no&negate=true'])
    t.equal(await timed(many, path), await timed(few, path), path);
  t.ok((await timed(many, '/vm')) <= 10, 'at most five round trips');
});

void t.test('M68 the round trips of the list of tasks do not grow with them', async (t) => {
  const few = await ApiWorld.open(treeWithTasks(1));
  const many = await ApiWorld.open(treeWithTasks(40));
  const size = (workers: Tasks['active'] = {}) => Object.values(workers).flat().length;
  const counts = async (world: ApiWorld) => {
    const { active, reserved, finished } = (await world.get('/tasks?finished=true')).body as Tasks;
    return [size(active), size(reserved), size(finished)];
  };
  t.same(await counts(few), [1, 0, 0]);
  t.same(await counts(many), [14, 13, 13]);
  for (const path of ['/tasks', '/tasks?finished=true'])
    t.equal(await timed(many, path), await timed(few, path), path);
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
