import t from 'tap';
import { ensureFolders } from '../../../lib/tree/index.js';
import {
  cancelTask,
  listTasks,
  readTask,
  requestTask,
  type TaskView,
  watchTask,
} from '../../../lib/task/index.js';
import { TaskCluster } from '../../support/task-fixture.js';

async function cluster(seed: string): Promise<TaskCluster> {
  const started = await TaskCluster.start(seed);
  await started.settle(ensureFolders(started.client));
  return started;
}

const request = { id: 'nightly-1', kind: 'task.probe', args: { seconds: 3 }, by: 'ann' };

void t.test('the same id and wish is the same request; another wish under it is refused', async (t) => {
  const { client, settle } = bound(await cluster('same'));
  const first = await settle(requestTask(client, request, 1_000));
  const again = await settle(requestTask(client, { ...request, by: 'bob' }, 2_000));
  t.same(again, first, 'nothing was written the second time');
  t.match(first, {
    request: { id: 'nightly-1', by: 'ann', at: 1_000 },
    status: { state: 'queued', attempt: 0 },
  });
  for (const other of [{ kind: 'other' }, { args: { seconds: 4 } }, { runOn: 'hv1' }])
    await t.rejects(settle(requestTask(client, { ...request, ...other }, 1)), { code: 'REFUSED' });
});

void t.test('a lost reply is no second request', async (t) => {
  for (const applied of [true, false]) {
    const world = await TaskCluster.start(`lost-${applied}`);
    const { store } = await world.world.client('requester');
    await world.settle(ensureFolders(store));
    world.world.service.loseNextReply(store, { applied });
    t.match(await world.settle(requestTask(store, request, 1_000)), { id: 'nightly-1' });
    const creates = world.world.service.history.flatMap(({ writes }) => writes);
    t.equal(creates.filter(({ path }) => path === '/drover/tasks/nightly-1').length, 1);
  }
});

void t.test('an id that cannot be a key of a task is refused before anything is written', async (t) => {
  const { client, settle } = bound(await cluster('ids'));
  for (const id of ['', 'A', '-a', 'a_b', '../x', 'a'.repeat(65)])
    await t.rejects(
      settle(requestTask(client, { ...request, id }, 1)),
      { code: 'BAD_INPUT' },
      JSON.stringify(id),
    );
  const huge = { ...request, args: { text: 'x'.repeat(70_000) } };
  await t.rejects(settle(requestTask(client, huge, 1)), {
    code: 'BAD_INPUT',
    object: /arguments of task nightly-1/,
  });
  t.same(await settle(listTasks(client)), []);
});

void t.test('D8: a task that is not there is not there', async (t) => {
  const { client, settle } = bound(await cluster('d8'));
  t.equal(await settle(readTask(client, 'none')), undefined);
  await t.rejects(settle(cancelTask(client, 'none', { at: 0 })), { code: 'NOT_FOUND' });
});

void t.test('cancelling twice is cancelling once; what has ended cannot be cancelled', async (t) => {
  const world = await cluster('cancel');
  const { client, settle } = bound(world);
  await settle(requestTask(client, request, 1));
  await settle(cancelTask(client, 'nightly-1', { by: 'ann', at: 5 }));
  await settle(cancelTask(client, 'nightly-1', { by: 'bob', at: 6 }));
  t.match(await settle(readTask(client, 'nightly-1')), { cancel: { by: 'ann' } });
  await world.write('/drover/tasks/over', { v: 1, id: 'over', kind: 'x', args: {} });
  await world.write('/drover/tasks/over/status', { v: 1, state: 'done', attempt: 1, at: 7 });
  await t.rejects(settle(cancelTask(client, 'over', { at: 8 })), { code: 'REFUSED', message: /done/ });
});

void t.test('a list is by age, and shows what cannot be read', async (t) => {
  const world = await cluster('list');
  const { client, settle } = bound(world);
  for (const [id, at] of [
    ['b', 3_000],
    ['a', 2_000],
    ['c', 1_000],
  ] as const)
    await settle(requestTask(client, { ...request, id }, at));
  await world.write('/drover/tasks/zz', 'garbage');
  const all = await settle(listTasks(client));
  t.same(
    all.map(({ id }) => id),
    ['zz', 'c', 'a', 'b'],
  );
  t.match(all[0], { request: undefined, status: { state: 'queued' }, problem: { path: '/drover/tasks/zz' } });
  t.same((await settle(listTasks(client, ({ id }) => id === 'a'))).length, 1);
});

void t.test('a watch shows the task from before it is there until after it is gone', async (t) => {
  const world = await cluster('watch');
  const { client, settle } = bound(world);
  const seen: (TaskView | undefined)[] = [];
  const watch = watchTask(client, 'nightly-1', (task) => void seen.push(task));
  await world.until(() => seen.length > 0, 'first word');
  t.same(seen, [undefined]);
  await settle(requestTask(client, request, 1));
  await world.until(() => seen.at(-1)?.status.state === 'queued', 'queued');
  await settle(cancelTask(client, 'nightly-1', { why: 'no need', at: 5 }));
  await world.until(() => seen.at(-1)?.cancel?.why === 'no need', 'cancelled');
  watch.close();
  const count = seen.length;
  await world.write('/drover/tasks/nightly-1/note', 'x');
  await world.world.clock.advance(1_000);
  t.equal(seen.length, count, 'closed is closed');
});

function bound(world: TaskCluster) {
  return { client: world.client, settle: <T>(promise: Promise<T>) => world.settle(promise) };
}
