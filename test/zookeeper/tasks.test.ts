/** Tasks on a real server, asked for by programs that know nothing but the page about them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { isEnded, probeTask, readTask, requestTask, type TaskView, watchTask } from '../../lib/task/index.js';
import type { TaskStatus } from '../../schemas/index.js';
import { TaskNode } from '../support/task-node.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { Deliveries, eventually, opened, realClock } from '../support/zookeeper-client.js';

const LIMIT_MS = 60_000;

const cluster = await ZooKeeperCluster.start();
const nodes: TaskNode[] = [];
for (const node of ['hv1', 'hv2']) {
  const store = await opened(cluster.endpoints);
  nodes.push(new TaskNode({ node, store, clock: realClock, kinds: [probeTask(realClock)] }));
}
const client = await opened(cluster.endpoints);
await eventually(() => nodes.some(({ election }) => election.leadership !== undefined), 'a primary');
t.teardown(async () => {
  for (const node of nodes) await node.stop();
  await client.close();
  await cluster.remove();
});

async function pythonOfThePage(): Promise<string> {
  const page = await readFile('docs/tasks.md', 'utf8');
  return /```python\n([^]*?)```/.exec(page)?.[1] ?? '';
}

void t.test('the program of the page asks for a task by key and watches it end', async (t) => {
  const run = promisify(execFile);
  const arguments_ = ['-c', await pythonOfThePage(), cluster.server.endpoint, 'probe-1'];
  const { stdout } = await run('/usr/bin/python3', arguments_, { timeout: LIMIT_MS });
  const seen = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TaskStatus);
  t.match(seen.at(-1), { state: 'done', attempt: 1, progress: { total: 2 } });
  t.ok(seen.some(({ state }) => state === 'running'));
  const view = await readTask(client, 'probe-1');
  t.match(view, { request: { by: 'example.py' }, status: { state: 'done' } });
  t.same((await client.children('/drover/tasks/probe-1'))?.names, ['status'], 'no claim is left');
});

void t.test('a task goes on elsewhere when its worker stops', async (t) => {
  const words = new Deliveries<TaskView | undefined>();
  const watch = watchTask(client, 'probe-2', words.listener);
  await requestTask(client, { id: 'probe-2', kind: 'task.probe', args: { seconds: 3 } }, Date.now());
  await words.until('something saved', (task) => task?.status.resume !== undefined);
  const owner = words.last?.status.node;
  const index = owner === 'hv1' ? 0 : 1;
  await nodes.splice(index, 1)[0]?.stop();
  await words.until('the end', (task) => isEnded(task?.status), LIMIT_MS);
  watch.close();
  const other = owner === 'hv1' ? 'hv2' : 'hv1';
  t.match(words.last?.status, { state: 'done', attempt: 2, node: other, result: { node: other } });
});
