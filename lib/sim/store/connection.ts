import { below } from '../../core/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import { between, type SimRandom } from '../random.js';
import { Channel } from './channel.js';

/** What the connections of one simulation have in common. */
export interface Network {
  readonly clock: SimClock;
  readonly random: SimRandom;
  /** The least and the greatest time of a message, in milliseconds. */
  readonly delayMs: readonly [number, number];
}

/** One connection of a client to the service: requests up, answers and notices down, each direction in order. */
export class Connection {
  readonly #network: Network;
  readonly #up: Channel;
  readonly #down: Channel;
  readonly #broken: () => void;
  #hungUp = false;
  #over = false;

  /** @param broken what the client does when it learns that the connection is gone */
  constructor(network: Network, process: SimProcess, broken: () => void) {
    this.#network = network;
    const delay = () => between(network.random, ...network.delayMs);
    this.#up = new Channel(network.clock, delay, (message) => message());
    this.#down = new Channel(network.clock, delay, (message) =>
      process.deliver(() => {
        if (!this.#hungUp) message();
      }),
    );
    this.#broken = () => {
      this.#hungUp = true;
      broken();
    };
  }

  /** Client: `serve` runs at the service and may answer, once; `answered` then runs in the client's process. */
  ask<T>(serve: (answer: (value: T) => void) => void, answered: (value: T) => void): void {
    this.#up.send(() => serve((value) => this.#down.send(() => answered(value))));
  }

  /** Client: hangs up and hears nothing more. What it sent before still arrives. */
  hangUp(): void {
    this.#hungUp = true;
    this.#up.cut(Infinity);
    this.#down.cut(0);
  }

  /** Service: says something unasked. */
  notify(notice: () => void): void {
    this.#down.send(notice);
  }

  /** Service: hangs up after what it has said. What the client has in flight is never read. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#up.cut(0);
    this.#down.cut(Infinity, this.#broken);
  }

  /** The network breaks it, and both sides learn of it. Some of what is in flight still arrives. */
  break(): void {
    if (this.#over) return;
    this.#over = true;
    const { random } = this.#network;
    this.#up.cut(below(random, this.#up.inFlight + 1));
    this.#down.cut(below(random, this.#down.inFlight + 1), this.#broken);
  }

  /** The network swallows everything; nobody is told. What is in flight is kept and arrives after {@link flow}. */
  stall(): void {
    this.#up.stall();
    this.#down.stall();
  }

  flow(): void {
    this.#up.flow();
    this.#down.flow();
  }
}
