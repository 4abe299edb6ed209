import t from 'tap';
import { CephStorage, FioLoad } from '../../lib/adapters/ceph/index.js';
import { HostClock } from '../../lib/adapters/host/index.js';
import { TESTS } from '../../lib/benchmark/index.js';
import { type Benchmark, readBenchmark } from '../../lib/client/index.js';
import { Droverd, until } from '../../sandbox/index.js';
import { loadContract } from '../contract/load.js';
import { does, drover, served } from '../support/drover-command.js';
import { InsideProcesses } from '../support/inside-processes.js';
import { withSandbox } from '../support/sandbox.js';

const LONG = { limitMs: 240_000 };
/** Small, and Ceph without a manager says nothing of its space. */
const SMALL = ['--size', '64M', '--runtime', '1', '--warm-up', '1', '--force', '-y'];

const sandbox = await withSandbox(t, {
  clusters: [{ name: 'east', nodes: 2, zookeeper: 1, ceph: true, mgr: false }],
});

void t.test('fio', (t) => {
  const processes = new InsideProcesses(sandbox, 'east1', new HostClock());
  loadContract(t, () =>
    Promise.resolve({ load: new FioLoad(processes), storage: new CephStorage(processes), pool: 'vms' }),
  );
  t.end();
});

void t.test('M20 M69 I6: the worker is killed in the middle, and the benchmark goes on', async (t) => {
  const daemons = [
    await Droverd.start(sandbox, 'east1', { api: true }),
    await Droverd.start(sandbox, 'east2', { api: true }),
  ];
  t.teardown(async () => {
    for (const daemon of daemons) await daemon.kill();
  });
  const primary = await served(sandbox, 'east1');
  const list = async (job: string) => {
    const { stdout } = await drover(sandbox, 'east1', 'storage', 'benchmark', 'list', job, '-f', 'json');
    return (JSON.parse(stdout === '' ? '[]' : stdout) as Benchmark[])[0];
  };
  const images = async () => (await sandbox.rbd('east', 'ls', 'vms')).split('\n').filter(Boolean);
  const before = await images();

  const id = (
    await does(
      t,
      sandbox,
      'east1',
      'storage',
      'benchmark',
      'run',
      'vms',
      '--name',
      'b1',
      ...SMALL,
      '--no-wait',
    )
  ).trim();
  t.equal((await list('b1'))?.benchmark_result ?? 'Running', 'Running');
  await until('the third test', LONG, async () => {
    const { stdout } = await drover(sandbox, 'east1', 'task', 'list', '-f', 'json');
    // On a machine that is very slow to look it may be over by then.
    return /rand_/.test(stdout) || !stdout.includes(id);
  });
  await sandbox.faults.signalProcess(primary, 'daemon/worker-main\\.js', 'KILL');
  await does(t, sandbox, 'east1', 'task', 'watch', id);

  const found = await list('b1');
  const reading = found && readBenchmark(found);
  t.equal(reading?.is, 'read');
  const tests = reading?.is === 'read' ? reading.tests : [];
  t.same(tests.map(({ name }) => name).sort(), TESTS.map(({ name }) => name).sort());
  for (const { name, overall, cpu, memory, network, node, others } of tests) {
    t.ok((overall.iops ?? 0) > 0, `${name}: it did something`);
    t.ok((cpu.total ?? 0) > 0 && (memory.total ?? 0) > 0, `${name}: its node was busy`);
    t.ok((network.total ?? 0) > 0, `${name}: over the network of its node`);
    t.equal(node, primary);
    t.equal(others.length, 1, `${name}: and the other node was looked at`);
  }
  t.ok(
    tests.some(({ others }) => others.some(([, { cpu }]) => cpu !== undefined)),
    'which had figures',
  );
  t.same(await images(), before, 'no volume is left');
  t.equal((await sandbox.rbd('east', 'trash', 'ls', 'vms')).trim(), '', 'nor in the trash');

  t.match(await does(t, sandbox, 'east1', 'storage', 'benchmark', 'list'), /^b1 +2 +\S+ \S+\/s \/ /m);
  t.match(await does(t, sandbox, 'east1', 'storage', 'benchmark', 'info', 'b1'), /Sequential Read/);
  const again = await drover(
    sandbox,
    'east1',
    'storage',
    'benchmark',
    'run',
    'vms',
    '--name',
    'b1',
    ...SMALL,
  );
  t.match(again, { code: 1, stdout: /there are results under this name/ });
});
