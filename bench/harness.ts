/**
 * A benchmark compares our way with the raw one, side by side in the same minutes of the same machine: runs alternate,
 * and what counts is the ratio. Figures are read by people; no test asserts one.
 */
export interface Benchmark {
  /** What it is called on the command line. */
  readonly name: string;
  readonly comparisons: readonly Comparison[];
}

export interface Comparison {
  readonly name: string;
  /** What one run does, e.g. `50 runs`, `1 GiB`. */
  readonly amount: string;
  /** Drover's way, and the same work without Drover. */
  readonly ours: () => Promise<void>;
  readonly raw: () => Promise<void>;
}

/** Milliseconds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Side {
  readonly wallMs: Spread;
  /** Processor time of this process alone, not of its children. */
  readonly cpuMs: Spread;
}

export interface Outcome {
  readonly benchmark: string;
  readonly comparison: string;
  readonly amount: string;
  readonly runs: number;
  readonly ours: Side;
  readonly raw: Side;
  /** Median of ours over median of raw: below 1, ours is faster. */
  readonly ratio: number;
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Measures every comparison in turn, each side `runs` times after one run that does not count. */
export async function* measure(benchmark: Benchmark, runs: number): AsyncGenerator<Outcome> {
  for (const { name, amount, ours, raw } of benchmark.comparisons) {
    const samples = await alternate(ours, raw, runs);
    const sides = { ours: side(samples.ours), raw: side(samples.raw) };
    const ratio = sides.ours.wallMs.median / sides.raw.wallMs.median;
    yield { benchmark: benchmark.name, comparison: name, amount, runs, ...sides, ratio };
  }
}

async function alternate(ours: () => Promise<void>, raw: () => Promise<void>, runs: number) {
  const samples: { ours: Sample[]; raw: Sample[] } = { ours: [], raw: [] };
  await ours();
  await raw();
  for (let run = 0; run < runs; run++) {
    // Each side goes first in every other round, so that neither has the warmer machine.
    const order = run % 2 === 0 ? (['ours', 'raw'] as const) : (['raw', 'ours'] as const);
    for (const which of order) samples[which].push(await sample(which === 'ours' ? ours : raw));
  }
  return samples;
}

async function sample(work: () => Promise<void>): Promise<Sample> {
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  await work();
  const wallMs = Number(process.hrtime.bigint() - began) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

function side(samples: readonly Sample[]): Side {
  return { wallMs: spread(samples.map((s) => s.wallMs)), cpuMs: spread(samples.map((s) => s.cpuMs)) };
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { min: at(0), median, max: at(sorted.length - 1) };
}

/** The outcome as lines for people. */
export function report(outcome: Outcome): string {
  const line = (name: string, { wallMs, cpuMs }: Side) =>
    `  ${name.padEnd(5)} ${[wallMs.min, wallMs.median, wallMs.max].map(ms).join(' ')} ms   cpu ${ms(cpuMs.median)} ms`;
  const head = `${outcome.benchmark}: ${outcome.comparison}, ${outcome.amount} (${outcome.runs} runs; min median max)`;
  const ratio = `  ratio ${outcome.ratio.toFixed(2)}`;
  return [head, line('ours', outcome.ours), line('raw', outcome.raw), ratio].join('\n');
}

function ms(value: number): string {
  return value.toFixed(1).padStart(9);
}
