import t from 'tap';
import { EXIT } from '../../../cli/world.js';
import type { Transport, WireReply, WireRequest } from '../../../lib/client/index.js';
import { DroverError } from '../../../lib/core/index.js';
import { clientOf, scripted } from '../../support/api-client.js';
import { ApiWorld } from '../../support/api-world.js';
import { cli, STORE, storeWith } from '../../support/cli-world.js';

const FILES = { [STORE]: storeWith(), '/vm.xml': '<domain/>' };

/** A command line to an API that gives these answers. */
function answered(answers: readonly (WireReply | Error)[], says = false) {
  const { transport, sent } = scripted(answers);
  return { ...cli({ files: FILES, says, transport: () => transport }), sent };
}

function said(message: string, status = 200): WireReply {
  return { status, text: JSON.stringify({ message }) };
}

function asked({ method, path, body }: WireRequest): string {
  return `${method} ${path}${body === undefined ? '' : ` ${body}`}`;
}

void t.test('each change is one request, and its sentence is printed', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['vm start web --force -w', 'POST /api/v1/vm/web/state state=start&force=true&wait=true'],
    ['vm stop web -y', 'POST /api/v1/vm/web/state state=stop&force=false&wait=false'],
    ['vm shutdown web -y', 'POST /api/v1/vm/web/state state=shutdown&force=false&wait=false'],
    ['vm restart web --yes', 'POST /api/v1/vm/web/state state=restart&force=false&wait=false'],
    ['vm disable web -y --force', 'POST /api/v1/vm/web/state state=disable&force=true&wait=false'],
    [
      'vm migrate web -t hv2 --force-live',
      'POST /api/v1/vm/web/node action=migrate&node=hv2&force=false&force_live=true&wait=false',
    ],
    ['vm move web', 'POST /api/v1/vm/web/node action=move&force=false&force_live=false&wait=false'],
    [
      'vm unmigrate web --wait',
      'POST /api/v1/vm/web/node action=unmigrate&force=false&force_live=false&wait=true',
    ],
    ['vm remove web -y', 'DELETE /api/v1/vm/web delete_disks=false&force=false'],
    [
      'vm define /vm.xml -t hv1 -g a -g b -m live',
      'POST /api/v1/vm xml=%3Cdomain%2F%3E&node=hv1&autostart=false&migration_method=live&user_tags=a&user_tags=b',
    ],
    ['task cancel t1 --why late', 'DELETE /api/v1/tasks/t1 why=late'],
  ];
  for (const [line, request] of rows) {
    const { drover, sent } = answered([said('So it is.')]);
    t.same(await drover(...line.split(' ')), { code: EXIT.done, out: 'So it is.\n', err: '' }, line);
    t.same(sent.map(asked), [request], line);
  }
});

void t.test('what ends a guest is asked first: no is 3 and nothing is sent, yes goes on', async (t) => {
  for (const word of ['stop', 'shutdown', 'restart', 'disable', 'remove']) {
    const no = answered([said('Done.')]);
    t.equal((await no.drover('vm', word, 'web')).code, EXIT.declined, word);
    t.same(no.sent, []);
    t.match(no.questions, [/web/]);
    const yes = answered([said('Done.')], true);
    t.equal((await yes.drover('vm', word, 'web')).code, EXIT.done, word);
    t.equal(yes.sent.length, 1);
  }
});

void t.test('exit codes: refused 1, not understood 2, unreachable 4', async (t) => {
  const code = async (answer: WireReply | Error, ...args: string[]) =>
    (await answered([answer]).drover(...args)).code;
  t.equal(await code(said('no', 409), 'vm', 'start', 'web'), EXIT.failed);
  t.equal(await code(said('who?', 401), 'vm', 'list'), EXIT.failed);
  t.equal(await code(said('yes'), 'vm', 'start'), EXIT.usage);
  t.equal(await code(said('yes'), 'vm', 'shutdown', 'web', '--force'), EXIT.usage);
  t.equal(await code(said('yes'), 'vm', 'list', '-f', 'xml'), EXIT.usage);
  const complaint = { object: 'there', reason: 'no' };
  t.equal(await code(new DroverError('API_UNREACHABLE', complaint), 'vm', 'list'), EXIT.unreachable);
  t.equal(await code(new DroverError('API_DISTRUSTED', complaint), 'vm', 'list'), EXIT.unreachable);
  t.equal(await code(new DroverError('DEADLINE', complaint), 'vm', 'list'), EXIT.unreachable);
  const { err } = await answered([said('web: refused: it is a mirror', 409)]).drover('vm', 'start', 'web');
  t.equal(err, 'drover: web: refused: it is a mirror\n');
});

/** A command line to the API over the recorded tree. */
async function recorded() {
  const api = await ApiWorld.open(undefined, { authentication: 'off' });
  const transport = (): Transport => ({ ...clientOf(api).transport, close: () => Promise.resolve() });
  return cli({ files: FILES, transport });
}

void t.test('lists are tables, names, or what the API answered', async (t) => {
  const { drover } = await recorded();
  t.equal((await drover('vm', 'list', '-f', 'raw')).out, 'vm1\n');
  t.match((await drover('vm', 'list')).out, /^Name +State +Node[^\n]*\nvm1 +\w+ +pv1/);
  t.match(JSON.parse((await drover('vm', 'list', '-f', 'json')).out), [{ name: 'vm1' }]);
  t.match((await drover('vm', 'list', '-f', 'json-pretty')).out, /^\[\n {2}\{\n/);
  t.equal((await drover('vm', 'list', 'nothing-like-it', '-f', 'json')).out, '[]\n');
  t.equal((await drover('node', 'list', '-f', 'raw')).out, 'pv1\n');
  t.match((await drover('node', 'list')).out, /^Name +Health[^\n]*\npv1 /);
});

void t.test('one thing in all its detail', async (t) => {
  const { drover } = await recorded();
  t.match(
    (await drover('vm', 'info', 'vm1')).out,
    /^Name +vm1\nUUID +[0-9a-f-]{36}\n[^]*\nDisks +\w+: rbd /m,
  );
  t.match((await drover('node', 'info', 'pv1')).out, /^Name +pv1\n/);
  t.equal((await drover('node', 'info', 'pv9')).code, EXIT.failed);
  t.equal((await drover('vm', 'info', 'nobody')).code, EXIT.failed);
  const status = await drover('status');
  t.match(status.out, /^Cluster +cluster1\nPrimary +pv1\n/);
  t.match(JSON.parse((await drover('status', '-f', 'json')).out), { cluster_name: 'cluster1' });
});

void t.test('a task is followed to its end, which is the end of the command', async (t) => {
  const at = (state: string, current: number) => ({
    status: 200,
    text: JSON.stringify({
      state,
      current,
      total: 2,
      status: `step ${current}`,
      id: 't1',
      name: 'task.probe',
    }),
  });
  const good = answered([at('RUNNING', 1), at('SUCCESS', 2)]);
  const [{ code, out }] = await Promise.all([good.drover('task', 'watch', 't1'), good.pass(10_000)]);
  t.equal(code, EXIT.done);
  t.equal(out, 'RUNNING  1/2  step 1\nSUCCESS  2/2  step 2\n');
  t.equal((await answered([at('FAILURE', 1)]).drover('task', 'watch', 't1')).code, EXIT.failed);
});
