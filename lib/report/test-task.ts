import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import type { Clock } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { report, type ReportSettings, type ReportWorld } from './report.js';

/** `report.test`: the one report whose failure is that of its task. */
export function reportTestTask(
  world: ReportWorld & { readonly clock: Clock },
  settings: ReportSettings,
  cluster: string,
): TaskKind {
  return defineTask({
    kind: 'report.test',
    arguments: TASK_ARGUMENTS['report.test'],
    where: 'primary',
    async run(task) {
      const now = world.clock.now();
      const { mail, webhook, ping } = settings;
      const recipients = task.args.email_recipients ?? [];
      const ways = [
        ...(mail === undefined && recipients.length === 0 ? [] : ['mail']),
        ...(webhook === undefined ? [] : ['webhook']),
        ...(ping === undefined ? [] : ['ping']),
      ];
      if (ways.length === 0)
        throw new DroverError('REFUSED', {
          object: 'report',
          reason: 'the configuration names nobody to tell',
          remedy: 'fill in the section `report`, or name recipients',
        });
      const always = {
        mail: mail && { ...mail, when: 'always' as const },
        webhook: webhook && { ...webhook, when: 'always' as const },
        ping,
      };
      const summary = {
        what: 'Test of reports',
        cluster,
        task: task.id,
        startedAt: now,
        endedAt: now,
        lines: [],
      };
      const untold = await report(world, always, summary, recipients, task.signal);
      if (untold.length > 0)
        throw new DroverError('REPORT_FAILED', {
          object: `${untold.length} of ${ways.length} reports`,
          reason: untold.join('; '),
          remedy: 'see to what is named',
        });
      return { message: `Taken: ${ways.join(', ')}.` };
    },
  });
}
