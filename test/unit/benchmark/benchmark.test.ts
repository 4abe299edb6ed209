import t from 'tap';
import { planBenchmark, TESTS } from '../../../lib/benchmark/index.js';
import { procFiles } from '../../support/proc-files.js';
import { MIB, VolumeCluster } from '../../support/volume-cluster.js';

const NAMES = TESTS.map(({ name }) => name);
const ARGS = { pool: 'vms', name: 'first', force: true };

async function start(seed: string): Promise<VolumeCluster> {
  const cluster = await VolumeCluster.start(seed);
  const now = { user: 1, idle: 2, osd: 3, received: 4, sent: 5, available: 6 };
  for (const [path, text] of Object.entries(procFiles(now))) await cluster.files.replace(path, text);
  return cluster;
}

interface Result {
  readonly result: {
    readonly node: string;
    readonly nodes: Readonly<Record<string, unknown>>;
    readonly jobs: readonly { readonly jobname: string }[];
  };
}

function resultsOf(cluster: VolumeCluster, job: string): Map<string, Result> {
  return new Map(
    NAMES.flatMap((name) => {
      const text = cluster.text(`/drover/benchmarks/${job}/${name}`);
      return text === undefined ? [] : [[name, JSON.parse(text) as Result] as const];
    }),
  );
}

void t.test(
  'the eight tests run in order on a volume that was written once, and nothing is left',
  async (t) => {
    const cluster = await start('benchmark');
    t.teardown(() => cluster.stop());
    t.match(await cluster.does('b1', 'storage.benchmark', ARGS), { job: 'first', tests: 8 });
    t.same(
      cluster.loads.flatMap(({ begun }) => begun),
      ['fill', ...NAMES],
      'M69 the whole volume is written before anything is measured',
    );
    const results = resultsOf(cluster, 'first');
    t.same([...results.keys()], NAMES);
    for (const [name, { result }] of results) {
      t.equal(result.jobs[0]?.jobname, name);
      t.same(Object.keys(result.nodes).sort(), ['n1', 'n2'], `${name}: every node`);
      t.match(result.nodes[result.node], { seconds: 10 }, `${name}: its own figures without the warm-up`);
      t.match(result.nodes['n1'], { avg_cpu_util_percent: { total: 0 } });
      t.match(result.nodes['n2'], { avg_cpu_util_percent: { total: 0 } });
    }
    t.match(JSON.parse(cluster.text('/drover/benchmarks/first') ?? ''), {
      ...{ format: 2, state: 'done', pool: 'vms', volumeBytes: 64 * MIB, runtimeMs: 10_000, warmUpMs: 2_000 },
    });
    t.same([cluster.images, cluster.trash], [[], []]);
    const asked = [...cluster.tasks.world.service.history].flatMap(({ writes }) =>
      writes.map(({ path }) => path),
    );
    const questions = new Set(asked.filter((path) => /^\/drover\/tasks\/b1-1-\d-0$/.test(path)));
    t.equal(questions.size, 8);
    for (const path of questions) t.equal(cluster.text(path), undefined, `${path} is not kept`);
  },
);

void t.test('M20: results are never written over', async (t) => {
  const cluster = await start('names');
  t.teardown(() => cluster.stop());
  await cluster.does('b1', 'storage.benchmark', ARGS);
  const before = cluster.text('/drover/benchmarks/first');
  t.equal(await cluster.fails('b2', 'storage.benchmark', ARGS), 'REFUSED');
  t.equal(cluster.text('/drover/benchmarks/first'), before);
  await cluster.does('b3', 'storage.benchmark', { pool: 'vms', force: true, runtime: 1, warmUp: 0 });
  const jobs = await cluster.tasks.settle(cluster.tasks.client.children('/drover/benchmarks'));
  const [other] = (jobs?.names ?? []).filter((name) => name !== 'first');
  t.match(other, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d_n[12]$/, 'without a name it has the time and the node');
});

void t.test('what does not fit is refused with the numbers, and leaves nothing', async (t) => {
  const cluster = await start('space');
  t.teardown(() => cluster.stop());
  const { status } = await cluster.done('b1', 'storage.benchmark', { ...ARGS, volumeBytes: 2 ** 41 });
  t.match(status.error, { code: 'REFUSED', message: /2199023255552 bytes more, with 0 stored/ });
  t.equal(cluster.text('/drover/benchmarks/first'), undefined);
  t.equal(await cluster.fails('b2', 'storage.benchmark', { ...ARGS, pool: 'nowhere' }), 'NOT_FOUND');
  t.equal(await cluster.fails('b3', 'storage.benchmark', { ...ARGS, name: 'a/b' }), 'BAD_INPUT');
});

void t.test(
  'one that is cancelled says so, keeps the tests that are done, and leaves no volume',
  async (t) => {
    const cluster = await start('cancel');
    t.teardown(() => cluster.stop());
    const ended = cluster.done('b1', 'storage.benchmark', ARGS);
    await cluster.tasks.until(() => resultsOf(cluster, 'first').size === 3, 'three tests');
    await cluster.tasks.write('/drover/tasks/b1/cancel', { v: 1, why: 'enough' });
    t.equal((await ended).status.state, 'cancelled');
    t.match(JSON.parse(cluster.text('/drover/benchmarks/first') ?? ''), { state: 'failed' });
    t.equal(resultsOf(cluster, 'first').size, 3);
    t.same([cluster.images, cluster.trash], [[], []]);
  },
);

void t.test('I5 I6: killed at each step, it goes on test by test on another node', async (t) => {
  const points = ['begin', 'make', 'fill', 'test', 'clean', 'end'].flatMap((step) =>
    ['before', 'guarded', 'done'].map((cut) => `benchmark/${step}/${cut}`),
  );
  for (const point of points) {
    const cluster = await start(point);
    cluster.killAt = point;
    await cluster.does('b1', 'storage.benchmark', { ...ARGS, runtime: 2, warmUp: 0 });
    t.equal(cluster.killAt, undefined, `${point} was reached`);
    t.same([...resultsOf(cluster, 'first').keys()], NAMES, point);
    t.match(JSON.parse(cluster.text('/drover/benchmarks/first') ?? ''), { state: 'done' }, point);
    const begun = cluster.loads.flatMap((load) => load.begun);
    const again = begun.length - 9;
    t.ok(again === 0 || (again === 1 && /fill|test/.test(point)), `${point}: ${begun.join(' ')}`);
    t.same([cluster.images, cluster.trash], [[], []], point);
    await cluster.stop();
  }
});

void t.test('a volume that was not written whole is written again before anything is measured', (t) => {
  const head = { v: 1, format: 2, state: 'running' as const, task: 'b1' };
  const facts = { task: 'b1', job: 'j', head, done: [], volume: 'a1', filled: undefined };
  t.match(planBenchmark(facts), { step: { kind: 'fill', volume: 'a1' } });
  t.match(planBenchmark({ ...facts, filled: 'a0' }), { step: { kind: 'fill' } }, 'another one was');
  t.match(planBenchmark({ ...facts, filled: 'a1' }), { step: { kind: 'test', test: 'seq_read' } });
  t.match(planBenchmark({ ...facts, filled: 'a1', done: ['seq_read'] }), { step: { test: 'seq_write' } });
  t.match(planBenchmark({ ...facts, done: NAMES }), { step: { kind: 'clean' } });
  t.match(planBenchmark({ ...facts, done: NAMES, volume: undefined }), { step: { kind: 'end' } });
  t.throws(() => planBenchmark({ ...facts, task: 'b2' }), { code: 'REFUSED' });
  t.end();
});
