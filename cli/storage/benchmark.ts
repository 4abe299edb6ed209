import { type Command, InvalidArgumentError } from 'commander';
import { type Benchmark, readBenchmark } from '../../lib/client/index.js';
import { DroverError } from '../../lib/core/index.js';
import { follow, type FollowOptions, noWaitOption } from '../follow.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';
import { describedTest, listedBenchmarks } from './benchmark-tables.js';

interface RunOptions extends FollowOptions {
  readonly name?: string;
  readonly size?: string;
  readonly runtime?: number;
  readonly warmUp?: number;
  readonly force?: true;
  readonly yes?: true;
}

/** `drover storage benchmark …` */
export function addBenchmarkCommands(storage: Command, shell: Shell): void {
  const benchmark = storage.command('benchmark').description('how fast the storage is').helpCommand(false);
  addRun(benchmark, shell);
  benchmark
    .command('list')
    .description('list the benchmarks, with the figures that say most')
    .argument('[JOB]', 'only this one')
    .addOption(formatOption())
    .action(async (job: string | undefined, options: FormatOptions) => {
      const found = await withApi(shell, (api) => api.storage.benchmarks(job));
      show(shell.world, options, found, {
        pretty: listedBenchmarks,
        raw: (all) => all.map((one) => one.job),
      });
    });
  benchmark
    .command('info')
    .description('everything about one benchmark')
    .argument('JOB')
    .addOption(formatOption('raw'))
    .action(async (job: string, options: FormatOptions) => {
      const [found] = await withApi(shell, (api) => api.storage.benchmarks(job));
      if (found === undefined)
        throw new DroverError('NOT_FOUND', {
          object: `benchmark '${job}'`,
          reason: 'there is none of this name',
        });
      show(shell.world, options, found, { pretty: described, raw: () => [] });
    });
}

function addRun(benchmark: Command, shell: Shell): void {
  benchmark
    .command('run')
    .description('measure a pool; the whole cluster is busy meanwhile')
    .argument('POOL')
    .option('--name <name>', 'of the results; without it the time and the node')
    .option('--size <size>', 'of the volume that is written and measured, as 64G')
    .option('--runtime <seconds>', 'of each of the eight tests', secondsOf)
    .option('--warm-up <seconds>', 'before each test, not measured', secondsOf)
    .option('-f, --force', 'also when the pool would be more than 80 % full meanwhile')
    .option('-y, --yes', 'do not ask')
    .addOption(noWaitOption())
    .action(async (pool: string, { wait, yes, ...options }: RunOptions) => {
      const question = `Benchmark pool ${pool}, which slows everything on it down for minutes`;
      await agree(shell.world, yes === true ? { yes } : {}, question);
      const { name, size, runtime, warmUp, force } = options;
      const how = {
        ...(name === undefined ? {} : { name }),
        ...(size === undefined ? {} : { volume_size: size }),
        ...(runtime === undefined ? {} : { runtime }),
        ...(warmUp === undefined ? {} : { warm_up: warmUp }),
        force: force === true,
      };
      await follow(shell, await withApi(shell, (api) => api.storage.runBenchmark(pool, how)), { wait });
    });
}

function described(benchmark: Benchmark): string {
  const { job, test_format: format } = benchmark;
  const title = `Benchmark ${job}, format ${format}\n`;
  const reading = readBenchmark(benchmark);
  switch (reading.is) {
    case 'running':
      return `${title}It runs.\n`;
    case 'unknown':
      return `${title}This format is not known here. As it is:\n${JSON.stringify(reading.raw, undefined, 2)}\n`;
    case 'read':
      return [title, ...reading.tests.map(describedTest)].join('\n');
  }
}

function secondsOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of seconds.');
}
