import type { Command } from 'commander';
import type { TaskProgress, TaskRow, Tasks } from '../lib/client/index.js';
import { DroverError } from '../lib/core/index.js';
import { table } from '../lib/text/index.js';
import { follow, type FollowOptions, noWaitOption } from './follow.js';
import { type FormatOptions, formatOption, show } from './format.js';
import { Pace } from './pace.js';
import { withApi } from './session.js';
import { EXIT, type Shell } from './world.js';

/** `drover task …` */
export function addTaskCommands(program: Command, shell: Shell): void {
  const { world } = shell;
  const task = program.command('task').description('what takes longer').helpCommand(false);
  task
    .command('list')
    .description('list the tasks')
    .option('--finished', 'also those that have ended')
    .addOption(formatOption())
    .action(async ({ format, finished }: FormatOptions & { readonly finished?: true }) => {
      const tasks = await withApi(shell, (api) => api.tasks.list(finished === true));
      show(world, { format }, tasks, {
        pretty: (all) => listed(rowsOf(all)),
        raw: (all) => rowsOf(all).map(({ id }) => id),
      });
    });
  task
    .command('request')
    .description('ask for a task of any kind, with its arguments as JSON')
    .argument('KIND')
    .argument('[ARGUMENTS]', 'a JSON object', '{}')
    .option('--id <id>', 'asking again with the same one is the same request')
    .addOption(noWaitOption())
    .action(
      async (kind: string, text: string, { id, ...options }: FollowOptions & { readonly id?: string }) => {
        const args = argumentsOf(text);
        await follow(shell, await withApi(shell, (api) => api.tasks.request(kind, args, id)), options);
      },
    );
  task
    .command('watch')
    .description('follow a task to its end; ends with 1 when it fails')
    .argument('ID')
    .addOption(formatOption('raw', 'json-pretty'))
    .action(async (id: string, options: FormatOptions) => {
      const last = await withApi(shell, async (api) => {
        let latest: TaskProgress | undefined;
        const pace = new Pace(world.clock);
        for await (const progress of api.tasks.watch(id)) {
          latest = progress;
          const pretty = (seen: TaskProgress) => `${line(seen)}${pace.of(seen)}\n`;
          show(world, options, progress, { pretty, raw: () => [] });
        }
        return latest;
      });
      if (last?.state !== 'SUCCESS') shell.end(EXIT.failed);
    });
  task
    .command('cancel')
    .description('ask for a task to end early')
    .argument('ID')
    .option('--why <text>', 'why, for whoever looks at it later')
    .action(async (id: string, { why }: { readonly why?: string }) => {
      world.out(`${await withApi(shell, (api) => api.tasks.cancel(id, why))}\n`);
    });
}

function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw new DroverError('BAD_INPUT', { object: 'ARGUMENTS', reason: 'they are no JSON object' });
}

function rowsOf({ active, reserved, scheduled, finished = {} }: Tasks): readonly TaskRow[] {
  return [active, reserved, scheduled, finished].flatMap((workers) => Object.values(workers).flat());
}

function listed(rows: readonly TaskRow[]): string {
  return table(
    ['ID', 'Kind', 'State', 'Worker', 'Status'],
    rows.map(({ id, name, state, hostname, status }) => [id, name, state, hostname, status]),
  );
}

function line({ state, current, total, status }: TaskProgress): string {
  return `${state}  ${current}/${total}  ${status}`;
}
