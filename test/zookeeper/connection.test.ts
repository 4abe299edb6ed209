/** Faults of connections. A title begins with its row in docs/zookeeper.md. */
import t from 'tap';
import { LIMITS } from '../../lib/core/index.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import {
  Deliveries,
  bytes,
  eventually,
  inState,
  memoryLog,
  nextState,
  open,
  realClock,
  text,
} from '../support/zookeeper-client.js';
import { Proxy } from '../support/proxy.js';
import { closeForeignSession, OP, ZooKeeperProxy } from '../support/zookeeper-proxy.js';

const cluster = await ZooKeeperCluster.start(1, { tickMs: 100 });
t.teardown(() => cluster.remove());
const SESSION = { sessionMs: 1_000 };

void t.test('zk-1: a silent server is noticed; ownership outlives no lease', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = open([proxy.endpoint], SESSION);
  const witness = open(cluster.endpoints, SESSION);
  t.teardown(() => Promise.all([store.close(), witness.close(), proxy.tcp.close()]));
  await inState(store, 'connected');
  await store.commit([{ op: 'create', path: '/zk-1', data: bytes(''), mode: 'ephemeral' }]);
  const seen = new Deliveries<bigint | undefined>();
  let goneAt = 0;
  witness.watch('/zk-1', (entry) => {
    goneAt = realClock.monotonic();
    seen.listener(entry?.stat.czxid);
  });
  await seen.until('the ephemeral', (czxid) => czxid !== undefined);

  const silentFrom = realClock.monotonic();
  proxy.tcp.silence();
  const { leaseUntil } = await nextState(store, 'suspended');
  t.ok(leaseUntil <= silentFrom + 1_000, 'the lease counts from what was sent before the silence');
  const lost = await nextState(store, 'lost');
  t.match(lost, { id: undefined, timeoutMs: 0, leaseUntil: 0 });
  await seen.until('its end', (czxid) => czxid === undefined);
  t.ok(goneAt >= leaseUntil, 'the server kept the session for as long as we counted on it');

  proxy.tcp.speak();
  await inState(store, 'connected');
  t.equal(await store.read('/zk-1'), undefined);
});

void t.test('zk-1: an idle session is kept', async (t) => {
  const store = open(cluster.endpoints, SESSION);
  t.teardown(() => store.close());
  const { id, leaseUntil } = await inState(store, 'connected');
  const states: string[] = [];
  store.onSession(({ state }) => states.push(state));
  const twice = leaseUntil + 2 * SESSION.sessionMs;
  await eventually(() => store.session().leaseUntil >= twice, 'twice the timeout');
  t.same(states, []);
  t.equal((await store.read('/'))?.path, '/');
  t.equal(store.session().id, id);
});

void t.test('zk-2: a server that takes the connection and says nothing is given up', async (t) => {
  const proxy = await Proxy.start({ target: cluster.server.endpoint });
  proxy.silence();
  const store = open([proxy.endpoint], SESSION);
  t.teardown(() => Promise.all([store.close(), proxy.close()]));
  await eventually(() => proxy.arrivals.length >= 3, 'the third attempt');
  t.equal(store.session().state, 'connecting');
  proxy.speak();
  await inState(store, 'connected');
});

void t.test('zk-3: a connection cut anywhere in a frame costs only itself', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = open([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  const { id } = await inState(store, 'connected');
  const value = 'x'.repeat(300_000);
  await store.commit([{ op: 'create', path: '/zk-3', data: bytes(value) }]);
  for (const after of [1, 3, 4, 5, 19, 20, 150_000]) {
    const reconnects = proxy.tcp.arrivals.length;
    proxy.tcp.cutAfter(after);
    t.equal(text((await store.read('/zk-3'))?.data), value, `cut after ${after} bytes`);
    t.equal(proxy.tcp.arrivals.length, reconnects + 1);
  }
  t.equal(store.session().id, id);
});

void t.test('zk-9: attempts to connect become rarer', async (t) => {
  // Nothing listens there: each connection ends at once.
  const proxy = await Proxy.start({ target: '127.0.0.1:1' });
  const store = open([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.close()]));
  await eventually(() => proxy.arrivals.length >= 7, 'the seventh attempt');
  const EARLY_MS = 15;
  for (let failures = 1; failures < 7; failures += 1) {
    const gap = (proxy.arrivals[failures] ?? 0) - (proxy.arrivals[failures - 1] ?? 0);
    const least = (LIMITS.storeReconnectFirstMs * 2 ** (failures - 1)) / 2;
    t.ok(gap >= least - EARLY_MS, `${gap} ms after failure ${failures}, at least ${least}`);
  }
});

void t.test('zk-9: a session that is cut again and again is not hammered, and survives', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = open([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  const { id } = await inState(store, 'connected');
  for (let round = 0; round < 5; round += 1) {
    const back = nextState(store, 'connected');
    proxy.tcp.cut();
    await back;
  }
  const gaps = proxy.tcp.arrivals.map((at, index, all) => at - (all[index - 1] ?? 0)).slice(2);
  const last = gaps.at(-1) ?? 0;
  t.ok(last >= LIMITS.storeReconnectFirstMs, `${last} ms between the last two`);
  t.equal(store.session().id, id);
});

void t.test('a server that talks another protocol is not believed', async (t) => {
  const log = memoryLog();
  const proxy = await Proxy.start({
    target: cluster.server.endpoint,
    filter: () => ({
      toServer: (chunk) => chunk,
      toClient: () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    }),
  });
  const store = open([proxy.endpoint], { log });
  t.teardown(() => Promise.all([store.close(), proxy.close()]));
  await eventually(() => log.lines.length > 0, 'a line in the log');
  t.match(log.lines[0], { level: 'debug', fields: { server: proxy.endpoint, reason: /a frame claims/ } });
  t.equal(store.session().state, 'connecting');
});

void t.test('closing while reconnecting ends the session as soon as a server is there', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = open([proxy.endpoint]);
  const witness = open(cluster.endpoints, SESSION);
  t.teardown(() => Promise.all([witness.close(), proxy.tcp.close()]));
  await inState(store, 'connected');
  await store.commit([{ op: 'create', path: '/closing', data: bytes(''), mode: 'ephemeral' }]);
  await proxy.tcp.refuse();
  await inState(store, 'suspended');
  const closed = store.close();
  t.equal(store.session().state, 'closed');
  await proxy.tcp.accept();
  await closed;
  t.equal(proxy.count(OP.close), 1, 'said goodbye');
  await witness.sync();
  t.equal(await witness.read('/closing'), undefined);
});

void t.test('closing without any server ends too, and so does closing at once', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  t.teardown(() => proxy.tcp.close());
  const store = open([proxy.endpoint]);
  await inState(store, 'connected');
  proxy.tcp.silence();
  const read = t.rejects(store.read('/', { deadlineMs: Infinity }), { code: 'STORE_UNAVAILABLE' });
  await store.close();
  await read;
  const young = open([proxy.endpoint]);
  await young.close();
  t.equal(young.session().state, 'closed');
});

void t.test(
  'expiry while connected is told by the server, and a commit in flight is not guessed at',
  async (t) => {
    const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
    const store = open([proxy.endpoint]);
    t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
    const { id = '' } = await inState(store, 'connected');
    const lost = nextState(store, 'lost');
    proxy.twist({ type: OP.multi, do: 'lose' });
    const write = { op: 'create', path: '/expiring', data: bytes('x') } as const;
    const [commit] = await Promise.allSettled([
      store.commit([write], { session: id }),
      closeForeignSession(cluster.server.endpoint, proxy.keys),
    ]);
    t.match(commit, { status: 'rejected', reason: { code: 'STORE_OUTCOME_UNKNOWN' } });
    await lost;
    const { id: next } = await inState(store, 'connected');
    t.not(next, id);
    await t.rejects(store.commit([write], { session: id }), { code: 'STORE_SESSION_LOST' });
  },
);
