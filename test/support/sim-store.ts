import { DroverError } from '../../lib/core/index.js';
import type { Store } from '../../lib/ports/index.js';
import { SimClock, SimRandom, type SimStore, SimStoreService } from '../../lib/sim/index.js';
import type { StoreFixture } from '../contract/store.js';

/** The simulated service as a fixture of the contract: each call lets virtual time pass until it settles. */
export function simStoreFixture(seed: number | string): StoreFixture {
  const random = new SimRandom(seed);
  const clock = new SimClock({ random: random.fork('ties') });
  const service = new SimStoreService({ clock, random, lagMs: [0, 20] });
  const stores = new Map<Store, SimStore>();
  const simulated = (store: Store): SimStore => {
    const found = stores.get(store);
    if (found === undefined)
      throw new DroverError('NOT_FOUND', { object: 'store', reason: 'not of this fixture' });
    return found;
  };
  const eventually = async (condition: () => boolean | Promise<boolean>, what: string) => {
    const limitAt = clock.monotonic() + 60_000;
    while (!(await clock.settle(Promise.resolve(condition())))) {
      if (clock.monotonic() > limitAt)
        throw new DroverError('DEADLINE', { object: what, reason: 'not so in a virtual minute' });
      await clock.advance(5);
    }
  };
  return {
    async open() {
      const store = service.open(clock.process('test'), 3_000);
      await clock.runUntil(() => store.session().state === 'connected', 10_000, 'connected');
      const driven = drivenStore(clock, store);
      stores.set(driven, store);
      return driven;
    },
    expire: (store) => Promise.resolve(void service.expire(simulated(store))),
    loseReply: (store) => Promise.resolve(void service.loseNextReply(simulated(store), { applied: true })),
    disconnect: (store) => Promise.resolve(void service.disconnect(simulated(store))),
    reconnect: (store) => Promise.resolve(void service.reconnect(simulated(store))),
    eventually,
    async close() {
      await Promise.all([...stores.keys()].map((store) => store.close()));
    },
  };
}

/** `store` for a caller outside of virtual time: each call drives the clock until it settles. */
export function drivenStore(clock: SimClock, store: SimStore): Store {
  return {
    read: (path, options) => clock.settle(store.read(path, options)),
    children: (path, options) => clock.settle(store.children(path, options)),
    commit: (writes, options) => clock.settle(store.commit(writes, options)),
    sync: (options) => clock.settle(store.sync(options)),
    watch: (path, listener) => store.watch(path, listener),
    watchChildren: (path, listener) => store.watchChildren(path, listener),
    session: () => store.session(),
    onSession: (listener) => store.onSession(listener),
    close: () => clock.settle(store.close()),
  };
}
