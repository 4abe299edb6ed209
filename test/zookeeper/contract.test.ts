import t from 'tap';
import type { Store } from '../../lib/ports/index.js';
import { storeContract, type StoreFixture } from '../contract/store.js';
import { ZooKeeperCluster } from '../support/zookeeper.js';
import { eventually, inState, open } from '../support/zookeeper-client.js';
import { closeForeignSession, OP, ZooKeeperProxy } from '../support/zookeeper-proxy.js';

// Short ticks end sessions on time, and the contract waits for many to end.
const cluster = await ZooKeeperCluster.start(1, { tickMs: 100 });
t.teardown(() => cluster.remove());

/** Each store goes through a proxy of its own, which is where its faults are made. */
function fixture(): Promise<StoreFixture> {
  const proxies = new Map<Store, ZooKeeperProxy>();
  const proxyOf = (store: Store): ZooKeeperProxy => {
    const proxy = proxies.get(store);
    if (proxy === undefined) throw new Error('a store of another fixture');
    return proxy;
  };
  return Promise.resolve({
    open: async () => {
      const proxy = await ZooKeeperProxy.start({ target: cluster.server.endpoint });
      const store = open([proxy.endpoint], { sessionMs: 3_000 });
      proxies.set(store, proxy);
      await inState(store, 'connected');
      return store;
    },
    expire: (store) => closeForeignSession(cluster.server.endpoint, proxyOf(store).keys),
    loseReply: (store) => {
      proxyOf(store).twist({ type: OP.multi, do: 'lose' });
      return Promise.resolve();
    },
    disconnect: (store) => proxyOf(store).tcp.refuse(),
    reconnect: (store) => proxyOf(store).tcp.accept(),
    eventually,
    close: async () => {
      for (const [store, proxy] of proxies) {
        await store.close();
        await proxy.tcp.close();
      }
    },
  });
}

storeContract(t, fixture);
