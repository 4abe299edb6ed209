import type { Command } from 'commander';
import type { TaskProgress, TaskRow, Tasks } from '../lib/client/index.js';
import { table } from '../lib/text/index.js';
import { type FormatOptions, formatOption, show } from './format.js';
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
    .command('watch')
    .description('follow a task to its end; ends with 1 when it fails')
    .argument('ID')
    .addOption(formatOption('raw', 'json-pretty'))
    .action(async (id: string, options: FormatOptions) => {
      const last = await withApi(shell, async (api) => {
        let latest: TaskProgress | undefined;
        for await (const progress of api.tasks.watch(id)) {
          latest = progress;
          show(world, options, progress, { pretty: line, raw: () => [] });
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
  return `${state}  ${current}/${total}  ${status}\n`;
}
