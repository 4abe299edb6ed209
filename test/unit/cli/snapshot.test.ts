import t from 'tap';
import { EXIT } from '../../../cli/world.js';
import type { WireReply, WireRequest } from '../../../lib/client/index.js';
import { scripted } from '../../support/api-client.js';
import { cli, STORE, storeWith } from '../../support/cli-world.js';

function answered(answers: readonly WireReply[], says = false) {
  const { transport, sent } = scripted(answers);
  return { ...cli({ files: { [STORE]: storeWith() }, says, transport: () => transport }), sent };
}

function reply(body: unknown, status = 200): WireReply {
  return { status, text: JSON.stringify(body) };
}

function asked({ method, path, body }: WireRequest): string {
  return `${method} ${path}${body === undefined ? '' : ` ${body}`}`;
}

const SNAPSHOT = '/api/v1/vm/web/snapshot';
const ticket = reply({ task_id: 't1', task_name: 'vm.create_snapshot', run_on: 'hv1' }, 202);
const ended = (state: string, status: string) => reply({ state, current: 1, total: 1, status });

void t.test('each change of a snapshot is one task, which is followed to its end', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['create web', `POST ${SNAPSHOT} `],
    ['create web before --consistency frozen', `POST ${SNAPSHOT} snapshot_name=before&consistency=frozen`],
    ['remove web before -y', `DELETE ${SNAPSHOT} snapshot_name=before&force=false`],
    ['rollback web before -y -f', `POST ${SNAPSHOT}/rollback snapshot_name=before&force=true`],
  ];
  for (const [line, request] of rows) {
    const good = answered([ticket, ended('SUCCESS', 'So it is.')]);
    const words = ['vm', 'snapshot', ...line.split(' ')];
    t.match(await good.drover(...words), { code: EXIT.done, out: 'SUCCESS: So it is.\n' }, line);
    t.equal(good.sent.map(asked)[0], request, line);
    const bad = answered([ticket, ended('FAILURE', 'no')]);
    t.equal((await bad.drover(...words)).code, EXIT.failed, line);
    const quick = answered([ticket]);
    t.match(await quick.drover(...words, '--no-wait'), { code: EXIT.done, out: 't1\n' }, line);
  }
});

void t.test('what takes data away is asked first; another consistency is not understood', async (t) => {
  for (const word of ['remove', 'rollback']) {
    const { drover, sent, questions } = answered([]);
    t.equal((await drover('vm', 'snapshot', word, 'web', 'before')).code, EXIT.declined, word);
    t.same(sent, [], word);
    t.match(questions, [/before/], word);
  }
  const { drover, sent } = answered([]);
  const wrong = await drover('vm', 'snapshot', 'create', 'web', '--consistency', 'scattered');
  t.equal(wrong.code, EXIT.usage);
  t.same(sent, []);
});

void t.test(
  'snapshots are listed with their age, how they were taken and what was changed since',
  async (t) => {
    const foreign = {
      ...{ name: 'old', timestamp: '1', age: 200_000, rbd_snapshots: ['vms/a@old', 'vms/b@old'] },
      xml_diff_lines: ['--- current', '+++ snapshot', '@@ -1 +1,2 @@', '-<a/>', '+<b/>', '+<c/>'],
    };
    const ours = { name: 'now', timestamp: '2', age: 61, rbd_snapshots: [], xml_diff_lines: [] };
    const snapshots = [{ ...ours, consistency: 'paused', origin: 'manual' }, foreign];
    const list = async (...words: string[]) =>
      (
        await answered([reply([{ name: 'web', snapshots }])]).drover(
          'vm',
          'snapshot',
          'list',
          'web',
          ...words,
        )
      ).out;
    t.match(await list(), /^now +61 seconds +paused +manual +as now +0$/m);
    t.match(await list(), /^old +2 days +\+2\/-1 +2$/m);
    t.equal(await list('-f', 'raw'), 'now\nold\n');
    t.match(JSON.parse(await list('-f', 'json')), snapshots);
  },
);
