import t from 'tap';
import { EXIT } from '../../../cli/world.js';
import type { WireReply, WireRequest } from '../../../lib/client/index.js';
import { scripted } from '../../support/api-client.js';
import { cli, STORE, storeWith } from '../../support/cli-world.js';

function answered(answers: readonly WireReply[]) {
  const { transport, sent } = scripted(answers);
  return { ...cli({ files: { [STORE]: storeWith() }, says: false, transport: () => transport }), sent };
}

function reply(body: unknown, status = 200): WireReply {
  return { status, text: JSON.stringify(body) };
}

function asked({ method, path, body }: WireRequest): string {
  return `${method} ${path}${body === undefined ? '' : ` ${body}`}`;
}

const VM = '/api/v1/vm/web';
const ticket = reply({ task_id: 't1', task_name: 'vm.create_mirror', run_on: 'hv1' }, 202);

void t.test('each command of mirrors is one request', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['mirror create web west', `POST ${VM}/mirror/create peer=west`],
    ['mirror verify web', `POST ${VM}/mirror/verify `],
    ['mirror promote web west --remove -y', `POST ${VM}/mirror/promote peer=west&remove_on_source=true`],
    [
      'mirror promote web --reclaim --destination-is-off -y',
      `POST ${VM}/mirror/promote reclaim=true&destination_is_off=true`,
    ],
    ['snapshot send web before west', `POST ${VM}/snapshot/send snapshot_name=before&peer=west`],
    ['automirror --vm web --peer west', 'POST /api/v1/vm/automirror peer=west&vms=web'],
  ];
  for (const [line, request] of rows) {
    const { drover, sent } = answered([ticket]);
    t.match(await drover('vm', ...line.split(' '), '--no-wait'), { code: EXIT.done, out: 't1\n' }, line);
    t.equal(sent.map(asked)[0], request, line);
  }
});

void t.test('taking a hand-over back unheard says what that may mean, and is asked first', async (t) => {
  const { drover, sent, questions } = answered([]);
  const words = ['vm', 'mirror', 'promote', 'web', '--reclaim', '--destination-is-off'];
  t.equal((await drover(...words)).code, EXIT.declined);
  t.match(questions, [/though it may run where it was handed over to/]);
  t.same(sent, []);
});

void t.test('info tells all of one VM, and what to do when it was never mirrored', async (t) => {
  const row = {
    ...{ uuid: '00000001-0000-4000-8000-000000000001', name: 'web', role: 'active', epoch: 3 },
    ...{ head: null, source: null, promote: null, problem: null },
    peers: [{ name: 'west', point: 'am1', at: 60, problem: 'it is away' }],
  };
  const { out } = await answered([reply([row])]).drover('vm', 'mirror', 'info', 'web');
  t.match(out, /^VM: +web \(00000001-[^]*^Role: +active of epoch 3$/m);
  t.notMatch(out, /Copy of|Hand-over|Problem:/, 'what is not is not told');
  t.match(out, /^west +am1 +1970-01-01T00:01:00.000Z +it is away *$/m);
  const none = await answered([reply([])]).drover('vm', 'mirror', 'info', 'web');
  t.match(none, { code: EXIT.failed, err: /never mirrored.*drover vm mirror create web/s });
});

void t.test('tags are shown, given and taken', async (t) => {
  const tags = { name: 'web', tags: [{ name: 'automirror', type: 'user', protected: true }] };
  const got = await answered([reply(tags)]).drover('vm', 'tag', 'get', 'web');
  t.match(got, { code: EXIT.done, out: /^automirror +user +yes *$/m });
  const rows: readonly (readonly [string, string])[] = [
    ['add web gold -p', `POST ${VM}/tags action=add&tag=gold&protected=true`],
    ['remove web gold', `POST ${VM}/tags action=remove&tag=gold`],
  ];
  for (const [line, request] of rows) {
    const { drover, sent } = answered([reply({ message: 'So it is.' })]);
    t.match(await drover('vm', 'tag', ...line.split(' ')), { code: EXIT.done, out: 'So it is.\n' }, line);
    t.equal(sent.map(asked)[0], request, line);
  }
});
