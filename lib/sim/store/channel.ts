import type { SimClock } from '../clock.js';

type Message = () => void;

/**
 * One direction of a connection: it takes time, keeps order, can be stalled and cut. A message is what it does on
 * arrival.
 */
export class Channel {
  readonly #clock: SimClock;
  readonly #delayMs: () => number;
  readonly #arrive: (message: Message) => void;
  readonly #inFlight: Message[] = [];
  #lastAt = 0;
  #cut = false;
  #stalled = false;

  constructor(clock: SimClock, delayMs: () => number, arrive: (message: Message) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#arrive = arrive;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Sends on; into a cut channel it sends nothing. */
  send(message: Message): void {
    if (this.#cut) return;
    this.#inFlight.push(message);
    this.#scheduleArrival();
  }

  /** From now on nothing arrives, until {@link flow}. */
  stall(): void {
    this.#stalled = true;
  }

  flow(): void {
    this.#stalled = false;
    for (let count = this.#inFlight.length; count > 0; count -= 1) this.#scheduleArrival();
  }

  /** Ends the channel: the first `keep` messages in flight still arrive, then `last`, if any, then nothing. */
  cut(keep: number, last?: Message): void {
    this.#inFlight.length = Math.min(keep, this.#inFlight.length);
    if (last !== undefined) this.send(last);
    this.#cut = true;
  }

  /** Whatever is first in flight then arrives, so that nothing overtakes. */
  #scheduleArrival(): void {
    const now = this.#clock.monotonic();
    this.#lastAt = Math.max(this.#lastAt, now + this.#delayMs());
    this.#clock.schedule(this.#lastAt - now, () => {
      const first = this.#stalled ? undefined : this.#inFlight.shift();
      if (first !== undefined) this.#arrive(first);
    });
  }
}
