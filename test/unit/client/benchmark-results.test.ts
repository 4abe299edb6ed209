import { readFileSync } from 'node:fs';
import t from 'tap';
import fc from 'fast-check';
import { readBenchmark, type TestFigures } from '../../../lib/client/index.js';

type Json = Readonly<Record<string, unknown>>;

/** Recorded from PVC: format 2. */
const RECORDED = JSON.parse(
  readFileSync('test/fixtures/pvc/api-benchmark_result_trimmed.json', 'utf8'),
) as Record<string, Json>;

function testsOf(format: number, result: unknown): readonly TestFigures[] {
  const reading = readBenchmark({ test_format: format, benchmark_result: result as string });
  if (reading.is !== 'read') throw new Error(`it is ${reading.is}`);
  return reading.tests;
}

void t.test('format 2, as PVC wrote it', (t) => {
  const [test, ...more] = testsOf(2, RECORDED);
  t.same(more, []);
  t.match(test, {
    name: 'rand_write_4K',
    overall: { bandwidth: 13_585_043, iops: 3316.66089, bytes: 1_019_068_416, runtimeMs: 75_014 },
    cpu: { total: 91.07, osd: 45.07, mon: 0, user: 2.044979, system: 0.862517 },
    memory: { total: 29.01, osd: 3.84, mon: 0.51 },
    network: { total: 0, sent: 0, received: 0 },
    iops: { min: 462, max: 6652, mean: 3319.805369, stdev: 1246.396436, samples: 149 },
    node: undefined,
    others: [],
  });
  t.equal(test?.bandwidth.min, 1848 * 1024);
  t.equal(Math.round(test?.latency.mean ?? 0), 19_295, 'microseconds');
  const sum = test?.buckets.reduce((all, [, percent]) => all + percent, 0) ?? 0;
  t.ok(
    test !== undefined && test.buckets.length === 8 && Math.abs(sum - 100) < 0.1,
    'all of them, not the first five',
  );
  t.same(test?.buckets[0], ['2000', 0.01]);
  t.end();
});

void t.test('format 2 of ours says where it ran, and what the other nodes were busy with', (t) => {
  const busy = { avg_cpu_util_percent: { total: 7 }, avg_memory_util_percent: { total: 8 } };
  const ours = {
    ...RECORDED['rand_write_4K'],
    node: 'a',
    nodes: { a: busy, b: busy, c: { missing: 'it did not answer' } },
  };
  t.match(testsOf(2, { seq_read: ours })[0], {
    node: 'a',
    others: [
      ['b', { cpu: 7, memory: 8, network: undefined, missing: undefined }],
      ['c', { cpu: undefined, missing: 'it did not answer' }],
    ],
  });
  t.end();
});

void t.test('format 1 has no figures of the node', (t) => {
  const { jobs } = RECORDED['rand_write_4K'] ?? {};
  const [test] = testsOf(1, { rand_write_4K: { jobs } });
  t.match(test, { overall: { iops: 3316.66089 }, cpu: { total: undefined, user: 2.044979 } });
  t.end();
});

void t.test('format 0 is made of texts, perhaps JSON in a text, perhaps twice', (t) => {
  const result = {
    seq_read: {
      overall: { iosize: '1024', bandwidth: '100', iops: '25', runtime: '10240' },
      latency: { min: '1', max: '9', mean: '4.5', stdev: '0.5' },
      bandwidth: { min: '90', max: '110', mean: '100', stdev: '5', numsamples: '20' },
      iops: { min: '20', max: '30', mean: '25', stdev: '2', numsamples: '20' },
      cpu: { user: '1.5%', system: '2.5%', ctxsw: '7', majfault: '0', minfault: '3' },
    },
    rand_read_256K: {},
  };
  for (const wrapped of [result, JSON.stringify(result), JSON.stringify(JSON.stringify(result))]) {
    const [test, empty] = testsOf(0, wrapped);
    t.match(test, {
      overall: { bandwidth: 102_400, iops: 25, bytes: 1_048_576, runtimeMs: 10_240 },
      cpu: { user: 1.5, system: 2.5, total: undefined },
      latency: { mean: 4.5, stdev: 0.5 },
      bandwidth: { mean: 102_400, samples: 20 },
    });
    t.match(empty, { name: 'rand_read_256K', overall: { iops: undefined } });
  }
  t.end();
});

void t.test('what runs, and what nobody understands', (t) => {
  t.same(readBenchmark({ test_format: 2, benchmark_result: 'Running' }), { is: 'running' });
  t.same(readBenchmark({ test_format: 7, benchmark_result: { a: 1 } }), { is: 'unknown', raw: { a: 1 } });
  t.same(readBenchmark({ test_format: 2, benchmark_result: 'no JSON' }), { is: 'unknown', raw: 'no JSON' });
  t.same(testsOf(2, {}), []);
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 4 }), fc.jsonValue(), (format, value) => {
      const reading = readBenchmark({ test_format: format, benchmark_result: value as string });
      return ['running', 'read', 'unknown'].includes(reading.is);
    }),
  );
  t.end();
});
