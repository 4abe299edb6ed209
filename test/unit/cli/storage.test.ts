import { readFileSync } from 'node:fs';
import t from 'tap';
import { EXIT } from '../../../cli/world.js';
import type { WireReply, WireRequest } from '../../../lib/client/index.js';
import { scripted } from '../../support/api-client.js';
import { cli, STORE, storeWith } from '../../support/cli-world.js';

const RECORDED = JSON.parse(
  readFileSync('test/fixtures/pvc/api-benchmark_result_trimmed.json', 'utf8'),
) as object;

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

const VOLUME = '/api/v1/storage/ceph/volume/vms/a';

void t.test('each change of a volume is one request, and its sentence is printed', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['add vms a 20G', `POST ${VOLUME} size=20G&force=false`],
    ['resize vms a 21G -y -f', `PUT ${VOLUME} new_size=21G&force=true`],
    ['rename vms a b -y', `PUT ${VOLUME} new_name=b&force=false`],
    ['clone vms a b --force', `POST ${VOLUME}/clone new_volume=b&force=true`],
    ['remove vms a -y', `DELETE ${VOLUME} force=false`],
    ['scan vms a', `POST ${VOLUME}/scan `],
  ];
  for (const [line, request] of rows) {
    const { drover, sent } = answered([reply({ message: 'So it is.' })]);
    t.match(
      await drover('storage', 'volume', ...line.split(' ')),
      { code: EXIT.done, out: 'So it is.\n' },
      line,
    );
    t.same(sent.map(asked), [request], line);
  }
});

const SNAPSHOT = '/api/v1/storage/ceph/snapshot/vms/a/s';

void t.test('each change of a snapshot of a volume is one request, asked first when data goes', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['add vms a s', `POST ${SNAPSHOT} `],
    ['rename vms a s u', `PUT ${SNAPSHOT} new_name=u`],
    ['remove vms a s -y', `DELETE ${SNAPSHOT} `],
    ['rollback vms a s -y -f', `POST ${SNAPSHOT}/rollback force=true`],
  ];
  for (const [line, request] of rows) {
    const { drover, sent } = answered([reply({ message: 'So it is.' })]);
    const words = ['storage', 'volume', 'snapshot', ...line.split(' ')];
    t.match(await drover(...words), { code: EXIT.done, out: 'So it is.\n' }, line);
    t.same(sent.map(asked), [request], line);
  }
  for (const word of ['remove', 'rollback']) {
    const { drover, sent } = answered([]);
    t.equal((await drover('storage', 'volume', 'snapshot', word, 'vms', 'a', 's')).code, EXIT.declined, word);
    t.same(sent, [], word);
  }
  const all = [{ pool: 'vms', volume: 'a', snapshot: 's', stats: { size: 2 ** 31 } }];
  const list = async (...words: string[]) => {
    const { drover, sent } = answered([reply(all)]);
    const { out } = await drover('storage', 'volume', 'snapshot', 'list', ...words);
    return [out, ...sent.map(asked)];
  };
  t.match(await list(), [/^vms +a +s +2 GiB$/m]);
  t.same(await list('s', '-p', 'vms', '-o', 'a', '-f', 'raw'), [
    'vms/a@s\n',
    'GET /api/v1/storage/ceph/snapshot?pool=vms&volume=a&limit=s',
  ]);
});

void t.test('what changes or takes away a volume is asked first', async (t) => {
  for (const line of ['remove vms a', 'resize vms a 1G', 'rename vms a b', 'purge vms']) {
    const { drover, sent } = answered([]);
    t.equal((await drover('storage', 'volume', ...line.split(' '))).code, EXIT.declined, line);
    t.same(sent, [], line);
  }
  const { drover, sent } = answered([]);
  t.equal((await drover('storage', 'benchmark', 'run', 'vms')).code, EXIT.declined);
  t.same(sent, []);
});

void t.test('M29: a task is followed to its end, and one that fails ends with 1', async (t) => {
  const ticket = reply({ task_id: 't1', task_name: 'storage.benchmark', run_on: 'hv1 (primary)' }, 202);
  const progress = (state: string, status: string) => reply({ state, current: 1, total: 8, status });
  const run = ['storage', 'benchmark', 'run', 'vms', '-y', '--name', 'b', '--size', '4M', '--runtime', '1'];
  const good = answered([ticket, progress('RUNNING', 'seq_read'), progress('SUCCESS', 'done')]);
  const ended = good.drover(...run);
  await good.pass(10_000);
  t.match(await ended, { code: EXIT.done, out: 'SUCCESS: done\n', err: /task t1 .*\n1\/8 {2}seq_read\n/ });
  t.equal(
    good.sent.map(asked)[0],
    'POST /api/v1/storage/ceph/benchmark pool=vms&name=b&volume_size=4M&runtime=1&force=false',
  );
  const bad = answered([ticket, progress('FAILURE', 'the pool is full')]);
  t.match(await bad.drover(...run), { code: EXIT.failed, out: 'FAILURE: the pool is full\n' });
  const quick = answered([ticket]);
  t.match(await quick.drover(...run, '--no-wait'), { code: EXIT.done, out: 't1\n', err: '' });
  const flush = answered([ticket, progress('SUCCESS', 'done')]);
  t.equal((await flush.drover('vm', 'flush-locks', 'web')).code, EXIT.done);
  t.equal(flush.sent.map(asked)[0], 'POST /api/v1/vm/web/locks ');
  const wrong = answered([]);
  t.equal((await wrong.drover('storage', 'benchmark', 'run', 'vms', '--runtime', 'x')).code, EXIT.usage);
});

void t.test('benchmarks of every format are listed, and shown as far as they are understood', async (t) => {
  const all = [
    { id: 1, job: 'old', test_format: 7, benchmark_result: { what: 'ever' } },
    { id: 2, job: 'now', test_format: 2, benchmark_result: 'Running' },
    { id: 3, job: 'ours', test_format: 2, benchmark_result: RECORDED },
  ];
  const list = answered([reply(all)]);
  const { out } = await list.drover('storage', 'benchmark', 'list');
  t.match(out, /^old +7 +N\/A \/ N\/A/m, 'M20 an unknown format has its number');
  t.match(out, /^now +2 +Running +Running +Running +Running$/m);
  t.match(out, /^ours +2 +N\/A \/ N\/A +N\/A \/ N\/A +N\/A \/ 13 MiB\/s +N\/A \/ 3317$/m);
  t.equal(
    (await answered([reply(all)]).drover('storage', 'benchmark', 'list', '-f', 'raw')).out,
    'old\nnow\nours\n',
  );

  const info = async (one: object) =>
    await answered([reply([one])]).drover('storage', 'benchmark', 'info', 'x');
  t.match(await info(all[0] ?? {}), { out: /format 7\nThis format is not known here[^]*"what": "ever"/ });
  t.match(await info(all[1] ?? {}), { out: /It runs/ });
  const shown = (await info(all[2] ?? {})).out;
  t.match(shown, /Random Write \(4K blocks, queue depth 64\)/);
  t.match(shown, /Overall +13 MiB\/s, 3317 IOPS, 972 MiB in 75 s/);
  t.match(shown, /CPU +91\.07 % of the node, OSD 45\.07 %, MON 0 %/);
  t.match(shown, /^ +250 ms: 0\.45 %$/m);
  t.match(shown, /Latency +mean 19\.3 ms, min 1\.6 ms/);
  t.equal(
    (await answered([reply({ message: 'none' }, 404)]).drover('storage', 'benchmark', 'info', 'x')).code,
    EXIT.failed,
  );
});
