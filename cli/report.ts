import type { Command } from 'commander';
import { follow, type FollowOptions, noWaitOption } from './follow.js';
import { withApi } from './session.js';
import type { Shell } from './world.js';

/** `drover report …` */
export function addReportCommands(program: Command, shell: Shell): void {
  const report = program.command('report').description('who is told of scheduled runs').helpCommand(false);
  report
    .command('test')
    .description('send a report of nothing by every way of the configuration')
    .option('--email-report <mailboxes>', 'who gets the mail too, with commas between')
    .addOption(noWaitOption())
    .action(async ({ emailReport, wait }: FollowOptions & { readonly emailReport?: string }) => {
      const args = emailReport === undefined ? {} : { email_recipients: emailReport.split(',') };
      await follow(shell, await withApi(shell, (api) => api.tasks.request('report.test', args)), { wait });
    });
}
