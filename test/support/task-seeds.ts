import type { Test } from 'tap';
import { between, chance } from '../../lib/sim/index.js';
import { scale } from './scale.js';
import { SCHEDULES, TaskWorld } from './task-world.js';

const CHAOS_MS = 75_000;
/** Sessions end, runs that were told to stop stop, the rest is done; eight steps of two seconds each at most. */
const SETTLED_WITHIN_MS = 240_000;

const FAULTS = {
  disconnect: 0.03,
  silence: 0.02,
  loseRequest: 0.06,
  loseReply: 0.08,
  lag: 0.08,
  pause: 0.03,
  restart: 0.005,
};

export interface TaskSeedsOptions {
  readonly from: number;
  readonly count: number;
  /** Whether the service also ends sessions out of turn: then what rests on a lease is not judged. */
  readonly killedSessions: boolean;
}

export interface TaskOutcome {
  readonly wrong: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Lets clusters live through faults, and holds what became of every task against the promises. */
export async function tasksThroughSeeds(t: Test, options: TaskSeedsOptions): Promise<void> {
  const count = scale({ regular: options.count, all: options.count * 5 });
  const sum: Record<string, number> = {};
  for (let seed = options.from; seed < options.from + count; seed += 1) {
    const outcome = await liveWithTasks(seed, options.killedSessions);
    t.same(outcome.wrong, [], `seed ${seed}`);
    for (const [name, value] of Object.entries(outcome.counts)) sum[name] = (sum[name] ?? 0) + value;
  }
  t.comment(`sample: ${count} seeds from ${options.from}: ${JSON.stringify(sum)}`);
  const enough = (name: string, each: number) =>
    t.ok((sum[name] ?? 0) > count * each, `${name}: ${sum[name] ?? 0} in ${count} seeds`);
  enough('done', 8);
  enough('failed', 2);
  enough('cancelled', 1);
  enough('retried', 1);
  enough('acts', 30);
  enough('scheduled', 1);
}

export async function liveWithTasks(seed: number, killedSessions: boolean): Promise<TaskOutcome> {
  const world = new TaskWorld(seed);
  const chaos = world.service.chaos({
    random: world.random.fork('faults'),
    everyMs: 800,
    lastsMs: [50, 15_000],
    probabilities: { ...FAULTS, expire: killedSessions ? 0.02 : 0 },
  });
  const crashes = world.random.fork('crashes');
  while (world.clock.monotonic() < CHAOS_MS) {
    await world.clock.advance(between(crashes, 2_000, 10_000));
    const host = world.hosts[Math.floor(between(crashes, 0, world.hosts.length))];
    if (chance(crashes, 0.2)) host?.restart();
    else if (chance(crashes, 0.15)) host?.replace();
    else if (chance(crashes, 0.2)) handOver(host);
  }
  chaos.stop();
  world.requesting = false;
  const wrong: string[] = [];
  await world.clock
    .runUntil(() => settled(world), SETTLED_WITHIN_MS, 'every task has ended')
    .catch((error: unknown) => void wrong.push(String(error), ...world.ledger.open));
  const { ledger } = world;
  wrong.push(...ledger.violations, ...world.violations, ...lost(world), ...wrongSchedules(world));
  if (!killedSessions) wrong.push(...lateActs(world));
  const states = [...ledger.tasks.values()].map(({ status }) => status);
  const having = (state: string) => states.filter((status) => status?.state === state).length;
  return {
    wrong,
    counts: {
      done: having('done'),
      failed: having('failed'),
      cancelled: having('cancelled'),
      retried: states.filter((status) => (status?.attempt ?? 0) > 1).length,
      gaveUp: states.filter((status) => status?.error?.code === 'WORKERS_DIED').length,
      scheduled: [...ledger.tasks.keys()].filter((id) => SCHEDULED.test(id)).length,
      acts: world.acts.length,
    },
  };
}

function handOver(host: TaskWorld['hosts'][number] | undefined): void {
  // A store in trouble is part of the game: then nothing is handed over.
  host?.daemon.tasks.election.handOver().catch(() => undefined);
}

const SCHEDULED = new RegExp(`^(${SCHEDULES.map(({ name }) => name).join('|')})-\\d{8}t\\d{4}z$`);

/** What the schedules ask for goes on for ever: only what others asked for must be at rest. */
function settled(world: TaskWorld): boolean {
  return world.ledger.update().open.every((id) => SCHEDULED.test(id));
}

/** An accepted task ends exactly once. */
function lost(world: TaskWorld): string[] {
  return [...world.accepted].flatMap((id) => {
    const task = world.ledger.tasks.get(id);
    if (task === undefined) return [`${id} was accepted and is not there`];
    return task.ends === 1 ? [] : [`${id} has ended ${task.ends} times`];
  });
}

/** No run acts while its claim does not stand at the service. */
function lateActs(world: TaskWorld): string[] {
  return world.acts.flatMap(({ task, attempt, atMs }) => {
    const claim = world.ledger.claims.find((span) => span.task === task && span.attempt === attempt);
    const inside = claim !== undefined && atMs >= claim.fromMs && atMs < claim.toMs;
    return inside
      ? []
      : [`${task}/${attempt} acted at ${atMs}, its claim stood ${claim?.fromMs} to ${claim?.toMs}`];
  });
}

/** Each planned time has its task at most once, and no two tasks of a schedule overlap. */
function wrongSchedules(world: TaskWorld): string[] {
  const open = new Map<string, string>();
  const wrong: string[] = [];
  const made = new Set<string>();
  for (const { writes, atMs } of world.service.history)
    for (const write of writes) {
      if (write.op !== 'create' && write.op !== 'set') continue;
      const [, id = '', key] = /^\/drover\/tasks\/([^/]+)(\/status)?$/.exec(write.path) ?? [];
      const schedule = SCHEDULED.exec(id)?.[1];
      if (schedule === undefined) continue;
      if (key === undefined) {
        if (made.has(id)) wrong.push(`${id} was fired twice`);
        made.add(id);
        const before = open.get(schedule);
        if (before !== undefined) wrong.push(`${id} was fired at ${atMs} while ${before} had not ended`);
        open.set(schedule, id);
      } else if (/"endedAt":/.test(new TextDecoder().decode(write.data)) && open.get(schedule) === id)
        open.delete(schedule);
    }
  return wrong;
}
