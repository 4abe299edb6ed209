import type { SimClock } from '../clock.js';
import { between, chance, type SimRandom } from '../random.js';
import type { SimStore } from './client.js';

/** `loseRequest` and `loseReply` strike the client's next commit; `pause` stops its process; `restart` the service. */
export const FAULTS = [
  'expire',
  'disconnect',
  'silence',
  'loseRequest',
  'loseReply',
  'lag',
  'pause',
  'restart',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface ChaosOptions {
  readonly random: SimRandom;
  /** How likely each fault is, 0 … 1, each time: for each client, and once for the service. Missing ones never are. */
  readonly probabilities: Readonly<Partial<Record<Fault, number>>>;
  /** Milliseconds between two times, on average. Default 500. */
  readonly everyMs?: number;
  /** The least and the greatest length of what lasts. Default 50 and 12,000: some sessions survive, some do not. */
  readonly lastsMs?: readonly [number, number];
}

/** What faults are made of: {@link SimStoreService}. */
export interface Faulty {
  expire(store: SimStore): void;
  disconnect(store: SimStore, options: { readonly silent?: boolean }): void;
  reconnect(store: SimStore): void;
  loseNextReply(store: SimStore, options: { readonly applied: boolean }): void;
  lag(store: SimStore, ms: number | undefined): void;
  stop(): void;
  start(): void;
}

/** Faults by chance, each ended by itself after a while. Deterministic for its seed. */
export class Chaos {
  readonly #service: Faulty;
  readonly #clock: SimClock;
  readonly #stores: () => readonly SimStore[];
  readonly #options: ChaosOptions;
  /** What lasts at the moment, and how it ends; by the object that it happens to. */
  readonly #lasting = new Map<string, () => void>();
  #stopped = false;

  constructor(service: Faulty, clock: SimClock, stores: () => readonly SimStore[], options: ChaosOptions) {
    this.#service = service;
    this.#clock = clock;
    this.#stores = stores;
    this.#options = options;
    this.#next();
  }

  /** No more faults; those that last end now. */
  stop(): void {
    this.#stopped = true;
    for (const end of [...this.#lasting.values()]) end();
  }

  #next(): void {
    const everyMs = this.#options.everyMs ?? 500;
    this.#clock.schedule(between(this.#options.random, 0, 2 * everyMs), () => {
      if (this.#stopped) return;
      for (const store of this.#stores()) {
        for (const fault of FAULTS)
          if (fault !== 'restart' && this.#strikes(fault)) this.#strike(store, fault);
      }
      if (this.#strikes('restart'))
        this.#last(
          'service',
          () => this.#service.stop(),
          () => this.#service.start(),
        );
      this.#next();
    });
  }

  #strikes(fault: Fault): boolean {
    const probability = this.#options.probabilities[fault] ?? 0;
    return probability > 0 && chance(this.#options.random, probability);
  }

  #strike(store: SimStore, fault: Exclude<Fault, 'restart'>): void {
    const service = this.#service;
    const reconnect = () => service.reconnect(store);
    switch (fault) {
      case 'expire':
        service.expire(store);
        break;
      case 'loseRequest':
        service.loseNextReply(store, { applied: false });
        break;
      case 'loseReply':
        service.loseNextReply(store, { applied: true });
        break;
      case 'disconnect':
        this.#last(`${store.name} network`, () => service.disconnect(store, {}), reconnect);
        break;
      case 'silence':
        this.#last(`${store.name} network`, () => service.disconnect(store, { silent: true }), reconnect);
        break;
      case 'lag':
        this.#last(
          `${store.name} lag`,
          () => service.lag(store, Infinity),
          () => service.lag(store, undefined),
        );
        break;
      case 'pause':
        this.#last(
          `${store.process.name} process`,
          () => store.process.pause(),
          () => store.process.resume(),
        );
        break;
    }
  }

  /** Begins what lasts, unless the like of it lasts already, and ends it after a while. */
  #last(what: string, begin: () => void, end: () => void): void {
    if (this.#lasting.has(what)) return;
    const over = () => {
      alarm.cancel();
      this.#lasting.delete(what);
      end();
    };
    const alarm = this.#clock.schedule(
      between(this.#options.random, ...(this.#options.lastsMs ?? [50, 12_000])),
      over,
    );
    this.#lasting.set(what, over);
    begin();
  }
}
