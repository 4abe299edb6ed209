/** zk-15: what the package's own connect step cannot do. */
import { networkInterfaces } from 'node:os';
import t, { type Test } from 'tap';
import type { TlsOptions } from '../../lib/adapters/zookeeper/index.js';
import { Proxy } from '../support/proxy.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { makeCertificates } from '../support/zookeeper-certificates.js';
import { bytes, eventually, memoryLog, open, opened, text } from '../support/zookeeper-client.js';

const cluster = await ZooKeeperCluster.start(1, { tickMs: 100 });
t.teardown(() => cluster.remove());
const certificates = await makeCertificates();

async function tlsProxy(t: Test): Promise<Proxy> {
  const { server, authority } = certificates;
  const tls = { cert: server.cert, key: server.key, ca: authority.cert, requestCert: true };
  const proxy = await Proxy.start({ target: cluster.server.endpoint, tls });
  t.teardown(() => proxy.close());
  return proxy;
}

const GOOD: TlsOptions = {
  ca: certificates.authority.cert,
  cert: certificates.client.cert,
  key: certificates.client.key,
  serverName: 'zookeeper.test',
};

void t.test('zk-15: TLS, both sides with certificates, over reconnects', async (t) => {
  const proxy = await tlsProxy(t);
  const store = await opened([proxy.endpoint], { tls: GOOD });
  t.teardown(() => store.close());
  const value = 'x'.repeat(200_000);
  await store.commit([{ op: 'create', path: '/tls', data: bytes(value) }]);
  const { id } = store.session();
  proxy.cut();
  t.equal(text((await store.read('/tls'))?.data), value);
  t.equal(store.session().id, id);
});

void t.test('zk-15: a server or a client that cannot prove itself gets no session', async (t) => {
  const proxy = await tlsProxy(t);
  const { stranger } = certificates;
  const { serverName = '', ...nameless } = GOOD;
  const cases: [string, TlsOptions | undefined, RegExp][] = [
    ['unknown authority', { ...GOOD, ca: stranger.cert }, /self-signed|unable to/],
    ['another name', { ...GOOD, serverName: `not-${serverName}` }, /altnames/],
    ['the name of the host, when none is given', nameless, /altnames/],
    ['client without a certificate', { ca: GOOD.ca ?? '', serverName }, /certificate|closed|reset/i],
    ['client of an unknown authority', { ...GOOD, ...stranger }, /alert|closed|reset/i],
    ['no TLS at all', undefined, /./],
  ];
  for (const [what, tls, reason] of cases) {
    const log = memoryLog();
    const store = open([proxy.endpoint], { log, ...(tls === undefined ? {} : { tls }) });
    await eventually(() => log.lines.length > 0, `${what}: told`);
    t.match(log.lines[0], { message: 'store connection ended', fields: { reason } }, what);
    t.equal(store.session().state, 'connecting');
    await store.close();
  }
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

void t.test('zk-15: an IPv6 address', { skip: hasIpv6 ? false : 'no ::1 here' }, async (t) => {
  const proxy = await Proxy.start({ target: cluster.server.endpoint, host: '::1' });
  t.match(proxy.endpoint, /^\[::1\]:\d+$/);
  const store = await opened([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.close()]));
  t.equal((await store.read('/'))?.path, '/');
});
