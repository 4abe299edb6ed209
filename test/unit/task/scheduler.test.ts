import t from 'tap';
import { DroverError, isDroverError } from '../../../lib/core/index.js';
import { probeTask, type ScheduleDefinition } from '../../../lib/task/index.js';
import { kindOf, stopNodes, TaskCluster } from '../../support/task-fixture.js';

const MINUTE_MS = 60_000;
const minutely: ScheduleDefinition = {
  name: 'minutely',
  cron: '* * * * *',
  timeZone: 'UTC',
  kind: 'work',
  args: { n: 7 },
  catchUp: false,
};

function record(cluster: TaskCluster, name = 'minutely') {
  return JSON.parse(cluster.peek(`/drover/schedules/${name}`) ?? 'null') as Record<string, unknown> | null;
}

/** Ids of the tasks that were ever made, in order. */
function made(cluster: TaskCluster): readonly string[] {
  return cluster.world.service.history.flatMap(({ writes }) =>
    writes.flatMap(({ op, path }) =>
      op === 'create' ? (/^\/drover\/tasks\/([^/]+)$/.exec(path)?.slice(1) ?? []) : [],
    ),
  );
}

void t.test('fires each time once, with its arguments, and says what came of it', async (t) => {
  const cluster = await TaskCluster.start(1);
  const seen: unknown[] = [];
  const work = kindOf('work', ({ id, args }) => {
    seen.push([id, args.n]);
    if (seen.length === 2) throw new DroverError('BUSY', { object: 'VM vm1', reason: 'a backup has it' });
    return Promise.resolve();
  });
  const node = await cluster.node('hv1', () => [work], { schedules: [minutely] });
  await cluster.world.clock.advance(2.5 * MINUTE_MS);
  t.same(seen, [
    ['minutely-20260101t0001z', 7],
    ['minutely-20260101t0002z', 7],
  ]);
  t.match(record(cluster), {
    task: 'minutely-20260101t0002z',
    last: Date.UTC(2026, 0, 1, 0, 2),
    next: Date.UTC(2026, 0, 1, 0, 3),
    outcome: /^failed: VM vm1.*a backup has it/,
  });
  t.match(JSON.parse(cluster.peek('/drover/tasks/minutely-20260101t0001z') ?? ''), {
    by: 'schedule minutely',
    schedule: 'minutely',
  });
  await stopNodes(t, cluster, node);
});

void t.test('M42: two primaries after each other fire no time twice', async (t) => {
  const cluster = await TaskCluster.start(2);
  const work = kindOf('work', () => Promise.resolve());
  const first = await cluster.node('hv1', () => [work], { schedules: [minutely] });
  const second = await cluster.node('hv2', () => [work], { schedules: [minutely] });
  const clients = [first, second];
  for (let round = 0; round < 10; round += 1) {
    await cluster.world.clock.advance(MINUTE_MS / 2 - 5);
    for (const { store, tasks } of clients) {
      cluster.world.service.loseNextReply(store, { applied: round % 2 === 0 });
      await cluster.settle(tasks.election.handOver().catch(expectTrouble));
    }
  }
  await cluster.world.clock.advance(MINUTE_MS);
  const ids = made(cluster);
  t.ok(ids.length >= 5, `${ids.length} tasks`);
  t.equal(new Set(ids).size, ids.length);
  await stopNodes(t, cluster, first, second);
});

void t.test('M42: a run that takes too long makes the next times be let go', async (t) => {
  const cluster = await TaskCluster.start(3);
  const work = kindOf('work', () => cluster.world.clock.sleep(2.5 * MINUTE_MS));
  const node = await cluster.node('hv1', () => [work], { schedules: [minutely] });
  await cluster.world.clock.advance(3.2 * MINUTE_MS);
  t.same(made(cluster), ['minutely-20260101t0001z']);
  t.match(record(cluster), {
    outcome: 'running',
    skipped: { planned: Date.UTC(2026, 0, 1, 0, 3), reason: 'minutely-20260101t0001z has not ended' },
  });
  await cluster.world.clock.advance(MINUTE_MS);
  t.same(made(cluster), ['minutely-20260101t0001z', 'minutely-20260101t0004z']);
  await stopNodes(t, cluster, node);
});

void t.test('after down time one time is made up for', async (t) => {
  const cluster = await TaskCluster.start(4);
  const work = kindOf('work', () => Promise.resolve());
  const hourly = { ...minutely, name: 'hourly', cron: '0 * * * *' };
  const schedules = [
    { ...hourly, catchUp: true },
    { ...hourly, name: 'strict' },
  ];
  const first = await cluster.node('hv1', () => [work], { schedules });
  await cluster.world.clock.advance(MINUTE_MS);
  await cluster.settle(first.tasks.stop());
  await cluster.world.clock.advance(3.5 * 60 * MINUTE_MS);
  const second = await cluster.node('hv2', () => [work], { schedules });
  await cluster.world.clock.advance(MINUTE_MS);
  t.same(made(cluster), ['hourly-20260101t0300z']);
  t.match(record(cluster, 'strict'), { skipped: { planned: Date.UTC(2026, 0, 1, 3) } });
  await stopNodes(t, cluster, second);
});

void t.test(
  'a definition that is not understood stops no other, and a garbled record no schedule',
  async (t) => {
    const cluster = await TaskCluster.start(5);
    await cluster.write('/drover', '');
    await cluster.write('/drover/schedules', '');
    await cluster.write('/drover/schedules/minutely', 'garbage');
    const told: unknown[] = [];
    const nothing = () => undefined;
    const log = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (fields: object) => void told.push(fields),
    };
    const wrong = { ...minutely, name: 'wrong', cron: 'now and then' };
    const long = { ...minutely, name: 'n'.repeat(50) };
    const node = await cluster.node(
      'hv1',
      ({ clock }) => [probeTask(clock), kindOf('work', () => Promise.resolve())],
      {
        schedules: [wrong, long, minutely],
        log,
      },
    );
    await cluster.world.clock.advance(1.5 * MINUTE_MS);
    t.same(made(cluster), ['minutely-20260101t0001z']);
    t.match(told, [
      { schedule: 'wrong', err: { code: 'BAD_INPUT' } },
      { schedule: long.name, err: { code: 'BAD_INPUT', message: /49 characters/ } },
    ]);
    await stopNodes(t, cluster, node);
  },
);

/** The store was in trouble: then nothing was handed over. */
function expectTrouble(error: unknown): void {
  if (!isDroverError(error)) throw error;
}
