/**
 * Runs benchmarks by name.
 *
 *   npm run --silent bench -- [--runs N] [--json] NAME…
 */
import { parseArgs } from 'node:util';
import { daemonStudy } from './daemon.js';
import { type Benchmark, measure, report } from './harness.js';
import { mirrorStudy } from './mirror.js';
import { processes } from './processes.js';

const BENCHMARKS: readonly Benchmark[] = [processes];
/** Those that are no comparison of two ways: each prints what it sees. */
const STUDIES: Readonly<Record<string, (runs: number) => Promise<void>>> = {
  daemon: daemonStudy,
  mirror: mirrorStudy,
};

async function main(args: string[]): Promise<number> {
  const options = {
    runs: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const runs = Number(values.runs);
  const known = [...BENCHMARKS.map(({ name }) => name), ...Object.keys(STUDIES)];
  const unknown = positionals.filter((name) => !known.includes(name));
  if (positionals.length === 0 || unknown.length > 0 || !Number.isInteger(runs) || runs < 1) {
    console.error('usage: npm run --silent bench -- [--runs N] [--json] NAME…');
    console.error(`benchmarks: ${known.join(', ')}`);
    return 2;
  }
  for (const benchmark of BENCHMARKS.filter(({ name }) => positionals.includes(name)))
    for await (const outcome of measure(benchmark, runs))
      console.log(values.json ? JSON.stringify(outcome) : report(outcome));
  for (const [name, study] of Object.entries(STUDIES)) if (positionals.includes(name)) await study(runs);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
