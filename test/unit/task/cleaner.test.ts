import t from 'tap';
import fc from 'fast-check';
import { LIMITS } from '../../../lib/core/index.js';
import { type EndedTask, planCleaning } from '../../../lib/task/cleaner.js';
import { listTasks, probeTask } from '../../../lib/task/index.js';
import { stopNodes, TaskCluster } from '../../support/task-fixture.js';

const DAY_MS = 24 * 3_600_000;

/** What is deleted in the end, step after step. */
function cleaned(tasks: readonly EndedTask[], now: number): readonly string[] {
  let left = tasks;
  const deleted: string[] = [];
  for (;;) {
    const plan = planCleaning(left, now);
    if (plan.do !== 'step') return deleted;
    deleted.push(...plan.step.ids);
    left = left.filter(({ id }) => !plan.step.ids.includes(id));
  }
}

void t.test('kept are those of the last seven days, and the last thousand', (t) => {
  const now = 100 * DAY_MS;
  t.same(planCleaning([], now).do, 'rest');
  const at = (id: string, days: number) => ({ id, endedAt: now - days * DAY_MS });
  t.same(cleaned([at('a', 6), at('b', 8), at('c', 7), at('d', 0)], now), ['b', 'c']);
  t.match(planCleaning([at('a', 6.99)], now), { do: 'wait', ms: Math.round(0.01 * DAY_MS) });
  t.match(planCleaning([at('a', 0)], now), { do: 'wait', ms: 3_600_000 }, 'the clock is looked at again');
  const many = Array.from({ length: 1_050 }, (_, index) => ({ id: `t${index}`, endedAt: now - index }));
  t.same(new Set(cleaned(many, now)), new Set(many.slice(1_000).map(({ id }) => id)));
  t.end();
});

void t.test('a clock that jumps back deletes nothing too early', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(100 * DAY_MS), { maxLength: 50 }), fc.nat(100 * DAY_MS), (ends, now) => {
      const tasks = ends.map((endedAt, index) => ({ id: `t${index}`, endedAt }));
      const expected = tasks.filter(({ endedAt }) => now - endedAt >= LIMITS.taskKeptMs);
      return cleaned(tasks, now).length === expected.length;
    }),
  );
  t.end();
});

void t.test('old tasks go with all that is under them, open ones never', async (t) => {
  const cluster = await TaskCluster.start(1);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  await cluster.write('/nodes', '');
  await cluster.write('/nodes/hv2', 'hypervisor');
  await cluster.write('/drover/tasks/open', { v: 1, id: 'open', kind: 'task.probe', args: {}, runOn: 'hv2' });
  await cluster.write('/drover/tasks/old', { v: 1, id: 'old', kind: 'task.probe', args: {} });
  await cluster.ended('old');
  await cluster.write('/drover/tasks/old/note', 'somebody wrote this');
  await cluster.world.clock.advance(6.9 * DAY_MS);
  await cluster.write('/drover/tasks/new', { v: 1, id: 'new', kind: 'task.probe', args: {} });
  await cluster.ended('new');
  t.same((await cluster.settle(listTasks(cluster.client))).map(({ id }) => id).sort(), [
    'new',
    'old',
    'open',
  ]);
  await cluster.world.clock.advance(0.2 * DAY_MS);
  t.same((await cluster.settle(listTasks(cluster.client))).map(({ id }) => id).sort(), ['new', 'open']);
  await stopNodes(t, cluster, node);
});
