import t from 'tap';
import { DroverError } from '../../../lib/core/index.js';
import { cancelTask, probeTask, requestTask, type TaskContext } from '../../../lib/task/index.js';
import type { TaskStatus } from '../../../schemas/index.js';
import type { SimProcess } from '../../../lib/sim/index.js';
import { kindOf, stopNodes, TaskCluster } from '../../support/task-fixture.js';

/** Every status that the service has ever had for `id`, with the time of its write. */
function statuses(
  cluster: TaskCluster,
  id: string,
): readonly { readonly atMs: number; readonly status: TaskStatus }[] {
  return cluster.world.service.history.flatMap(({ atMs, writes }) =>
    writes.flatMap((write) =>
      write.path === `/drover/tasks/${id}/status` && 'data' in write
        ? [{ atMs, status: JSON.parse(new TextDecoder().decode(write.data)) as TaskStatus }]
        : [],
    ),
  );
}

void t.test('a request by key alone is taken, reports its progress, and ends with its result', async (t) => {
  const cluster = await TaskCluster.start(1);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  await cluster.write('/drover/tasks/p1', { v: 1, id: 'p1', kind: 'task.probe', args: { seconds: 5 } });
  const { status } = await cluster.ended('p1');
  t.match(status, { state: 'done', attempt: 1, node: 'hv1', result: { node: 'hv1', attempt: 1 } });
  t.match(status.progress, { current: 4, total: 5 });
  t.notOk('resume' in status);
  t.ok((status.endedAt ?? 0) - (status.startedAt ?? 0) >= 5_000);
  await stopNodes(t, cluster, node);
});

void t.test(
  'progress is written at most once a second, the latest word wins, and 4 kB are enough',
  async (t) => {
    const cluster = await TaskCluster.start(2);
    const chatter = kindOf('chatter', async ({ progress, save }) => {
      await save('x'.repeat(1_900));
      for (let current = 1; current <= 400; current += 1) {
        progress({ current, total: 400, bytes: { done: current, total: 400 }, text: '\u0001'.repeat(4_000) });
        await cluster.world.clock.sleep(10);
      }
      await cluster.world.clock.sleep(2_000);
    });
    const node = await cluster.node('hv1', () => [chatter]);
    await cluster.settle(requestTask(cluster.client, { id: 'c', kind: 'chatter', args: {} }, 0));
    const { status } = await cluster.ended('c');
    const reports = statuses(cluster, 'c').filter(({ status: { progress } }) => progress !== undefined);
    t.ok(reports.length >= 4 && reports.length <= 8, `${reports.length} reports in 6 s`);
    t.equal(status.progress?.current, 400);
    const sizes = reports.map(
      ({ status: { progress, resume } }) => JSON.stringify([progress, resume]).length,
    );
    t.ok(Math.max(...sizes) <= 4_096, `at most ${Math.max(...sizes)} bytes`);
    await stopNodes(t, cluster, node);
  },
);

void t.test('N45: a task whose worker died goes on elsewhere with what it saved', async (t) => {
  const cluster = await TaskCluster.start(3);
  const seen: unknown[] = [];
  const run = async (context: TaskContext) => {
    seen.push([context.node, context.attempt, context.resume]);
    await context.save({ step: context.attempt });
    if (context.attempt === 1) await cluster.world.clock.sleep(3_600_000);
    return 'finished';
  };
  const first = await cluster.node('hv1', () => [kindOf('work', run)]);
  await cluster.settle(requestTask(cluster.client, { id: 'w', kind: 'work', args: {} }, 0));
  await cluster.until(
    () => seen.length === 1 && /resume/.test(cluster.peek('/drover/tasks/w/status') ?? ''),
    'saved',
  );
  first.process.kill();
  const second = await cluster.node('hv2', () => [kindOf('work', run)]);
  const { status } = await cluster.ended('w');
  t.match(status, { state: 'done', attempt: 2, deaths: 1, node: 'hv2', result: 'finished' });
  t.same(seen, [
    ['hv1', 1, undefined],
    ['hv2', 2, { step: 1 }],
  ]);
  await stopNodes(t, cluster, first, second);
});

void t.test('a task over which its workers die again and again fails and says so', async (t) => {
  const cluster = await TaskCluster.start(4);
  const idle = kindOf('poison', () => Promise.resolve());
  const primary = await cluster.node('hv1', () => [idle]);
  await cluster.write('/nodes', '');
  await cluster.write('/nodes/hv2', 'hypervisor');
  await cluster.write('/drover/tasks/p', { v: 1, id: 'p', kind: 'poison', args: {}, runOn: 'hv2' });
  const attempts: number[] = [];
  const deadly = (process: SimProcess) => [
    kindOf('poison', ({ attempt }) => {
      attempts.push(attempt);
      process.kill();
      return new Promise(() => undefined);
    }),
  ];
  for (let count = 1; count <= 5; count += 1) {
    await cluster.node('hv2', deadly, { candidate: false });
    await cluster.until(() => attempts.length === count, `death ${count}`);
  }
  const { status } = await cluster.ended('p');
  t.same(attempts, [1, 2, 3, 4, 5]);
  t.match(status, { state: 'failed', error: { code: 'WORKERS_DIED', message: /5 attempts.*hv2/ } });
  await stopNodes(t, cluster, primary);
});

void t.test('M43: so many of a kind, and so many in all; the others wait and get their turn', async (t) => {
  const cluster = await TaskCluster.start(5);
  const going = { long: 0, short: 0 };
  const most = { long: 0, short: 0, all: 0 };
  const kind = (name: 'long' | 'short', concurrency: number, ms: number) =>
    kindOf(
      name,
      async () => {
        going[name] += 1;
        most[name] = Math.max(most[name], going[name]);
        most.all = Math.max(most.all, going.long + going.short);
        await cluster.world.clock.sleep(ms);
        going[name] -= 1;
      },
      { concurrency },
    );
  const node = await cluster.node('hv1', () => [kind('long', 2, 60_000), kind('short', 9, 500)], {
    concurrency: 4,
  });
  for (let n = 0; n < 6; n += 1)
    for (const name of ['long', 'short'])
      await cluster.settle(requestTask(cluster.client, { id: `${name}-${n}`, kind: name, args: {} }, 0));
  for (let n = 0; n < 6; n += 1) await cluster.ended(`short-${n}`);
  t.equal(cluster.state('long-5'), 'queued', 'long ones do not keep short ones waiting');
  for (let n = 0; n < 6; n += 1) t.equal((await cluster.ended(`long-${n}`, 300_000)).status.state, 'done');
  t.same(most, { long: 2, short: 2, all: 4 });
  await stopNodes(t, cluster, node);
});

void t.test('M43: a cancel stops a run, and the task ends once the run has', async (t) => {
  const cluster = await TaskCluster.start(6);
  let begun = false;
  let tidied = false;
  const run = async ({ signal }: TaskContext) => {
    begun = true;
    try {
      await cluster.world.clock.sleep(3_600_000, signal);
    } finally {
      await cluster.world.clock.sleep(5_000);
      tidied = true;
    }
  };
  const node = await cluster.node('hv1', () => [kindOf('work', run)]);
  await cluster.settle(requestTask(cluster.client, { id: 'w', kind: 'work', args: {} }, 0));
  await cluster.until(() => begun, 'it runs');
  await cluster.settle(cancelTask(cluster.client, 'w', { by: 'ann', why: 'wrong VM', at: 0 }));
  await cluster.world.clock.advance(4_000);
  t.equal(cluster.state('w'), 'running', 'the run is not over yet');
  const { status } = await cluster.ended('w');
  t.ok(tidied);
  t.match(status, { state: 'cancelled', error: { code: 'CANCELLED', message: /by ann: wrong VM/ } });
  await stopNodes(t, cluster, node);
});

void t.test('a task that nobody runs is cancelled by the primary', async (t) => {
  const cluster = await TaskCluster.start(7);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  await cluster.write('/nodes', '');
  await cluster.write('/nodes/hv2', 'hypervisor');
  const request = { id: 'p', kind: 'task.probe', args: {}, runOn: 'hv2' };
  await cluster.settle(requestTask(cluster.client, request, 0));
  await cluster.until(
    () => /hv2 has no session/.test(cluster.peek('/drover/tasks/p/status') ?? ''),
    'it says why',
  );
  // As a script does it.
  await cluster.write('/drover/tasks/p/cancel', '');
  const { status } = await cluster.ended('p');
  t.match(status, { state: 'cancelled', attempt: 0, error: { message: /on request/ } });
  t.notOk('waiting' in status);
  await stopNodes(t, cluster, node);
});

void t.test('an error of a run is the error of its task', async (t) => {
  const cluster = await TaskCluster.start(8);
  const refused = new DroverError('HELD', {
    object: 'VM vm1',
    reason: 'hv2 holds it',
    remedy: 'stop it there',
  });
  const node = await cluster.node('hv1', () => [
    kindOf('held', () => Promise.reject(refused)),
    kindOf('bug', () => Promise.reject(new TypeError('undefined is no function'))),
    kindOf('huge', () => Promise.resolve('x'.repeat(100_000))),
    kindOf('odd', () => Promise.resolve(1n)),
  ]);
  for (const kind of ['held', 'bug', 'huge', 'odd'])
    await cluster.settle(requestTask(cluster.client, { id: kind, kind, args: {} }, 0));
  t.match((await cluster.ended('held')).status, {
    state: 'failed',
    error: { code: 'HELD', object: 'VM vm1', remedy: 'stop it there', message: /hv2 holds it/ },
  });
  t.match((await cluster.ended('bug')).status.error, { code: 'INTERNAL', message: /no function/ });
  t.match((await cluster.ended('huge')).status.error, {
    code: 'BAD_INPUT',
    message: /result of task huge.*100002 bytes/,
  });
  t.match((await cluster.ended('odd')).status.error, { code: 'INTERNAL', message: /BigInt/ });
  await stopNodes(t, cluster, node);
});

void t.test('a worker that stops in peace gives its tasks back, and no death is counted', async (t) => {
  const cluster = await TaskCluster.start(9);
  const work = kindOf('work', async ({ attempt, signal, save }) => {
    await save(attempt);
    if (attempt === 1) await cluster.world.clock.sleep(3_600_000, signal);
    return attempt;
  });
  const first = await cluster.node('hv1', () => [work]);
  await cluster.settle(requestTask(cluster.client, { id: 'w', kind: 'work', args: {} }, 0));
  await cluster.until(() => /resume/.test(cluster.peek('/drover/tasks/w/status') ?? ''), 'saved');
  await cluster.settle(first.tasks.stop());
  t.match(JSON.parse(cluster.peek('/drover/tasks/w/status') ?? ''), {
    state: 'queued',
    attempt: 1,
    resume: 1,
  });
  const second = await cluster.node('hv2', () => [work]);
  const { status } = await cluster.ended('w');
  t.match(status, { state: 'done', attempt: 2, result: 2 });
  t.notOk('deaths' in status);
  await stopNodes(t, cluster, second);
});

void t.test(
  'M42: a task of the primary changes hands with the primary, and never runs on both',
  async (t) => {
    const cluster = await TaskCluster.start(10);
    const going = new Set<string>();
    let together = 0;
    const work = kindOf(
      'work',
      async ({ node, attempt, signal }) => {
        going.add(node);
        together = Math.max(together, going.size);
        try {
          if (attempt === 1) await cluster.world.clock.sleep(3_600_000, signal);
          return node;
        } finally {
          await cluster.world.clock.sleep(3_000);
          going.delete(node);
        }
      },
      { where: 'primary' },
    );
    const first = await cluster.node('hv1', () => [work]);
    await cluster.settle(requestTask(cluster.client, { id: 'w', kind: 'work', args: {} }, 0));
    await cluster.until(() => cluster.state('w') === 'running', 'it runs');
    const second = await cluster.node('hv2', () => [work]);
    await cluster.settle(first.tasks.election.handOver('hv2'));
    const { status } = await cluster.ended('w');
    t.match(status, { state: 'done', attempt: 2, result: 'hv2' });
    t.equal(together, 1);
    await stopNodes(t, cluster, first, second);
  },
);

void t.test('a lost reply to a claim or to an end neither doubles nor loses the task', async (t) => {
  for (const applied of [true, false]) {
    const cluster = await TaskCluster.start(`lost-${applied}`);
    let runs = 0;
    const node = await cluster.node('hv1', () => [
      kindOf('work', () => {
        runs += 1;
        cluster.world.service.loseNextReply(node.store, { applied });
        return Promise.resolve(runs);
      }),
    ]);
    cluster.world.service.loseNextReply(node.store, { applied });
    await cluster.settle(requestTask(cluster.client, { id: 'w', kind: 'work', args: {} }, 0));
    const { status } = await cluster.ended('w');
    t.match(status, { state: 'done', attempt: 1, result: 1 }, `applied: ${applied}`);
    await stopNodes(t, cluster, node);
  }
});

void t.test('a run is told at once that its session is over, though no store can be read', async (t) => {
  const cluster = await TaskCluster.start(11);
  const signals: AbortSignal[] = [];
  const checks: (() => void)[] = [];
  const work = kindOf('work', async ({ attempt, signal, throwIfOver }) => {
    signals.push(signal);
    checks.push(throwIfOver);
    if (attempt === 1) await cluster.world.clock.sleep(3_600_000, signal);
    return attempt;
  });
  const node = await cluster.node('hv1', () => [work]);
  await cluster.settle(requestTask(cluster.client, { id: 'w', kind: 'work', args: {} }, 0));
  await cluster.until(() => signals.length === 1, 'it runs');
  t.doesNotThrow(() => checks[0]?.());
  cluster.world.service.disconnect(node.store, { silent: true });
  await cluster.until(() => node.store.session().id === undefined, 'the session is over');
  t.ok(signals[0]?.aborted, 'by our own clock');
  t.throws(() => checks[0]?.(), { code: 'CANCELLED', message: /claim was lost/ });
  cluster.world.service.reconnect(node.store);
  t.match((await cluster.ended('w')).status, { state: 'done', attempt: 2, deaths: 1 });
  await stopNodes(t, cluster, node);
});
