import type { Benchmark } from '../../schemas/api.js';

/** How a figure spread over the samples of a test. */
export interface Spread {
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly mean: number | undefined;
  readonly stdev: number | undefined;
  readonly samples?: number | undefined;
}

/** One test, whatever the format that it was written in. What a format does not have is undefined. */
export interface TestFigures {
  readonly name: string;
  /** Bytes a second, operations a second, bytes, milliseconds. */
  readonly overall: {
    readonly bandwidth: number | undefined;
    readonly iops: number | undefined;
    readonly bytes: number | undefined;
    readonly runtimeMs: number | undefined;
  };
  /** Percent: of the load itself, of the node that ran it, of Ceph's daemons there. */
  readonly cpu: Readonly<Record<'total' | 'user' | 'system' | 'osd' | 'mon', number | undefined>>;
  readonly memory: Readonly<Record<'total' | 'osd' | 'mon', number | undefined>>;
  /** Bits a second. */
  readonly network: Readonly<Record<'total' | 'sent' | 'received', number | undefined>>;
  /** Bytes a second. */
  readonly bandwidth: Spread;
  readonly iops: Spread;
  /** Microseconds. */
  readonly latency: Spread;
  /** Percent of the operations that took up to so many microseconds and longer than the bound before; none empty. */
  readonly buckets: readonly (readonly [upToUs: string, percent: number])[];
  /** The node that ran it; formats before 2, and PVC, do not say. */
  readonly node: string | undefined;
  /** What the other nodes were busy with: CPU and memory in percent, bits a second. */
  readonly others: readonly (readonly [node: string, figures: OtherNode])[];
}

export interface OtherNode {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly network: number | undefined;
  /** Why there are no figures. */
  readonly missing: string | undefined;
}

/** What is in a benchmark: its tests by format 0, 1 or 2; or that it runs; or what nobody here understands, as it is. */
export type BenchmarkReading =
  | { readonly is: 'running' }
  | { readonly is: 'read'; readonly tests: readonly TestFigures[] }
  | { readonly is: 'unknown'; readonly raw: unknown };

/** Reads the results of a benchmark of any format. Never fails: what cannot be understood is given as it is. */
export function readBenchmark({
  test_format: format,
  benchmark_result: result,
}: Pick<Benchmark, 'test_format' | 'benchmark_result'>): BenchmarkReading {
  if (result === 'Running') return { is: 'running' };
  const tests = recordOf(unwrapped(result));
  const read = READERS[format];
  if (tests === undefined || read === undefined) return { is: 'unknown', raw: result };
  return { is: 'read', tests: Object.entries(tests).map(([name, test]) => read(name, recordOf(test) ?? {})) };
}

type Fields = Readonly<Record<string, unknown>>;

const READERS: Readonly<Record<number, (name: string, test: Fields) => TestFigures>> = {
  0: readTexts,
  1: readFio,
  2: readFio,
};

const KIB = 1_024;

/** Format 0: texts, picked from what fio prints for machines of its time. */
function readTexts(name: string, test: Fields): TestFigures {
  const overall = recordOf(test['overall']) ?? {};
  const cpu = recordOf(test['cpu']) ?? {};
  return {
    name,
    overall: {
      bandwidth: times(numberOf(overall['bandwidth']), KIB),
      iops: numberOf(overall['iops']),
      bytes: times(numberOf(overall['iosize']), KIB),
      runtimeMs: numberOf(overall['runtime']),
    },
    cpu: { ...NOTHING, user: numberOf(cpu['user']), system: numberOf(cpu['system']) },
    memory: NOTHING,
    network: NOTHING,
    bandwidth: spreadOf(test['bandwidth'], KIB),
    iops: spreadOf(test['iops']),
    latency: spreadOf(test['latency']),
    buckets: [],
    node: undefined,
    others: [],
  };
}

/** Formats 1 and 2: fio's JSON, in 2 with what the node was busy with beside it. */
function readFio(name: string, test: Fields): TestFigures {
  const [first] = Array.isArray(test['jobs']) ? (test['jobs'] as readonly unknown[]) : [];
  const job = recordOf(first) ?? {};
  const [read, write] = [recordOf(job['read']) ?? {}, recordOf(job['write']) ?? {}];
  const side = (numberOf(read['io_bytes']) ?? 0) > 0 ? read : write;
  const spread = (what: string, unit = 1): Spread => ({
    min: times(numberOf(side[`${what}_min`]), unit),
    max: times(numberOf(side[`${what}_max`]), unit),
    mean: times(numberOf(side[`${what}_mean`]), unit),
    stdev: times(numberOf(side[`${what}_${what === 'bw' ? 'dev' : 'stddev'}`]), unit),
    samples: numberOf(side[`${what}_samples`]),
  });
  const [cpu, memory, network] = [
    'avg_cpu_util_percent',
    'avg_memory_util_percent',
    'avg_network_util_bps',
  ].map((key) => recordOf(test[key]) ?? {}) as [Fields, Fields, Fields];
  const node = typeof test['node'] === 'string' ? test['node'] : undefined;
  return {
    name,
    overall: {
      bandwidth: numberOf(side['bw_bytes']) ?? times(numberOf(side['bw']), KIB),
      iops: numberOf(side['iops']),
      bytes: numberOf(side['io_bytes']),
      runtimeMs: numberOf(side['runtime']),
    },
    cpu: {
      total: numberOf(cpu['total']),
      osd: numberOf(cpu['ceph-osd']),
      mon: numberOf(cpu['ceph-mon']),
      user: numberOf(job['usr_cpu']),
      system: numberOf(job['sys_cpu']),
    },
    memory: {
      total: numberOf(memory['total']),
      osd: numberOf(memory['ceph-osd']),
      mon: numberOf(memory['ceph-mon']),
    },
    network: {
      total: numberOf(network['total']),
      sent: numberOf(network['sent']),
      received: numberOf(network['recv']),
    },
    bandwidth: spread('bw', KIB),
    iops: spread('iops'),
    latency: spreadOf(side['lat_ns'], 0.001, 'stddev'),
    buckets: bucketsOf(job),
    node,
    others: Object.entries(recordOf(test['nodes']) ?? {})
      .filter(([other]) => other !== node)
      .map(([other, figures]) => [other, otherNode(recordOf(figures) ?? {})] as const),
  };
}

function otherNode(figures: Fields): OtherNode {
  const of = (key: string) => numberOf(recordOf(figures[key])?.['total']);
  return {
    cpu: of('avg_cpu_util_percent'),
    memory: of('avg_memory_util_percent'),
    network: of('avg_network_util_bps'),
    missing: typeof figures['missing'] === 'string' ? figures['missing'] : undefined,
  };
}

const BUCKETS = [
  ['latency_ns', 0.001],
  ['latency_us', 1],
  ['latency_ms', 1_000],
] as const;

/** Every bucket that is not empty, from the fastest on. A bound `>=2000` is the last, of all that is slower. */
function bucketsOf(job: Fields): TestFigures['buckets'] {
  return BUCKETS.flatMap(([key, unit]) =>
    Object.entries(recordOf(job[key]) ?? {}).flatMap(([bound, value]) => {
      const percent = numberOf(value) ?? 0;
      const [, sign = '', number = ''] = /^(>=)?(\d+)$/.exec(bound) ?? [];
      return percent > 0 ? [[`${sign}${Number(number) * unit}`, percent] as const] : [];
    }),
  );
}

const NOTHING = {
  total: undefined,
  user: undefined,
  system: undefined,
  osd: undefined,
  mon: undefined,
  sent: undefined,
  received: undefined,
};

function spreadOf(value: unknown, unit = 1, stdev = 'stdev'): Spread {
  const fields = recordOf(value) ?? {};
  const of = (key: string) => times(numberOf(fields[key]), unit);
  return {
    min: of('min'),
    max: of('max'),
    mean: of('mean'),
    stdev: of(stdev),
    samples: numberOf(fields['numsamples'] ?? fields['N']),
  };
}

/** Old results are JSON in a text, some twice. */
function unwrapped(value: unknown): unknown {
  let inner = value;
  for (let left = 2; left > 0 && typeof inner === 'string'; left -= 1)
    try {
      inner = JSON.parse(inner) as unknown;
    } catch {
      return value;
    }
  return inner;
}

function recordOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A number, also in a text, also with a percent sign behind it. */
function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.trim() !== ''
        ? parseFloat(value)
        : NaN;
  return Number.isFinite(number) ? number : undefined;
}

function times(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value * unit;
}
