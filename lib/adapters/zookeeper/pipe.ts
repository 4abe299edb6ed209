import { asDroverError, type DroverError, LIMITS } from '../../core/index.js';
import type { CallOptions, Clock } from '../../ports/index.js';
import { CODE } from './codes.js';
import {
  cancelled,
  closed,
  deadline,
  offline,
  refusal,
  sessionGone,
  type Subject,
  unknown,
} from './failures.js';
import type { Done, Outcome, Protocol } from './internals.js';

/** One request. A read is asked again over reconnects until its deadline; a write is never sent twice. */
export interface Call<R, T> extends Subject {
  /** Only within this session. */
  readonly session?: string | undefined;
  send(protocol: Protocol, done: Done<R>): void;
  /** Makes the value, or throws the error, of the server's answer. */
  answer(raw: R): T;
}

/**
 * The calls of one store on their way to the servers. At most `LIMITS.storeInFlight` are in flight. Without a connection
 * reads wait and writes fail, because what they were decided from may not hold any more. Each call is settled once: by
 * its answer, its deadline, its signal, or the end of its connection, of its session, or of the store.
 */
export class Pipe {
  readonly #clock: Clock;
  readonly #refused: (code: number) => void;
  /** In order of arrival. */
  readonly #waiting = new Set<Queued>();
  #protocol: Protocol | undefined;
  #session: string | undefined;
  #inFlight = 0;
  #closed = false;

  /** @param refused is told each code that the server refused a request with, before the request's own caller is */
  constructor(clock: Clock, refused: (code: number) => void) {
    this.#clock = clock;
    this.#refused = refused;
  }

  /** The connection of `session` is up: what waits is sent. */
  open(protocol: Protocol, session: string | undefined): void {
    this.#protocol = protocol;
    this.#session = session;
    this.#pump();
  }

  /** The connection is down. */
  hold(): void {
    this.#protocol = undefined;
    for (const job of this.#waiting) this.#check(job);
  }

  /** The session is over. */
  lose(): void {
    this.#session = undefined;
    this.hold();
  }

  /** The store is closed. What is in flight may still be answered. */
  close(): void {
    this.#closed = true;
    this.lose();
  }

  /** Sends the call as soon as it can be, and resolves with what it makes of the answer. */
  async submit<R, T>(call: Call<R, T>, options: CallOptions = {}): Promise<T> {
    const { deadlineMs = LIMITS.storeCallMs, signal } = options;
    if (signal?.aborted === true) throw cancelled(call, signal.reason, false);
    const job = new Job(call, (gone) => this.#waiting.delete(gone));
    const alarm = Number.isFinite(deadlineMs)
      ? this.#clock.after(deadlineMs, () => job.fail(deadline(call, deadlineMs, job.sent)))
      : undefined;
    const abort = () => job.fail(cancelled(call, signal?.reason, job.sent));
    signal?.addEventListener('abort', abort, { once: true });
    this.#enqueue(job);
    try {
      return await job.promise;
    } finally {
      alarm?.cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  #enqueue(job: Queued): void {
    this.#waiting.add(job);
    this.#check(job);
    this.#pump();
  }

  /** Fails a call that cannot wait any more. */
  #check(job: Queued): void {
    const { session, kind } = job.call;
    if (session !== undefined && session !== this.#session) job.fail(sessionGone(job.call, session));
    else if (this.#closed) job.fail(closed(job.call));
    else if (this.#protocol === undefined && kind === 'write') job.fail(offline(job.call));
  }

  #pump(): void {
    for (const job of this.#waiting) {
      const protocol = this.#protocol;
      if (protocol === undefined || this.#inFlight >= LIMITS.storeInFlight) return;
      this.#waiting.delete(job);
      this.#inFlight += 1;
      job.start(protocol, (outcome) => {
        this.#inFlight -= 1;
        if (outcome.kind === 'refused') this.#refused(outcome.code);
        if (job.take(outcome)) this.#enqueue(job);
        else this.#pump();
      });
    }
  }
}

/** A job without its types. */
interface Queued {
  readonly call: Subject & { readonly session?: string | undefined };
  start(protocol: Protocol, done: Done<unknown>): void;
  take(outcome: Outcome<unknown>): boolean;
  fail(error: DroverError): void;
}

class Job<R, T> implements Queued {
  readonly call: Call<R, T>;
  readonly promise: Promise<T>;
  /** On its way to a server. */
  sent = false;
  #settled = false;
  #resolve: (value: T) => void = () => undefined;
  #reject: (error: DroverError) => void = () => undefined;
  readonly #gone: (job: Queued) => void;

  constructor(call: Call<R, T>, gone: (job: Queued) => void) {
    this.call = call;
    this.#gone = gone;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(protocol: Protocol, done: (outcome: Outcome<R>) => void): void {
    this.sent = true;
    this.call.send(protocol, done);
  }

  /** Settles by what became of the request; true when it is to be sent again. */
  take(outcome: Outcome<R>): boolean {
    this.sent = false;
    if (this.#settled) return false;
    switch (outcome.kind) {
      case 'answered':
        this.#answer(outcome.value);
        return false;
      case 'refused':
        if (this.call.kind === 'read' && AGAIN.has(outcome.code)) return true;
        this.fail(refusal(this.call, outcome.code));
        return false;
      case 'lost':
        if (this.call.kind === 'read') return true;
        if (outcome.sent) this.fail(unknown(this.call, 'the connection was lost before the answer came'));
        else this.fail(offline(this.call));
        return false;
    }
  }

  fail(error: DroverError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#gone(this);
    this.#reject(error);
  }

  #answer(raw: R): void {
    try {
      const value = this.call.answer(raw);
      this.#settled = true;
      this.#resolve(value);
    } catch (error) {
      this.fail(asDroverError(error, this.call.object));
    }
  }
}

/** The session or the connection is over: a read goes on over the next one. */
const AGAIN: ReadonlySet<number> = new Set([CODE.sessionExpired, CODE.sessionMoved]);
