import { DroverError } from '../core/index.js';
import type { SimClock } from './clock.js';
import type { SimProcess } from './process.js';
import { between, type SimRandom } from './random.js';

export interface SimServerOptions {
  readonly clock: SimClock;
  readonly random: SimRandom;
  /** The least and the greatest time of a message, in milliseconds. Default 1 and 20. */
  readonly delayMs?: readonly [number, number];
  /** How long a caller tries before it is told that a server is down. Default 0. */
  readonly refuseMs?: number;
  /** What it is told then, and when the server goes down while it serves. */
  readonly unreachable: (object: string) => DroverError;
}

export interface Request<T> {
  /** What an error names. */
  readonly object: string;
  /** Milliseconds, or Infinity. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** It changes something: what {@link SimServer.loseNext} is about. */
  readonly change?: boolean;
  /** Runs at the server. Answers once, now or later; a DroverError that it throws is its answer too. */
  readonly serve: (reply: Reply<T>) => void;
}

export interface Reply<T> {
  answer(value: T): void;
  fail(error: DroverError): void;
}

interface Call {
  /** Somebody still waits for it: a program that is ended asks for nothing more. */
  wanted(): boolean;
  readonly change: boolean;
  serve(heard: boolean): void;
  fail(error: DroverError): void;
  readonly object: string;
}

/** A server that processes ask things of, one call each, with everything that can go wrong in between. */
export class SimServer {
  readonly #clock: SimClock;
  readonly #options: SimServerOptions;
  readonly #open = new Set<Call>();
  #waiting: Call[] = [];
  #state: 'up' | 'down' | 'hung' = 'up';
  #loseNext: { readonly applied: boolean } | undefined;

  constructor(options: SimServerOptions) {
    this.#clock = options.clock;
    this.#options = options;
  }

  get state(): 'up' | 'down' | 'hung' {
    return this.#state;
  }

  /** Killed: whoever waits for an answer learns it. */
  stop(): void {
    this.#state = 'down';
    this.#waiting = [];
    for (const call of [...this.#open]) call.fail(this.#options.unreachable(call.object));
  }

  /** Stopped as by SIGSTOP: nobody learns anything, and what comes waits. */
  hang(): void {
    if (this.#state === 'up') this.#state = 'hung';
  }

  /** Up again, from whichever state. */
  start(): void {
    this.#state = 'up';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) this.#arrive(call);
  }

  /** The next change is never answered; `applied` tells whether it is made. */
  loseNext(how: { readonly applied: boolean }): void {
    this.#loseNext = how;
  }

  /** One call. Fails with DEADLINE, CANCELLED, what the server says, or that it is unreachable. */
  ask<T>(process: SimProcess, request: Request<T>): Promise<T> {
    const { object, limitMs, signal, change = false } = request;
    return new Promise((resolve, reject) => {
      let over = false;
      const settle = (how: () => void) => {
        if (over) return;
        over = true;
        alarm?.cancel();
        signal?.removeEventListener('abort', abort);
        this.#open.delete(call);
        how();
      };
      const tell = (how: () => void) => {
        this.#open.delete(call);
        this.#clock.schedule(this.#delay(), () => process.deliver(() => settle(how)));
      };
      const abort = () => {
        const reason = 'it was ended on request';
        settle(() => reject(new DroverError('CANCELLED', { object, reason }, signal?.reason)));
      };
      const fail = (error: DroverError) => tell(() => reject(error));
      const call: Call = {
        object,
        change,
        wanted: () => !over && process.state !== 'killed',
        serve: (heard) => {
          if (heard) this.#open.add(call);
          try {
            request.serve({
              answer: (value) => heard && tell(() => resolve(value)),
              fail: (error) => heard && fail(error),
            });
          } catch (error) {
            if (!(error instanceof DroverError)) throw error;
            if (heard) fail(error);
          }
        },
        fail,
      };
      const late = () => {
        const reason = `no answer within ${limitMs} ms`;
        settle(() => reject(new DroverError('DEADLINE', { object, reason })));
      };
      const alarm = limitMs === Infinity ? undefined : process.clock.after(limitMs, late);
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#clock.schedule(this.#delay(), () => this.#arrive(call));
    });
  }

  #arrive(call: Call): void {
    if (!call.wanted()) return;
    switch (this.#state) {
      case 'down':
        this.#clock.schedule(this.#options.refuseMs ?? 0, () =>
          call.fail(this.#options.unreachable(call.object)),
        );
        break;
      case 'hung':
        this.#waiting.push(call);
        break;
      case 'up': {
        const lost = call.change ? this.#loseNext : undefined;
        if (lost !== undefined) this.#loseNext = undefined;
        if (lost === undefined || lost.applied) call.serve(lost === undefined);
        break;
      }
    }
  }

  #delay(): number {
    return between(this.#options.random, ...(this.#options.delayMs ?? [1, 20]));
  }
}
