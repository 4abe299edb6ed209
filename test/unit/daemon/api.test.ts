import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { serveApi } from '../../../daemon/api.js';
import { HostClock, HostRandom } from '../../../lib/adapters/host/index.js';
import { ApiClient } from '../../../lib/client/index.js';
import { type Configuration, Secret } from '../../../lib/config/index.js';
import { Scope } from '../../../lib/core/index.js';
import { Kinds } from '../../../lib/task/index.js';
import { ApiWorld } from '../../support/api-world.js';
import { memoryFiles } from '../../support/memory-files.js';
import { makeCertificates } from '../../support/zookeeper-certificates.js';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An API server for a term, on the store of a simulated world. */
async function serving(change: Partial<Configuration['api']>, files: Readonly<Record<string, string>> = {}) {
  const world = await ApiWorld.open();
  const lines: string[] = [];
  let heard: () => void = () => undefined;
  const note = (_: object, message: string) => {
    lines.push(message);
    heard();
  };
  const port = await freePort();
  const scope = new Scope('term');
  const config: Configuration['api'] = {
    enabled: true,
    listen: '127.0.0.1',
    port,
    publishedAddress: undefined,
    authentication: 'token',
    tokens: [{ name: 'root', scopes: ['admin'], token: Secret.inFile('/secrets/root') }],
    tls: undefined,
    metrics: false,
    ...change,
  };
  serveApi(scope, {
    config,
    files: memoryFiles({ '/secrets/root': 't0k3n\n', ...files }),
    store: world.store,
    clock: new HostClock(),
    random: new HostRandom(),
    log: { debug: () => undefined, info: note, warn: note, error: note },
    node: 'pv1',
    handOver: () => Promise.resolve(),
    kinds: new Kinds([]),
  });
  const saying = async (message: string) => {
    while (!lines.includes(message))
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
  };
  const client = new ApiClient({
    connection: { host: '127.0.0.1', port, scheme: 'http', token: 't0k3n' },
    clock: new HostClock(),
  });
  return { world, lines, scope, saying, client, port };
}

void t.test(
  'the API is served in a term, with the secrets of the configuration, and ends with it',
  async (t) => {
    const { scope, saying, client } = await serving({});
    await saying('the API is served');
    t.equal(await client.cluster.greeting(), 'PVC API version 1.0');
    t.match(await client.vms.setState('vm1', { state: 'start', force: true }), /vm1/);
    await scope.close('over');
    await t.rejects(client.cluster.greeting(), { code: 'API_UNREACHABLE' });
    await client.close();
  },
);

void t.test('whoever waits when the term ends is cut off, and does not keep it from ending', async (t) => {
  const { scope, saying, client, world } = await serving({});
  await saying('the API is served');
  const uuid = (await client.vms.get('vm1'))[0]?.uuid ?? '';
  await world.change(`/domains/${uuid}/state`, 'start');
  const waiting = client.vms.setState('vm1', { state: 'shutdown', wait: true });
  waiting.catch(() => undefined);
  const state = async () =>
    new TextDecoder().decode((await world.store.read(`/domains/${uuid}/state`))?.data ?? new Uint8Array());
  while ((await state()) !== 'shutdown') await new Promise((resolve) => setImmediate(resolve));
  await scope.close('over');
  await t.rejects(waiting);
  await client.close();
});

void t.test('with a certificate it is served by TLS only', async (t) => {
  const { server, authority } = await makeCertificates();
  const tls = { certificate: '/cert', privateKey: '/key' };
  const { saying, scope, client, port } = await serving(
    { tls },
    { '/cert': server.cert, '/key': server.key },
  );
  await saying('the API is served');
  await t.rejects(client.cluster.greeting(), { code: 'API_UNREACHABLE' });
  const secret = new ApiClient({
    connection: {
      host: '127.0.0.1',
      port,
      scheme: 'https',
      ca: authority.cert,
      serverName: 'zookeeper.test',
    },
    clock: new HostClock(),
  });
  t.equal(await secret.cluster.greeting(), 'PVC API version 1.0');
  await secret.close();
  await client.close();
  await scope.close();
});

void t.test('without it nothing is served', async (t) => {
  const { lines, scope, client } = await serving({ enabled: false });
  await t.rejects(client.cluster.greeting(), { code: 'API_UNREACHABLE' });
  t.same(lines, []);
  await scope.close();
  await client.close();
});

void t.test('what keeps it from serving is told, and the term goes on and ends', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const tls = { certificate: '/no/certificate', privateKey: '/key' };
  const { saying, scope, client } = await serving({ tls }, { '/key': key });
  await saying('the API cannot be served');
  t.notOk(scope.closed);
  await scope.close();
  await client.close();
});
