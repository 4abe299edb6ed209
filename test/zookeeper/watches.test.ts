/** Faults of sessions and watches. A title begins with its row in docs/zookeeper.md. */
import t from 'tap';
import { LIMITS } from '../../lib/core/index.js';
import { scale } from '../support/scale.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import {
  bytes,
  Deliveries,
  eventually,
  inState,
  memoryLog,
  nextState,
  open,
  opened,
  text,
} from '../support/zookeeper-client.js';
import { closeForeignSession, OP, ZooKeeperProxy } from '../support/zookeeper-proxy.js';

const cluster = await ZooKeeperCluster.start(1, { tickMs: 100 });
t.teardown(() => cluster.remove());

void t.test('zk-7: an expired session is followed by a new one that can do everything', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = await opened([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  const mine = { op: 'create', path: '/zk-7', data: bytes(''), mode: 'ephemeral' } as const;
  const owners = new Deliveries<string | undefined>();
  store.watch('/zk-7', (entry) => owners.listener(entry?.stat.owner));
  for (let round = 0; round < 3; round += 1) {
    const { id } = store.session();
    await store.commit([mine]);
    await owners.until(`round ${round}: own ephemeral`, (owner) => owner === id);
    await closeForeignSession(cluster.server.endpoint, proxy.keys);
    await nextState(store, 'lost');
    await nextState(store, 'connected');
    await owners.until(`round ${round}: it is gone`, (owner) => owner === undefined);
  }
  t.equal(new Set(owners.all).size, 4, 'three owners, and none');
});

void t.test('zk-8: thousands of watches come back after a reconnect', async (t) => {
  const count = scale({ regular: 6_000, all: 15_000 });
  // Together more than a packet may hold.
  const tail = 'x'.repeat(200);
  const paths = Array.from({ length: count }, (_, at) => `/zk-8/${at}-${tail}`);
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = open([proxy.endpoint]);
  const other = await opened(cluster.endpoints);
  t.teardown(() => Promise.all([store.close(), other.close(), proxy.tcp.close()]));
  await other.commit([{ op: 'create', path: '/zk-8', data: bytes('') }]);
  for (let at = 0; at < count; at += LIMITS.storeTransactionOperations) {
    const part = paths.slice(at, at + LIMITS.storeTransactionOperations);
    await other.commit(part.map((path) => ({ op: 'create', path, data: bytes('old') })));
  }
  const values = new Map<string, string | undefined>();
  let deliveries = 0;
  for (const path of paths)
    store.watch(path, (entry) => {
      deliveries += 1;
      values.set(path, text(entry?.data));
    });
  await eventually(() => values.size === count, 'every value');
  const { id } = await inState(store, 'connected');

  const changed = [0, 1, Math.floor(count / 2), count - 1].map((at) => paths[at]!);
  await proxy.tcp.refuse();
  await other.commit(changed.map((path) => ({ op: 'set', path, data: bytes('new'), version: 0 })));
  await proxy.tcp.accept();
  await eventually(() => changed.every((path) => values.get(path) === 'new'), 'what changed meanwhile');
  t.equal(deliveries, count + changed.length, 'and only that');
  t.equal(store.session().id, id);
  t.equal(proxy.count(OP.setWatches), 0);
  const reads = () => proxy.count(OP.getData);
  await eventually(() => reads() >= 2 * count, 'every path read again');

  await other.commit(changed.map((path) => ({ op: 'set', path, data: bytes('newer'), version: 1 })));
  await eventually(() => changed.every((path) => values.get(path) === 'newer'), 'what changes after');
});

void t.test('zk-16: a listener that throws harms nobody, and is told', async (t) => {
  const log = memoryLog();
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = await opened([proxy.endpoint], { log });
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  await store.commit([{ op: 'create', path: '/zk-16', data: bytes('one') }]);
  const before = new Deliveries<string | undefined>();
  const after = new Deliveries<string | undefined>();
  store.watch('/zk-16', (entry) => before.listener(text(entry?.data)));
  store.watch('/zk-16', () => {
    throw new Error('bad listener');
  });
  store.watch('/zk-16', (entry) => after.listener(text(entry?.data)));
  store.onSession(() => {
    throw new Error('bad session listener');
  });
  const heard = nextState(store, 'suspended');
  await after.until('one', (value) => value === 'one');
  await store.commit([{ op: 'set', path: '/zk-16', data: bytes('two'), version: 0 }]);
  await before.until('two', (value) => value === 'two');
  await after.until('two', (value) => value === 'two');
  proxy.tcp.cut();
  await heard;
  await inState(store, 'connected');
  await eventually(() => log.lines.filter((line) => line.level === 'error').length >= 3, 'three complaints');
  const complaints = log.lines.filter((line) => line.level === 'error').slice(0, 3);
  t.match(complaints, [
    { fields: { path: '/zk-16', reason: 'bad listener' } },
    { fields: { path: '/zk-16', reason: 'bad listener' } },
    { fields: { state: 'suspended', reason: 'bad session listener' } },
  ]);
});

void t.test('a watch whose read is refused is told, and tried again', async (t) => {
  const log = memoryLog();
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = await opened([proxy.endpoint], { log });
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  proxy.twist({ type: OP.getChildren2, do: 'refuse', code: -102 });
  const seen = new Deliveries<readonly string[] | undefined>();
  store.watchChildren('/', (children) => seen.listener(children?.names));
  await seen.until('the names', (names) => names?.includes('zookeeper') === true);
  t.match(
    log.lines.filter((line) => line.level === 'warn'),
    [{ fields: { path: '/', reason: /-102/ } }],
  );
  t.equal(seen.all.length, 1);
});

void t.test(
  'changes and cuts at the same time: the watch ends at the latest state, never goes back',
  async (t) => {
    const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
    const store = open([proxy.endpoint]);
    const other = await opened(cluster.endpoints);
    t.teardown(() => Promise.all([store.close(), other.close(), proxy.tcp.close()]));
    await other.commit([{ op: 'create', path: '/race', data: bytes('-1') }]);
    const seen = new Deliveries<number>();
    const names = new Deliveries<number>();
    store.watch('/race', (entry) => seen.listener(Number(text(entry?.data))));
    store.watchChildren('/race', (children) => names.listener(children?.names.length ?? -1));
    await inState(store, 'connected');
    const rounds = scale({ regular: 150, all: 600 });
    for (let round = 0; round < rounds; round += 1) {
      if (round % 10 === 5) proxy.tcp.cut();
      await other.commit([
        { op: 'set', path: '/race', data: bytes(String(round)), version: round },
        { op: 'create', path: `/race/${round}`, data: bytes('') },
      ]);
    }
    await seen.until('the last value', (value) => value === rounds - 1);
    await names.until('the last name', (count) => count === rounds);
    for (const { all } of [seen, names])
      t.same(
        all,
        [...new Set(all)].sort((a, b) => a - b),
      );
    t.ok(proxy.tcp.arrivals.length > 1);
  },
);
