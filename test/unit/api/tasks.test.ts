import { readFileSync } from 'node:fs';
import t from 'tap';
import { documentPath, encodeDocument } from '../../../lib/tree/index.js';
import { ApiWorld } from '../../support/api-world.js';
import { storeFixture } from '../../support/fixture.js';

const AT = 1_795_334_261_548;
const BOOT = '5f0c0c2e-0000-4000-8000-000000000001';

type Progress = Omit<Parameters<typeof encodeDocument<'task-status'>>[1], 'attempt' | 'at'>;

interface Row {
  readonly id: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly status?: Progress;
  readonly node?: string;
}

async function worldWith(rows: readonly Row[]) {
  const entries = storeFixture();
  for (const folder of ['/drover', '/drover/tasks']) entries.set(folder, new Uint8Array());
  for (const { id, args = {}, status, node } of rows) {
    entries.set(documentPath('task', { id }), encodeDocument('task', { id, kind: 'vm.create_mirror', args }));
    if (status !== undefined)
      entries.set(
        documentPath('task-status', { id }),
        encodeDocument('task-status', { attempt: 1, at: AT, ...status }),
      );
    if (node !== undefined)
      entries.set(
        documentPath('task-claim', { id }),
        encodeDocument('task-claim', { node, boot: BOOT, attempt: 1, since: AT }),
      );
  }
  return ApiWorld.open(entries);
}

/** What PVC answered to such a task. */
function recorded(name: string): { body: { current: number; total: number; status: string } } {
  return JSON.parse(readFileSync(`test/fixtures/pvc/api-${name}.json`, 'utf8')) as ReturnType<
    typeof recorded
  >;
}

void t.test('running, done and failed tasks read as PVC has them', async (t) => {
  const [running, done, failed] = ['task_running', 'task_done', 'task_failed'].map(
    (name) => recorded(name).body,
  );
  const world = await worldWith([
    {
      id: 'running',
      node: 'pv1',
      status: {
        state: 'running',
        progress: { current: running?.current ?? 0, total: running?.total ?? 0, text: running?.status ?? '' },
      },
    },
    {
      id: 'done',
      status: { state: 'done', progress: { current: 3, total: 7 }, result: done?.status },
    },
    { id: 'failed', status: { state: 'failed', error: { code: 'DEADLINE', message: failed?.status ?? '' } } },
  ]);
  for (const [id, body] of [
    ['running', running],
    ['done', done],
    ['failed', failed],
  ] as const) {
    const reply = await world.get(`/tasks/${id}`);
    t.equal(reply.status, 200);
    t.match(reply.body, { ...body, id, name: 'vm.create_mirror' });
  }
  t.match((await world.get('/tasks/failed')).body, { error: { code: 'DEADLINE' } }, 'ours says the code too');
});

void t.test('a task that nobody has taken is pending, a cancelled one revoked', async (t) => {
  const world = await worldWith([{ id: 'new' }, { id: 'ended', status: { state: 'cancelled' } }]);
  t.match((await world.get('/tasks/new')).body, { state: 'PENDING', current: 0, total: 1 });
  t.match((await world.get('/tasks/ended')).body, { state: 'REVOKED', current: 1, total: 1 });
});

void t.test('D8 an unknown task is 404', async (t) => {
  const world = await worldWith([]);
  const { status, body } = await world.get('/tasks/nosuchid');
  t.equal(status, 404);
  t.match(body, { message: /^task 'nosuchid'/ });
  t.equal((await (await ApiWorld.open()).get('/tasks/x')).status, 404, 'also in a tree without tasks');
});

void t.test('M53 the list has a worker for each task, and no secret', async (t) => {
  const args = {
    domain: 'vm1',
    destination_api_key: '00000002-aaaa',
    peer: { token: 'hidden too', name: 'site2' },
    destination_storage_pool: null,
  };
  const world = await worldWith([
    {
      id: 'active',
      args,
      node: 'pv1',
      status: { state: 'running', progress: { current: 1, total: 2, text: 'On it' } },
    },
    { id: 'queued' },
    { id: 'ended', status: { state: 'done' } },
  ]);
  const { text, body } = await world.get('/tasks');
  t.notMatch(text, /00000002|hidden too/);
  t.match(body, {
    scheduled: {},
    active: {
      'droverd@pv1': [
        {
          id: 'active',
          name: 'vm.create_mirror',
          args: [],
          kwargs: {
            domain: 'vm1',
            destination_api_key: '[hidden]',
            peer: { token: '[hidden]', name: 'site2' },
            destination_storage_pool: null,
          },
          hostname: 'droverd@pv1',
          time_start: AT / 1000,
          acknowledged: true,
          status: 'On it',
        },
      ],
    },
    reserved: { droverd: [{ id: 'queued', hostname: '', time_start: null, acknowledged: false }] },
  });
  t.notOk(Object.hasOwn(body as object, 'finished'));
  t.match((await world.get('/tasks?finished=true')).body, { finished: { droverd: [{ id: 'ended' }] } });
});

void t.test('a request that cannot be read is passed over, its neighbours are shown', async (t) => {
  const world = await worldWith([{ id: 'good' }]);
  await world.change('/drover/tasks/bad', '{"v":1');
  t.equal((await world.get('/tasks/bad')).status, 404);
  t.match((await world.get('/tasks')).body, { reserved: { droverd: [{ id: 'good' }] } });
});
