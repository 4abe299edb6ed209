import { LIMITS } from '../../core/index.js';
import type { Entry } from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import { between, type SimRandom } from '../random.js';
import { type ChaosOptions, Chaos } from './chaos.js';
import { SimStore } from './client.js';
import { Endpoint } from './endpoint.js';
import { Ensemble, type Transaction } from './ensemble.js';
import { statOf } from './tree.js';

export interface SimStoreOptions {
  readonly clock: SimClock;
  readonly random: SimRandom;
  /** The least and the greatest time of a message, in milliseconds. Default 0.1 and 1. */
  readonly delayMs?: readonly [number, number];
  /** How long after it was applied a client sees a transaction of others, if it does not sync. Default 0 and 0. */
  readonly lagMs?: readonly [number, number];
  /** How much later than its timeout a session ends at most. Default 500. */
  readonly expiryMs?: number;
}

/**
 * A simulated ZooKeeper service. The same seed and the same calls give the same history. Everything that can go wrong
 * between a client and the service is a method here.
 */
export class SimStoreService {
  readonly #clock: SimClock;
  readonly #random: SimRandom;
  readonly #lagMs: readonly [number, number];
  readonly #ensemble: Ensemble;
  readonly #endpoints = new Map<SimStore, Endpoint>();
  #opened = 0;

  constructor(options: SimStoreOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#lagMs = options.lagMs ?? [0, 0];
    const network = {
      clock: options.clock,
      random: options.random.fork('network'),
      delayMs: options.delayMs ?? [0.1, 1],
    };
    this.#ensemble = new Ensemble(network, options.expiryMs ?? 500);
  }

  /** A client in `process`, which begins to connect. */
  open(process: SimProcess, sessionMs: number = LIMITS.storeSessionMs): SimStore {
    this.#opened += 1;
    const name = `${process.name}#${this.#opened}`;
    const random = this.#random.fork(name);
    const lag = random.fork('lag');
    const endpoint = new Endpoint(this.#ensemble, name, process, () => between(lag, ...this.#lagMs));
    const store = new SimStore(name, process, endpoint, random, sessionMs);
    this.#endpoints.set(store, endpoint);
    return store;
  }

  /** Everything that was applied, in order. */
  get history(): readonly Transaction[] {
    return this.#ensemble.history;
  }

  /** The latest value at `path`, as no client may see it yet. */
  peek(path: string): Entry | undefined {
    const node = this.#ensemble.at(path, this.#ensemble.moment);
    return node && { path, data: node.data.slice(), stat: statOf(node) };
  }

  /** Ends the session of `store` now, as if it had timed out. */
  expire(store: SimStore): void {
    this.#ensemble.expire(store.name);
  }

  /**
   * Cuts `store` off until {@link reconnect}. Both sides learn of it at once, and some of what is in flight is lost;
   * `silent` swallows all messages and tells nobody: what was sent into the silence arrives after it.
   */
  disconnect(store: SimStore, options: { readonly silent?: boolean } = {}): void {
    this.#endpoint(store).setReach(options.silent === true ? 'silent' : 'down');
  }

  reconnect(store: SimStore): void {
    this.#endpoint(store).setReach('up');
  }

  /** The next commit of `store` is applied or not, gets no reply, and its connection breaks. */
  loseNextReply(store: SimStore, options: { readonly applied: boolean }): void {
    this.#endpoint(store).loseNext(options.applied);
  }

  /**
   * `store` sees what others commit `ms` later; `Infinity`: not before its own next commit or sync; undefined: as the
   * service's options say.
   */
  lag(store: SimStore, ms: number | undefined): void {
    this.#endpoint(store).setLag(ms);
  }

  /** No server answers, all connections break, sessions do not time out. */
  stop(): void {
    this.#ensemble.stop();
  }

  /** Servers answer again, under a new leader: every session has its whole timeout again. */
  start(): void {
    this.#ensemble.start();
  }

  /** Lets faults happen to all clients, also those opened later, until it is stopped. */
  chaos(options: ChaosOptions): Chaos {
    return new Chaos(this, this.#clock, () => [...this.#endpoints.keys()], options);
  }

  #endpoint(store: SimStore): Endpoint {
    const endpoint = this.#endpoints.get(store);
    if (endpoint === undefined) throw new TypeError(`${store.name} is a client of another service`);
    return endpoint;
  }
}
