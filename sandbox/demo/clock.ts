import { until } from '../index.js';
import { TARGET } from './backup.js';
import type { Step, World } from './world.js';

/** A schedule fires at the turn of a minute: what comes between these two passes the time. */
export const CLOCK_SET: readonly Step[] = [
  { title: 'a schedule is written into the configuration, which droverd reads again', run: schedule },
];
export const CLOCK_STRIKES: readonly Step[] = [
  { title: 'the schedule fires by itself: an incremental backup', run: strikes },
];

const NAME = 'each-minute';
const KEY = `/drover/schedules/${NAME}`;
const PATIENCE = { limitMs: 90_000 };

interface Schedule {
  readonly next?: number;
  readonly task?: string;
}

async function schedule(world: World): Promise<void> {
  const definition = { task: 'cluster.autobackup', cron: '* * * * *', arguments: { target: TARGET } };
  await world.fleet('east').configure({ schedules: { [NAME]: definition } });
  const text = await record(world, `schedule ${NAME}`, ({ next }) => next !== undefined);
  world.tell(`${KEY}\n${text}`);
  const { next = 0 } = JSON.parse(text) as Schedule;
  world.tell(`it will fire at ${new Date(next).toISOString()}`);
}

async function strikes(world: World): Promise<void> {
  const east = world.fleet('east');
  const text = await record(world, `schedule ${NAME} to fire`, ({ task }) => task !== undefined);
  world.tell(`${KEY}\n${text}`);
  const { task = '' } = JSON.parse(text) as Schedule;
  await east.drover('task', 'watch', task);
  const tasks = (await east.drover('task', 'list', '--finished')).split('\n');
  world.tell(`$ drover task list --finished`);
  world.tell(tasks.filter((line, at) => at === 0 || line.startsWith(NAME)).join('\n'));
  await world.show('east', 'vm', 'backup', 'list', world.guest.name);
  // What follows has nobody else at work.
  await east.configure({ schedules: {} });
}

/** Waits until the primary's record of the schedule is like this; returns its text. */
function record(world: World, what: string, accept: (record: Schedule) => boolean): Promise<string> {
  return until(what, { ...PATIENCE, signal: world.signal, everyMs: 500 }, async () => {
    const text = await world.keys('read', KEY);
    return accept(JSON.parse(text) as Schedule) && text;
  });
}
