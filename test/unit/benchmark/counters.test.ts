import t from 'tap';
import {
  averages,
  interfaceTo,
  readCounters,
  readMemory,
  sampleUntil,
} from '../../../lib/benchmark/index.js';
import { SimClock, SimFiles, SimRandom } from '../../../lib/sim/index.js';
import { memoryFiles } from '../../support/memory-files.js';
import { procFiles } from '../../support/proc-files.js';

const BEFORE = { user: 1_000, idle: 5_000, osd: 100, received: 1_000, sent: 2_000, available: 800_000 };
const AFTER = { user: 1_300, idle: 5_700, osd: 350, received: 126_000, sent: 252_000, available: 600_000 };

void t.test('M69: averages are of the whole time, of nothing more and nothing less', async (t) => {
  const [from, to] = [memoryFiles(procFiles(BEFORE)), memoryFiles(procFiles(AFTER))];
  const name = await interfaceTo(from, '198.18.1.7');
  t.equal(name, 'eth0');
  const memory = [await readMemory(from), await readMemory(to)];
  const found = averages(
    { at: 0, counters: await readCounters(from, name) },
    { at: 10_000, counters: await readCounters(to, name) },
    memory,
    name,
  );
  t.same(found, {
    avg_cpu_util_percent: { total: 30, 'ceph-osd': 25, 'ceph-mon': 0 },
    avg_memory_util_percent: { total: 30, 'ceph-osd': 10, 'ceph-mon': 0 },
    avg_network_util_bps: { sent: 200_000, recv: 100_000, total: 300_000 },
    seconds: 10,
    interface: 'eth0',
  });
});

void t.test(
  'the interface is that of the narrowest route; without one all but the loopback count',
  async (t) => {
    const files = memoryFiles(procFiles(BEFORE));
    t.equal(await interfaceTo(files, '10.1.2.3'), 'eth1', 'the default route');
    t.equal(await interfaceTo(files, undefined), undefined);
    t.equal(await interfaceTo(files, 'fd00::1'), undefined);
    t.same((await readCounters(files, undefined)).network, { received: 2_000, sent: 3_000 });
  },
);

void t.test('a daemon that began meanwhile counts, and one that ended counts for nothing', async (t) => {
  const before = procFiles(BEFORE);
  const after = {
    ...procFiles(AFTER),
    '/proc/43/comm': 'ceph-mon\n',
    '/proc/43/stat': before['/proc/42/stat'] ?? '',
  };
  delete (after as Record<string, string>)['/proc/42/stat'];
  const found = averages(
    { at: 0, counters: await readCounters(memoryFiles(before), undefined) },
    { at: 1_000, counters: await readCounters(memoryFiles(after), undefined) },
    [],
    undefined,
  );
  t.match(found.avg_cpu_util_percent, { 'ceph-osd': 0, 'ceph-mon': 13 });
  t.equal(found.interface, undefined);
});

void t.test('it looks until it is over, also when that is at once', async (t) => {
  const clock = new SimClock({ random: new SimRandom('sampling') });
  const process = clock.process('node');
  const files = new SimFiles();
  const write = async (at: typeof BEFORE) => {
    for (const [path, text] of Object.entries(procFiles(at))) await files.replace(path, text);
  };
  await write(BEFORE);
  const world = { files, clock: process.clock, storageAddress: '198.18.1.7' };
  const over = new AbortController();
  const looking = sampleUntil(world, over.signal);
  await clock.advance(2_500);
  await write(AFTER);
  over.abort();
  t.match(await clock.settle(looking), { seconds: 2.5, avg_cpu_util_percent: { total: 30 } });
  t.match(await clock.settle(sampleUntil(world, AbortSignal.abort())), {
    seconds: 0,
    avg_cpu_util_percent: { total: 0 },
    avg_network_util_bps: { total: 0 },
  });
});
