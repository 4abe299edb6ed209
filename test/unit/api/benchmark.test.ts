import t from 'tap';
import { bytesOf } from '../../../lib/tree/index.js';
import { ApiWorld } from '../../support/api-world.js';

const FOLDERS = { '/drover': '', '/drover/benchmarks': '', '/drover/tasks': '' };

async function open(keys: Readonly<Record<string, object>>): Promise<ApiWorld> {
  const world = await ApiWorld.open();
  const known = new Set((await world.store.children('/'))?.names ?? []);
  const folders: Record<string, string> = known.has('drover') ? {} : FOLDERS;
  const texts = Object.fromEntries(
    Object.entries(keys).map(([path, value]) => [path, JSON.stringify(value)]),
  );
  await world.write(
    new Map(Object.entries({ ...folders, ...texts }).map(([path, text]) => [path, bytesOf(text)])),
  );
  return world;
}

const HEAD = { v: 1, format: 2, task: 't1', state: 'done' };
const STATUS = { v: 1, state: 'running', attempt: 1, at: 1 };

void t.test('benchmarks in PVC’s shape: done, running, and what an ended task has left', async (t) => {
  const at = '/drover/benchmarks';
  const world = await open({
    [`${at}/a`]: HEAD,
    [`${at}/a/seq_read`]: { v: 1, result: { jobs: [1] } },
    '/drover/tasks/t2': { v: 1, id: 't2', kind: 'storage.benchmark', args: {} },
    '/drover/tasks/t2/status': STATUS,
    '/drover/tasks/t3': { v: 1, id: 't3', kind: 'storage.benchmark', args: {} },
    '/drover/tasks/t3/status': { ...STATUS, state: 'failed' },
  });
  await world.write(
    new Map([[`${at}/b`, bytesOf(JSON.stringify({ ...HEAD, task: 't2', state: 'running' }))]]),
  );
  await world.write(
    new Map([[`${at}/c`, bytesOf(JSON.stringify({ ...HEAD, task: 't3', state: 'running' }))]]),
  );
  await world.write(new Map([[`${at}/d`, bytesOf(JSON.stringify({ v: 1, format: 9 }))]]));
  await world.write(new Map([[`${at}/e`, bytesOf('garbage')]]));
  const { status, body } = await world.get('/storage/ceph/benchmark');
  t.equal(status, 200);
  const rows = body as { id: number; job: string; test_format: number; benchmark_result: unknown }[];
  t.same(
    rows.map(({ job, test_format, benchmark_result }) => [job, test_format, benchmark_result]),
    [
      ['a', 2, { seq_read: { jobs: [1] } }],
      ['b', 2, 'Running'],
      ['c', 2, {}],
      ['d', 9, {}],
    ],
  );
  t.ok(
    rows.every(({ id }, index) => index === 0 || id > (rows[index - 1]?.id ?? 0)),
    'ids grow',
  );
  t.match((await world.get('/storage/ceph/benchmark?job=a')).body, [{ job: 'a' }]);
  t.equal((await world.get('/storage/ceph/benchmark?job=x')).status, 404);
});

void t.test('a benchmark is asked for by a ticket', async (t) => {
  const world = await open({});
  t.equal((await world.get('/storage/ceph/benchmark')).status, 404, 'there are none');
  const form = { pool: 'vms', name: 'b', volume_size: '64M', runtime: '2' };
  await world.form('POST', '/storage/ceph/benchmark', form);
  t.match(world.recording.calls, [
    {
      what: 'tasks.request',
      args: [
        {
          kind: 'storage.benchmark',
          args: { pool: 'vms', name: 'b', volumeBytes: 64 * 1024 ** 2, runtime: 2, force: false },
        },
      ],
    },
  ]);
});
