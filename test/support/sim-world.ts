import type { Store } from '../../lib/ports/index.js';
import {
  SimClock,
  type SimProcess,
  SimRandom,
  type SimStore,
  type SimStoreOptions,
  SimStoreService,
} from '../../lib/sim/index.js';

/** A simulated service with connected clients: what most simulations begin with. */
export interface SimWorld {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly service: SimStoreService;
  /** A connected client in a process of its own. */
  client(name: string, sessionMs?: number): Promise<{ process: SimProcess; store: SimStore }>;
  /** Lets time pass until the call settles. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

/** Everything in it follows from the seed. */
export function simWorld(
  seed: number | string,
  options: Partial<Omit<SimStoreOptions, 'clock' | 'random'>> = {},
): SimWorld {
  const random = new SimRandom(seed);
  const clock = new SimClock({ random: random.fork('ties') });
  const service = new SimStoreService({ clock, random: random.fork('store'), ...options });
  return {
    clock,
    random,
    service,
    async client(name, sessionMs) {
      const process = clock.process(name);
      const store = service.open(process, sessionMs);
      await clock.runUntil(() => isConnected(store), 10_000, `${name} connected`);
      return { process, store };
    },
    settle: (promise) => clock.settle(promise),
  };
}

export function isConnected(store: Store): boolean {
  return store.session().state === 'connected';
}
