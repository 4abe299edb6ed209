import { type Benchmark, readBenchmark, type Spread, type TestFigures } from '../../lib/client/index.js';
import {
  aboutBits,
  aboutBytes,
  aboutCount,
  aboutMicroseconds,
  properties,
  table,
} from '../../lib/text/index.js';

const TITLES: Readonly<Record<string, string>> = {
  seq_read: 'Sequential Read (4M blocks, queue depth 64)',
  seq_write: 'Sequential Write (4M blocks, queue depth 64)',
  rand_read_4M: 'Random Read (4M blocks, queue depth 64)',
  rand_write_4M: 'Random Write (4M blocks, queue depth 64)',
  rand_read_256K: 'Random Read (256K blocks, queue depth 64)',
  rand_write_256K: 'Random Write (256K blocks, queue depth 64)',
  rand_read_4K: 'Random Read (4K blocks, queue depth 64)',
  rand_write_4K: 'Random Write (4K blocks, queue depth 64)',
  rand_read_4K_lowdepth: 'Random Read (4K blocks, queue depth 1)',
  rand_write_4K_lowdepth: 'Random Write (4K blocks, queue depth 1)',
};

const NONE = 'N/A';

/** One line for each benchmark; `read / write` in the columns. */
export function listedBenchmarks(benchmarks: readonly Benchmark[]): string {
  return table(
    ['Job', 'Format', 'Sequential 4M', 'IOPS', 'Random 4K', 'IOPS'],
    benchmarks.map((benchmark) => [benchmark.job, String(benchmark.test_format), ...figuresOf(benchmark)]),
  );
}

function figuresOf(benchmark: Benchmark): readonly string[] {
  const reading = readBenchmark(benchmark);
  if (reading.is === 'running') return ['Running', 'Running', 'Running', 'Running'];
  const tests = reading.is === 'read' ? reading.tests : [];
  const both = (kind: 'seq' | 'rand', what: (test: TestFigures) => string) =>
    ['read', 'write']
      .map((way) => tests.find(({ name }) => name === (kind === 'seq' ? `seq_${way}` : `rand_${way}_4K`)))
      .map((test) => (test === undefined ? NONE : what(test)))
      .join(' / ');
  const bandwidth = ({ overall }: TestFigures) => rate(overall.bandwidth);
  const iops = ({ overall }: TestFigures) => count(overall.iops);
  return [both('seq', bandwidth), both('seq', iops), both('rand', bandwidth), both('rand', iops)];
}

/** Everything about one test. */
export function describedTest(test: TestFigures): string {
  const { name, overall, cpu, memory, network, latency } = test;
  const time = overall.runtimeMs === undefined ? NONE : `${Number((overall.runtimeMs / 1_000).toFixed(1))} s`;
  return `${TITLES[name] ?? name}\n${properties([
    [
      '  Overall',
      `${rate(overall.bandwidth)}, ${count(overall.iops)} IOPS, ${bytes(overall.bytes)} in ${time}`,
    ],
    ['  CPU', `${percent(cpu.total)} of the node, OSD ${percent(cpu.osd)}, MON ${percent(cpu.mon)}`],
    ['  CPU of the load', `user ${percent(cpu.user)}, system ${percent(cpu.system)}`],
    [
      '  Memory',
      `${percent(memory.total)} of the node, OSD ${percent(memory.osd)}, MON ${percent(memory.mon)}`,
    ],
    ['  Network', `${bits(network.total)}, sent ${bits(network.sent)}, received ${bits(network.received)}`],
    ['  Bandwidth', spread(test.bandwidth, rate)],
    ['  IOPS', spread(test.iops, count)],
    ['  Latency', spread(latency, (us) => (us === undefined ? NONE : aboutMicroseconds(us)))],
    ...test.buckets.map(
      ([bound, share], at) =>
        [at === 0 ? '  Took up to' : '', `${boundOf(bound)}: ${percent(share)}`] as const,
    ),
    ...(test.node === undefined ? [] : [['  Ran on', test.node] as const]),
    ...test.others.map(
      ([node, { missing, ...figures }]) =>
        [
          `  Meanwhile ${node}`,
          missing ??
            `CPU ${percent(figures.cpu)}, memory ${percent(figures.memory)}, network ${bits(figures.network)}`,
        ] as const,
    ),
  ])}`;
}

/** `>=` is the bound of all that is slower. */
function boundOf(text: string): string {
  const [, sign = '', number = ''] = /^(>=)?(.*)$/.exec(text) ?? [];
  return `${sign}${aboutMicroseconds(Number(number))}`;
}

function spread(
  { min, max, mean, stdev, samples }: Spread,
  show: (value: number | undefined) => string,
): string {
  const all = samples === undefined ? '' : `, ${samples} samples`;
  return `mean ${show(mean)}, min ${show(min)}, max ${show(max)}, deviation ${show(stdev)}${all}`;
}

function rate(value: number | undefined): string {
  return value === undefined ? NONE : `${aboutBytes(value)}/s`;
}

function bytes(value: number | undefined): string {
  return value === undefined ? NONE : aboutBytes(value);
}

function bits(value: number | undefined): string {
  return value === undefined ? NONE : aboutBits(value);
}

function count(value: number | undefined): string {
  return value === undefined ? NONE : aboutCount(value);
}

function percent(value: number | undefined): string {
  return value === undefined ? NONE : `${Number(value.toFixed(2))} %`;
}
