/** Faults of calls. A title begins with its row in docs/zookeeper.md. */
import { createRequire } from 'node:module';
import t, { type Test } from 'tap';
import { LIMITS } from '../../lib/core/index.js';
import type { Store } from '../../lib/ports/index.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { bytes, eventually, inState, nextState, open, text } from '../support/zookeeper-client.js';
import { OP, ZooKeeperProxy } from '../support/zookeeper-proxy.js';

const cluster = await ZooKeeperCluster.start(1, { tickMs: 100 });
t.teardown(() => cluster.remove());

async function connected(t: Test, sessionMs = 15_000): Promise<{ proxy: ZooKeeperProxy; store: Store }> {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = open([proxy.endpoint], { sessionMs });
  t.teardown(async () => {
    await store.close();
    await proxy.tcp.close();
  });
  await inState(store, 'connected');
  return { proxy, store };
}

interface BareClient {
  connect(): void;
  close(): void;
  once(event: 'connected', listener: () => void): void;
  transaction(): BareTransaction;
}
interface BareTransaction {
  setData(path: string, data: Buffer, version: number): BareTransaction;
  commit(callback: (error: Error | null | undefined) => void): void;
}

void t.test('zk-4: version 0 means version 0', async (t) => {
  const { store } = await connected(t);
  await store.commit([{ op: 'create', path: '/zk-4', data: bytes('v0') }]);
  await store.commit([{ op: 'set', path: '/zk-4', data: bytes('v1'), version: 0 }]);
  for (const op of ['set', 'delete', 'check'] as const) {
    const write = { op, path: '/zk-4', data: bytes('stale'), version: 0 };
    await t.rejects(store.commit([write]), { code: 'STORE_CONFLICT', cause: { why: 'version' } }, op);
  }
  t.equal(text((await store.read('/zk-4'))?.data), 'v1');

  // The package alone writes it.
  const require = createRequire(import.meta.url);
  const bare = (
    require('node-zookeeper-client') as { createClient(servers: string): BareClient }
  ).createClient(cluster.server.endpoint);
  t.teardown(() => bare.close());
  await new Promise<void>((resolve) => {
    bare.once('connected', resolve);
    bare.connect();
  });
  const error = await new Promise((resolve) =>
    bare.transaction().setData('/zk-4', Buffer.from('stale'), 0).commit(resolve),
  );
  t.notOk(error);
  t.equal(text((await store.read('/zk-4'))?.data), 'stale');
});

void t.test('zk-5: every call is answered: after a loss, and after close', async (t) => {
  const { proxy, store } = await connected(t, 1_000);
  proxy.tcp.silence();
  const patient = { deadlineMs: Infinity };
  const commit = store.commit([{ op: 'create', path: '/zk-5', data: bytes('') }], patient);
  const read = store.read('/', patient);
  const failed = t.rejects(commit, { code: 'STORE_OUTCOME_UNKNOWN' });
  await nextState(store, 'lost');
  await failed;
  proxy.tcp.speak();
  t.equal((await read)?.path, '/', 'the read is answered in the next session');

  await inState(store, 'connected');
  proxy.tcp.silence();
  const calls = [
    t.rejects(store.read('/', patient), { code: 'STORE_UNAVAILABLE' }),
    t.rejects(store.sync(patient), { code: 'STORE_UNAVAILABLE' }),
    t.rejects(store.commit([{ op: 'check', path: '/', version: 0 }], patient), {
      code: 'STORE_OUTCOME_UNKNOWN',
    }),
  ];
  await store.close();
  await Promise.all(calls);
});

void t.test('zk-5: a deadline ends a call that is on its way', async (t) => {
  const { proxy, store } = await connected(t);
  proxy.tcp.silence();
  await t.rejects(store.read('/', { deadlineMs: 20 }), { code: 'DEADLINE' });
  const write = { op: 'create', path: '/zk-5-late', data: bytes('') } as const;
  await t.rejects(store.commit([write], { deadlineMs: 20 }), { code: 'STORE_OUTCOME_UNKNOWN' });
  const control = new AbortController();
  const cancelled = t.rejects(store.commit([write], { signal: control.signal }), {
    code: 'STORE_OUTCOME_UNKNOWN',
  });
  control.abort(new Error('enough'));
  await cancelled;
});

void t.test('zk-6: a code that nobody foresaw is an error of its call alone', async (t) => {
  const { proxy, store } = await connected(t);
  const { id } = store.session();
  const write = { op: 'create', path: '/zk-6', data: bytes('') } as const;
  const expected = [
    [-102, 'STORE_DENIED'],
    [-119, 'STORE_PROTOCOL'],
    [-123, 'STORE_PROTOCOL'],
    [-125, 'STORE_PROTOCOL'],
    [-127, 'STORE_UNAVAILABLE'],
    [-999, 'STORE_PROTOCOL'],
  ] as const;
  for (const [code, error] of expected) {
    proxy.twist({ type: OP.getData, do: 'refuse', code });
    const neighbour = store.children('/');
    await t.rejects(store.read('/'), { code: error }, `read: ${code}`);
    proxy.twist({ type: OP.multi, do: 'refuse', code });
    await t.rejects(store.commit([write]), { code: error }, `commit: ${code}`);
    t.equal((await neighbour)?.path, '/');
  }
  t.equal(proxy.tcp.arrivals.length, 1, 'the connection did not suffer');

  proxy.twist({ type: OP.getData, do: 'refuse', code: -118 });
  t.equal((await store.read('/'))?.path, '/', 'session moved: read again over a new connection');
  await inState(store, 'connected');
  proxy.twist({ type: OP.multi, do: 'refuse', code: -118 });
  await t.rejects(store.commit([write]), { code: 'STORE_UNAVAILABLE' });
  await inState(store, 'connected');
  t.equal(store.session().id, id);
  t.equal(proxy.tcp.arrivals.length, 3, 'each time over a new connection');

  proxy.twist({ type: OP.multi, do: 'refuse', code: -112 });
  await t.rejects(store.commit([write]), { code: 'STORE_SESSION_LOST' });
  await inState(store, 'connected');
  t.not(store.session().id, id, 'session expired: a new one');
});

void t.test('zk-6: an answer that cannot be decoded costs the connection, not the process', async (t) => {
  const { proxy, store } = await connected(t);
  proxy.twist({ type: OP.getData, do: 'garble' });
  t.equal((await store.read('/'))?.path, '/', 'a read is asked again');
  await inState(store, 'connected');
  proxy.twist({ type: OP.multi, do: 'garble' });
  const write = { op: 'create', path: '/zk-6-garbled', data: bytes('x') } as const;
  await t.rejects(store.commit([write]), { code: 'STORE_OUTCOME_UNKNOWN' });
  t.equal(text((await store.read(write.path))?.data), 'x', 'it had been done');
});

void t.test('zk-10: request ids begin at 1', async (t) => {
  const { proxy, store } = await connected(t);
  await store.read('/');
  t.equal(proxy.requests[0]?.xid, 1);
});

void t.test('zk-11: what would drop the connection is not sent', async (t) => {
  const { proxy, store } = await connected(t);
  const neighbours = Array.from({ length: 50 }, () => store.read('/'));
  const value = (size: number) =>
    store.commit([{ op: 'create', path: '/zk-11', data: new Uint8Array(size) }]);
  await t.rejects(value(LIMITS.storeValueBytes + 1), { code: 'STORE_TOO_LARGE' });
  const names = Array.from({ length: 10_000 }, (_, at) => `/zk-11-${at}-${'x'.repeat(100)}`);
  const many = names.map((path) => ({ op: 'create', path, data: bytes('') }) as const);
  await t.rejects(store.commit(many), { code: 'STORE_TOO_LARGE' }, 'small ones, together too large');
  t.equal((await Promise.all(neighbours)).length, 50);
  t.equal(proxy.count(OP.multi), 0);

  const most = LIMITS.storeTransactionBytes - 2_000;
  const parts = [0, 1].map(
    (at) => ({ op: 'create', path: `/zk-11-${at}`, data: new Uint8Array(most / 2) }) as const,
  );
  await store.commit(parts);
  t.equal((await store.read('/zk-11-1'))?.data.length, most / 2, 'what is allowed, the server takes');
  t.equal(proxy.tcp.arrivals.length, 1);
});

void t.test('zk-11: so many calls, so few in flight', async (t) => {
  const { proxy, store } = await connected(t);
  proxy.tcp.delayMs = 20;
  const answers = await Promise.all(Array.from({ length: 3_000 }, () => store.read('/')));
  t.equal(answers.filter((entry) => entry?.path === '/').length, 3_000);
  t.ok(proxy.mostInFlight > 1);
  // A beat is no call: one more may be on its way.
  t.ok(proxy.mostInFlight <= LIMITS.storeInFlight + 1, `${proxy.mostInFlight} in flight`);
});

void t.test('zk-13: a write is sent once, a read as often as it takes', async (t) => {
  const { proxy, store } = await connected(t);
  await store.commit([{ op: 'create', path: '/zk-13', data: bytes('') }]);
  proxy.twist({ type: OP.multi, do: 'lose' });
  const write = { op: 'create', path: '/zk-13/n-', data: bytes(''), mode: 'sequential' } as const;
  await t.rejects(store.commit([write]), { code: 'STORE_OUTCOME_UNKNOWN' });
  t.same((await store.children('/zk-13'))?.names, ['n-0000000000'], 'done, and once');
  t.equal(proxy.count(OP.multi), 2);
  await inState(store, 'connected');
  const before = proxy.count(OP.getData);
  proxy.twist({ type: OP.getData, do: 'lose' });
  t.equal((await store.read('/zk-13'))?.path, '/zk-13');
  t.equal(proxy.count(OP.getData), before + 2);
});

void t.test('zk-14: a sync is a sync on the wire', async (t) => {
  const { proxy, store } = await connected(t, 1_000);
  const before = proxy.count(OP.sync);
  await store.sync();
  t.ok(proxy.count(OP.sync) > before);
  t.equal(proxy.tcp.arrivals.length, 1);
  await eventually(() => proxy.count(OP.sync) > before + 2, 'the beats are syncs, too');
});
