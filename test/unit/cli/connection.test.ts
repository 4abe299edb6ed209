import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Transport } from '../../../lib/client/index.js';
import { DroverError } from '../../../lib/core/index.js';
import { EXIT } from '../../../cli/world.js';
import { cli, HOMES, STORE, storeWith } from '../../support/cli-world.js';
import { clientOf } from '../../support/api-client.js';
import { ApiWorld } from '../../support/api-world.js';

const CONFIG = `cluster:
  name: alpha
  coordinators:
    hv1: 10.0.0.1
    hv2: 10.0.0.2
api:
  tokens:
    - {name: reader, scopes: [read], token: r-secret}
    - {name: root, scopes: [admin], token: Adm1n-SECRET}
`;
const UNREACHABLE: Transport = {
  send: () =>
    Promise.reject(new DroverError('API_UNREACHABLE', { object: 'nowhere', reason: 'nobody is there' })),
  close: () => Promise.resolve(),
};
const HERE = { '/etc/drover/drover.yaml': CONFIG };

void t.test('a connection is added, listed, replaced only when asked to, and removed', async (t) => {
  const { drover, text, modes } = cli();
  t.equal(
    (await drover('connection', 'add', 'there', 'api.test', '-k', 'T0K-en', '-p', '7371')).code,
    EXIT.done,
  );
  t.equal(modes.get(STORE), 0o600);
  t.match(JSON.parse((await text(STORE)) ?? ''), {
    v: 1,
    connections: { there: { host: 'api.test', port: 7371, scheme: 'https', token: 'T0K-en' } },
  });
  t.equal((await drover('connection', 'list', '-f', 'raw')).out, 'there\n');
  t.equal((await drover('connection', 'add', 'there', 'other.test')).code, EXIT.failed);
  t.equal(
    (await drover('connection', 'add', 'there', 'other.test', '--replace', '-s', 'http')).code,
    EXIT.done,
  );
  t.match(JSON.parse((await drover('connection', 'list', '-f', 'json')).out), [
    { name: 'there', host: 'other.test', scheme: 'http', token: null },
  ]);
  t.equal((await drover('connection', 'remove', 'there')).code, EXIT.done);
  t.equal((await drover('connection', 'remove', 'there')).code, EXIT.failed);
  t.equal((await drover('connection', 'add', 'x', 'a b')).code, EXIT.failed);
  t.equal((await drover('connection', 'add', 'x', 'host', '-p', '0')).code, EXIT.usage);
});

void t.test('M54: tokens are hidden whole unless they are asked for; columns fit their values', async (t) => {
  const { drover } = cli({ files: { ...HERE, [STORE]: storeWith() } });
  const { out } = await drover('connection', 'list');
  t.notMatch(out, /[Aa]dm1n|SECRET|T0K/, 'no part of a token');
  t.equal(
    out,
    [
      'Name   Description              Address    Port  Scheme  Token',
      'local  /etc/drover/drover.yaml  127.0.0.1  7370  http    [hidden]',
      'there  over there               api.test   7370  https   [hidden]',
      '',
    ].join('\n'),
  );
  t.match((await drover('connection', 'list', '-k')).out, /Adm1n-SECRET[^]*T0K-en/);
  t.notMatch((await drover('connection', 'list', '-f', 'json')).out, /SECRET|T0K/);
});

void t.test(
  'local is there whenever this machine has a configuration, and cannot be taken away',
  async (t) => {
    const { drover } = cli({ files: { ...HERE, [STORE]: storeWith({}) } });
    t.equal((await drover('connection', 'list', '-f', 'raw')).out, 'local\nthere\n');
    t.equal((await drover('connection', 'remove', 'local')).code, EXIT.failed);
    t.equal((await drover('connection', 'add', 'local', 'x')).code, EXIT.failed);
    const pvc = cli({
      files: { '/etc/pvc/pvc.conf': readFileSync('test/fixtures/config/pvc.conf', 'utf8') },
    });
    t.match((await pvc.drover('connection', 'list')).out, /\nlocal +\/etc\/pvc\/pvc.conf/);
  },
);

void t.test('a local that follows another file is repaired, and that is said', async (t) => {
  const stale = storeWith({}, { local: { config: '/etc/pvc/pvcapid.yaml' } });
  const { drover, text } = cli({ files: { ...HERE, [STORE]: stale } });
  const { code, out, err } = await drover('connection', 'list', '-f', 'raw');
  t.equal(code, EXIT.done);
  t.equal(out, 'local\nthere\n');
  t.match(err, /pvcapid.yaml.*drover.yaml/);
  t.match(JSON.parse((await text(STORE)) ?? ''), { local: { config: '/etc/drover/drover.yaml' } });
  t.equal((await drover('connection', 'list')).err, '', 'once');
});

void t.test('a configuration that cannot be used still shows local, with the reason', async (t) => {
  const { drover } = cli({ files: { '/etc/drover/drover.yaml': 'cluster: 5' } });
  const { code, out } = await drover('connection', 'list');
  t.equal(code, EXIT.done);
  t.match(out, /\nlocal .*configuration is invalid/);
});

void t.test('M41: a damaged store is set aside and said so, and nothing crashes', async (t) => {
  for (const damaged of ['', '{', '[]', '{"connections": {"x": {"host": 5}}}']) {
    const { drover, text } = cli({ files: { ...HERE, [STORE]: damaged, [`${STORE}.damaged`]: 'older' } });
    const { code, out, err } = await drover('connection', 'list', '-f', 'raw');
    t.equal(code, EXIT.done, damaged);
    t.equal(out, 'local\n');
    t.match(err, /damaged/);
    t.equal(await text(`${STORE}.damaged-2`), damaged);
    t.equal(await text(`${STORE}.damaged`), 'older');
  }
});

void t.test("the store of PVC's command is taken over, but nothing that is there is touched", async (t) => {
  const pvc = {
    local: { cfgfile: '/etc/pvc/pvc.conf' },
    old: { description: 'c1', host: '10.1.0.5', port: '7370', scheme: 'http', api_key: 'k1' },
    open: { description: 'c2', host: 'c2.test', port: 7370, scheme: 'https', api_key: null },
    there: { description: 'other', host: 'no.test', port: 1, scheme: 'http', api_key: 'k3' },
    odd: { cfg: 1 },
  };
  const files = { [`${HOMES.pvc}/pvc.json`]: JSON.stringify(pvc), [STORE]: storeWith() };
  const { drover, text } = cli({ files });
  const { code, out, err } = await drover('connection', 'import');
  t.equal(code, EXIT.done);
  t.equal(out, 'Taken over: old and open.\n');
  t.match(err, /there\n[^]*odd/);
  const { connections } = JSON.parse((await text(STORE)) ?? '') as { connections: Record<string, object> };
  t.match(connections, {
    old: { host: '10.1.0.5', port: 7370, scheme: 'http', token: 'k1' },
    there: { host: 'api.test' },
  });
  t.notOk('token' in (connections['open'] ?? {}));
  t.equal((await drover('connection', 'import', '/none')).code, EXIT.failed);
});

void t.test(
  'which connection is used: the named one, that of the environment, local, the only one',
  async (t) => {
    const asked: string[] = [];
    const api = await ApiWorld.open(undefined, { authentication: 'off' });
    const transport = ({ host, token }: { readonly host: string; readonly token?: string }) => {
      asked.push(`${host} ${token ?? '-'}`);
      return { ...clientOf(api).transport, close: () => Promise.resolve() };
    };
    const used = async (files: Readonly<Record<string, string>>, args: string[], connection?: string) => {
      asked.length = 0;
      const { drover } = cli({ files, transport, ...(connection === undefined ? {} : { connection }) });
      const { code } = await drover(...args, 'status', '-f', 'json');
      return code === EXIT.done ? asked.at(-1) : code;
    };
    const both = { ...HERE, [STORE]: storeWith() };
    t.equal(await used(both, ['-c', 'there']), 'api.test T0K-en');
    t.equal(await used(both, [], 'there'), 'api.test T0K-en');
    t.equal(await used(both, []), '127.0.0.1 Adm1n-SECRET');
    t.equal(await used({ [STORE]: storeWith() }, []), 'api.test T0K-en');
    t.equal(await used({}, []), EXIT.failed);
    t.equal(await used(both, ['-c', 'ther']), EXIT.failed);
  },
);

void t.test('local is looked for on this machine, then where the coordinators are', async (t) => {
  const api = await ApiWorld.open(undefined, { authentication: 'off' });
  const asked: string[] = [];
  const { drover } = cli({
    files: HERE,
    transport: ({ host }) => {
      asked.push(host);
      const { transport } = clientOf(api);
      return host === '10.0.0.2' ? { ...transport, close: () => Promise.resolve() } : UNREACHABLE;
    },
  });
  t.equal((await drover('status', '-f', 'json')).code, EXIT.done);
  t.same(asked, ['127.0.0.1', '10.0.0.1', '10.0.0.2']);
  const nowhere = cli({ files: HERE, transport: () => UNREACHABLE });
  t.equal((await nowhere.drover('status')).code, EXIT.unreachable);
});

void t.test('detail asks every cluster, and one that does not answer stops nothing', async (t) => {
  const api = await ApiWorld.open(undefined, { authentication: 'off' });
  const { drover } = cli({
    files: { ...HERE, [STORE]: storeWith() },
    transport: ({ host }) =>
      host === 'api.test' ? { ...clientOf(api).transport, close: () => Promise.resolve() } : UNREACHABLE,
  });
  const { code, out } = await drover('connection', 'detail');
  t.equal(code, EXIT.done);
  t.match(out, /\nlocal .*no answer/);
  t.match(out, /\nthere +over there +\d+ %/);
});
