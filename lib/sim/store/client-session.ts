import { LIMITS } from '../../core/index.js';
import type { Alarm, Clock, Session, SessionState } from '../../ports/index.js';
import { between, type SimRandom } from '../random.js';
import type { Connection } from './connection.js';
import type { Endpoint, Grant } from './endpoint.js';

export interface SessionListener {
  changed(session: Session): void;
  connected(connection: Connection): void;
  disconnected(): void;
}

/** How long a client that closes waits for the server to say so. */
const FAREWELL_MS = 1_000;

/**
 * The client's side of its session: connects, pings each third of the timeout, gives a connection up after two thirds
 * without an answer, and the session when its lease is over; then makes a new one.
 */
export class ClientSession {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #random: SimRandom;
  readonly #wantedMs: number;
  readonly #listener: SessionListener;
  #state: SessionState = 'connecting';
  #grant: Grant | undefined;
  #leaseUntil = 0;
  #connection: Connection | undefined;
  #failures = 0;
  #nextStep: Alarm | undefined;
  #silence: Alarm | undefined;
  #leaseEnd: Alarm | undefined;
  #farewell: (() => void) | undefined;

  constructor(
    endpoint: Endpoint,
    clock: Clock,
    random: SimRandom,
    wantedMs: number,
    listener: SessionListener,
  ) {
    this.#endpoint = endpoint;
    this.#clock = clock;
    this.#random = random;
    this.#wantedMs = wantedMs;
    this.#listener = listener;
    this.#nextStep = clock.after(0, () => this.#connect());
  }

  get info(): Session {
    return {
      state: this.#state,
      id: this.#grant?.id,
      timeoutMs: this.#grant?.timeoutMs ?? 0,
      leaseUntil: this.#leaseUntil,
    };
  }

  /** The connection, while the state is `connected`. */
  get connection(): Connection | undefined {
    return this.#state === 'connected' ? this.#connection : undefined;
  }

  /** Ends the session at the server if it can be reached. */
  close(): Promise<void> {
    const connection = this.connection;
    this.#cancelAlarms();
    this.#forgetSession();
    this.#become('closed');
    if (connection === undefined) {
      this.#connection?.hangUp();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const alarm = this.#clock.after(FAREWELL_MS, () => this.#farewell?.());
      this.#farewell = () => {
        this.#farewell = undefined;
        alarm.cancel();
        connection.hangUp();
        resolve();
      };
      connection.ask<undefined>(
        (answer) => this.#endpoint.end(connection, answer),
        () => this.#farewell?.(),
      );
    });
  }

  #connect(): void {
    const connection = this.#endpoint.dial(() => this.#dropped());
    this.#connection = connection;
    const sentAt = this.#clock.monotonic();
    this.#silence = this.#clock.after(this.#wantedMs / 2, () => this.#dropped());
    connection.ask<Grant | undefined>(
      (answer) => this.#endpoint.attach(connection, this.#grant?.id, this.#wantedMs, answer),
      (grant) => {
        if (grant === undefined) this.#lose();
        else this.#connected(connection, grant, sentAt);
      },
    );
  }

  #connected(connection: Connection, grant: Grant, sentAt: number): void {
    this.#grant = grant;
    this.#failures = 0;
    this.#answered(sentAt, grant.timeoutMs);
    this.#pingLater(connection, grant.timeoutMs);
    this.#become('connected');
    if (this.connection === connection) this.#listener.connected(connection);
  }

  #pingLater(connection: Connection, timeoutMs: number): void {
    this.#nextStep = this.#clock.after(timeoutMs / 3, () => {
      const sentAt = this.#clock.monotonic();
      connection.ask<undefined>(
        (answer) => this.#endpoint.ping(connection, answer),
        () => this.#answered(sentAt, timeoutMs),
      );
      this.#pingLater(connection, timeoutMs);
    });
  }

  /** What was sent at `sentAt` was answered: the server knew then that we live. */
  #answered(sentAt: number, timeoutMs: number): void {
    if (this.#state === 'closed') return;
    const now = this.#clock.monotonic();
    this.#leaseUntil = sentAt + timeoutMs;
    this.#silence?.cancel();
    this.#silence = this.#clock.after(sentAt + (2 * timeoutMs) / 3 - now, () => this.#dropped());
    this.#leaseEnd?.cancel();
    this.#leaseEnd = this.#clock.after(this.#leaseUntil - now, () => this.#lose());
  }

  /** The connection is gone: try again, with the same session. */
  #dropped(): void {
    if (this.#state === 'closed') {
      this.#farewell?.();
      return;
    }
    const was = this.#state;
    this.#hangUp();
    this.#connectLater();
    if (was !== 'connected') return;
    this.#become('suspended');
    this.#listener.disconnected();
  }

  /** The session is over: make a new one. */
  #lose(): void {
    this.#leaseEnd?.cancel();
    this.#hangUp();
    this.#forgetSession();
    this.#connectLater();
    this.#become('lost');
    this.#listener.disconnected();
    if (this.info.state === 'lost') this.#become('connecting');
  }

  #hangUp(): void {
    this.#connection?.hangUp();
    this.#connection = undefined;
    this.#nextStep?.cancel();
    this.#silence?.cancel();
  }

  #connectLater(): void {
    const { storeReconnectFirstMs: firstMs, storeReconnectLastMs: lastMs } = LIMITS;
    const pauseMs = Math.min(lastMs, firstMs * 2 ** this.#failures) * between(this.#random, 0.5, 1);
    this.#failures += 1;
    this.#nextStep = this.#clock.after(pauseMs, () => this.#connect());
  }

  #forgetSession(): void {
    this.#grant = undefined;
    this.#leaseUntil = 0;
  }

  #cancelAlarms(): void {
    this.#nextStep?.cancel();
    this.#silence?.cancel();
    this.#leaseEnd?.cancel();
  }

  #become(state: SessionState): void {
    this.#state = state;
    this.#listener.changed(this.info);
  }
}
