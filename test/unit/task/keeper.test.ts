import t from 'tap';
import { probeTask, requestTask } from '../../../lib/task/index.js';
import { stopNodes, TaskCluster } from '../../support/task-fixture.js';

/** What programs write that nobody can carry out, and the words that they get. */
const BAD: readonly [string, unknown, { readonly code: string; readonly message: RegExp }][] = [
  ['b1', 'garbage', { code: 'TREE_UNREADABLE', message: /\/drover\/tasks\/b1.*JSON/ }],
  [
    'b2',
    { v: 1, id: 'b2', kind: 'no.such', args: {} },
    { code: 'BAD_INPUT', message: /"no\.such".*task\.probe/ },
  ],
  [
    'b3',
    { v: 1, id: 'b3', kind: 'task.probe', args: { seconds: 'many' } },
    { code: 'BAD_INPUT', message: /argument seconds of task\.probe.*integer/ },
  ],
  ['b4', { v: 1, id: 'other', kind: 'task.probe', args: {} }, { code: 'BAD_INPUT', message: /id "other"/ }],
  [
    'b5',
    { v: 1, id: 'b5', kind: 'task.probe', args: {}, runOn: 'nobody' },
    { code: 'NOT_FOUND', message: /node nobody/ },
  ],
  [
    'b6',
    { v: 1, id: 'b6', kind: 'task.probe', args: {}, runOn: '..' },
    { code: 'BAD_INPUT', message: /node "\.\."/ },
  ],
  ['b7', { v: 9, id: 'b7', kind: 'task.probe', args: {} }, { code: 'TREE_UNREADABLE', message: /version 9/ }],
  [
    'Not An Id',
    { v: 1, id: 'x', kind: 'task.probe', args: {} },
    { code: 'BAD_INPUT', message: /"Not An Id"/ },
  ],
];

void t.test('what cannot be carried out ends as a failed task with a clear message', async (t) => {
  const cluster = await TaskCluster.start(1);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  for (const [id, request] of BAD) await cluster.write(`/drover/tasks/${id}`, request);
  for (const [id, , error] of BAD)
    t.match((await cluster.ended(id)).status, { state: 'failed', attempt: 0, error }, id);
  await stopNodes(t, cluster, node);
});

void t.test('a claim without a session is swept, and its task goes on', async (t) => {
  const cluster = await TaskCluster.start(2);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)], { candidate: false });
  const request = { id: 'p', kind: 'task.probe', args: {} };
  const data = (value: object) => new TextEncoder().encode(JSON.stringify({ v: 1, ...value }));
  const path = '/drover/tasks/p';
  await cluster.settle(
    cluster.client.commit([
      { op: 'create', path, data: data(request) },
      { op: 'create', path: `${path}/claim`, data: data({ node: 'hv7', boot: 'b', attempt: 1, since: 0 }) },
    ]),
  );
  await cluster.world.clock.advance(20_000);
  t.equal(cluster.state('p'), undefined, 'nobody touches what another seems to have');
  const primary = await cluster.node('hv2', ({ clock }) => [probeTask(clock)]);
  t.equal((await cluster.ended('p')).status.state, 'done');
  await stopNodes(t, cluster, node, primary);
});

void t.test('an ephemeral request is left alone', async (t) => {
  const cluster = await TaskCluster.start(3);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  await cluster.write('/drover/tasks/p', { v: 1, id: 'p', kind: 'task.probe', args: {} }, 'ephemeral');
  await cluster.world.clock.advance(60_000);
  t.equal(cluster.state('p'), undefined);
  await stopNodes(t, cluster, node);
});

void t.test('a status that a meddler made unreadable fails the task that nobody has', async (t) => {
  const cluster = await TaskCluster.start(4);
  await cluster.write('/drover', '');
  await cluster.write('/drover/tasks', '');
  await cluster.write('/drover/tasks/p', { v: 1, id: 'p', kind: 'task.probe', args: {} });
  await cluster.write('/drover/tasks/p/status', 'garbage');
  const worker = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  const { status } = await cluster.ended('p');
  t.match(status, { state: 'failed', error: { code: 'TREE_UNREADABLE', object: '/drover/tasks/p/status' } });
  await stopNodes(t, cluster, worker);
});

void t.test('a task that was deleted and asked for again is a new task', async (t) => {
  const cluster = await TaskCluster.start(5);
  const node = await cluster.node('hv1', ({ clock }) => [probeTask(clock)]);
  const request = { id: 'p', kind: 'task.probe', args: {} };
  await cluster.settle(requestTask(cluster.client, request, 0));
  await cluster.ended('p');
  // Both within one transaction: the list of names never shows a change.
  const status = cluster.world.service.peek('/drover/tasks/p/status');
  await cluster.settle(
    cluster.client.commit([
      { op: 'delete', path: '/drover/tasks/p/status', version: status?.stat.version ?? 0 },
      { op: 'delete', path: '/drover/tasks/p', version: 0 },
      {
        op: 'create',
        path: '/drover/tasks/p',
        data: new TextEncoder().encode(JSON.stringify({ v: 1, ...request, args: { seconds: 1 } })),
      },
    ]),
  );
  t.match((await cluster.ended('p')).status, { state: 'done', attempt: 1, progress: { total: 1 } });
  await stopNodes(t, cluster, node);
});
