import type { Configuration } from '../lib/config/index.js';
import type { ScheduleDefinition } from '../lib/task/index.js';

/** The schedules of the configuration. A time that passed unseen is made up for, once. */
export function schedulesOf(config: Configuration): readonly ScheduleDefinition[] {
  return Object.entries(config.schedules).map(([name, { task, cron, timeZone, arguments: args }]) => ({
    name,
    cron,
    timeZone,
    kind: task,
    args,
    catchUp: true,
  }));
}
