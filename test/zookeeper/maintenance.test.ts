/** The helpers over the port, on a real server. Titles begin with the row in docs/zookeeper.md. */
import t from 'tap';
import { LIMITS } from '../../lib/core/index.js';
import { deleteTree, ensurePath } from '../../lib/tree/maintenance.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { bytes, inState, opened, text } from '../support/zookeeper-client.js';
import { OP, ZooKeeperProxy } from '../support/zookeeper-proxy.js';

const cluster = await ZooKeeperCluster.start(1, { tickMs: 100 });
t.teardown(() => cluster.remove());

void t.test('zk-12: a path is made with empty values, and what exists is left', async (t) => {
  const store = await opened(cluster.endpoints);
  t.teardown(() => store.close());
  await store.commit([{ op: 'create', path: '/made', data: bytes('mine') }]);
  await ensurePath(store, '/made/a/b/c');
  await ensurePath(store, '/made/a/b/c');
  await ensurePath(store, '/');
  t.match(await store.read('/made'), { stat: { version: 0, childrenVersion: 1 } });
  t.equal(text((await store.read('/made'))?.data), 'mine');
  t.equal((await store.read('/made/a/b/c'))?.data.length, 0);
});

void t.test('zk-12: many make overlapping paths at once', async (t) => {
  const stores = await Promise.all(Array.from({ length: 4 }, () => opened(cluster.endpoints)));
  t.teardown(() => Promise.all(stores.map((store) => store.close())));
  const paths = Array.from({ length: 8 }, (_, at) => `/crowd/a/b/${'c/'.repeat(at)}end`);
  await Promise.all(stores.flatMap((store) => paths.map((path) => ensurePath(store, path))));
  for (const path of paths) t.equal((await stores[0]?.read(path))?.stat.version, 0);
});

void t.test('zk-12: a path is made though the reply is lost', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = await opened([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  proxy.twist({ type: OP.multi, do: 'lose' });
  await ensurePath(store, '/lost/reply');
  t.equal(proxy.count(OP.multi), 1, 'it was read, not written again');
  await inState(store, 'connected');
  t.equal((await store.read('/lost/reply'))?.stat.version, 0);
});

void t.test('zk-12: a large tree goes in small transactions, the deepest first', async (t) => {
  const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
  const store = await opened([proxy.endpoint]);
  t.teardown(() => Promise.all([store.close(), proxy.tcp.close()]));
  await ensurePath(store, '/large/deep/deeper/deepest');
  const names = Array.from({ length: 1_200 }, (_, at) => `/large/n${at}`);
  for (let at = 0; at < names.length; at += LIMITS.storeTransactionOperations) {
    const part = names.slice(at, at + LIMITS.storeTransactionOperations);
    await store.commit(part.map((path) => ({ op: 'create', path, data: bytes('x') })));
  }
  const before = proxy.count(OP.multi);
  await deleteTree(store, '/large');
  t.equal(await store.read('/large'), undefined);
  t.equal(proxy.count(OP.multi) - before, 3, '1,204 nodes in transactions of at most 500');
  await deleteTree(store, '/large');
  await t.rejects(deleteTree(store, '/'), { code: 'BAD_INPUT' });
  t.ok(await store.read('/zookeeper'));
});

void t.test('zk-12: a tree that others write to and delete at the same time still goes', async (t) => {
  const store = await opened(cluster.endpoints);
  const other = await opened(cluster.endpoints);
  t.teardown(() => Promise.all([store.close(), other.close()]));
  for (let at = 0; at < 30; at += 1) await ensurePath(store, `/busy/a${at}/b`);
  // Values move and children come under the delete until it has gone past them.
  const disturb = async (): Promise<number> => {
    for (let round = 0; round < 15; round += 1) {
      const path = `/busy/a${round}`;
      await other
        .commit([
          { op: 'set', path, data: bytes('x'), version: 0 },
          { op: 'create', path: `${path}/new`, data: bytes('') },
        ])
        .catch((error: unknown) => t.match(error, { code: 'STORE_CONFLICT' }));
    }
    return 15;
  };
  const [, , rounds] = await Promise.all([deleteTree(store, '/busy'), deleteTree(other, '/busy'), disturb()]);
  t.equal(rounds, 15);
  await store.sync();
  t.equal(await store.read('/busy'), undefined);
});
