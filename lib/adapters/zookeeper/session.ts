import { LIMITS, type Log, messageOf } from '../../core/index.js';
import type { Alarm, Clock } from '../../ports/index.js';
import type { Backoff } from './backoff.js';
import { CODE, codeText } from './codes.js';
import { Connection } from './connection.js';
import { dial, type TlsOptions } from './dial.js';
import { Protocol, type RawEvent } from './internals.js';
import { Lease } from './lease.js';
import { type Address, addressText, type Servers } from './servers.js';

/** What the sessions of one store have in common. */
export interface Surroundings {
  readonly servers: Servers;
  readonly sessionMs: number;
  readonly chroot: string;
  readonly tls: TlsOptions | undefined;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly log: Log;
}

export interface SessionEvents {
  connected(): void;
  /** The connection is gone, the session may live on. */
  suspended(): void;
  /** The session is over: expired by the server's word, given up by our clock, or closed by us. */
  ended(reason: string): void;
  event(event: RawEvent): void;
}

/**
 * One session at the servers, from the first attempt to connect to its end, over as many connections as it takes. Never
 * used again afterwards: a new session is a new object.
 */
export class ServerSession {
  readonly protocol: Protocol;
  readonly lease = new Lease();
  readonly #around: Surroundings;
  readonly #events: SessionEvents;
  readonly #end = new AbortController();
  #attempt = new AbortController();
  #connection: Connection | undefined;
  #alive = false;
  #caughtUp = false;
  #closing = false;
  #alarms: Alarm[] = [];

  constructor(around: Surroundings, events: SessionEvents) {
    this.#around = around;
    this.#events = events;
    this.protocol = new Protocol(around.sessionMs, around.chroot, (event) => events.event(event));
  }

  /** The id in hex; undefined before the server gave one. */
  get id(): string | undefined {
    return this.#alive ? this.protocol.sessionId : undefined;
  }

  /** The timeout in milliseconds: as granted, before that as asked for. */
  get timeoutMs(): number {
    return this.protocol.timeoutMs;
  }

  /** Connects, and connects again whenever the connection is lost, until the session ends. */
  async run(): Promise<void> {
    const { servers, clock, backoff, log } = this.#around;
    while (!this.#ended) {
      try {
        await clock.sleep(backoff.pause(this.#longestPause), this.#end.signal);
      } catch {
        return; // ended in the pause: whoever ended it has said so
      }
      const server = servers.next();
      const reason = await this.#connect(server);
      backoff.failed();
      log.debug({ server: addressText(server), reason }, 'store connection ended');
    }
  }

  /** The connection is of no more use though it stands: the session goes on over another one. */
  reconnect(reason: string): void {
    this.#connection?.destroy(reason);
  }

  /** The session is over. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#end.abort(new Error(reason));
    this.#silence();
    // Told first: what the connection's end sets free must not be sent on it again.
    this.#events.ended(reason);
    this.#attempt.abort(new Error(reason));
    this.#connection?.destroy(reason);
  }

  /** Ends the session at the server too, if one can be reached within `limitMs`. */
  async close(limitMs: number): Promise<void> {
    if (this.#ended) return;
    if (this.id === undefined) {
      this.end('closed');
      return;
    }
    this.#closing = true;
    const limit = this.#around.clock.after(limitMs, () => this.end('closed without the server'));
    const ended = new Promise<void>((resolve) => {
      this.#end.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (this.#connection !== undefined) this.protocol.closeSession();
    await ended;
    limit.cancel();
  }

  get #ended(): boolean {
    return this.#end.signal.aborted;
  }

  /** With a session to save, every server must get its turn in time. */
  get #attemptMs(): number {
    return this.#alive ? this.timeoutMs / (2 * this.#around.servers.count) : this.timeoutMs / 2;
  }

  get #longestPause(): number {
    return this.#alive
      ? Math.min(LIMITS.storeReconnectLastMs, this.timeoutMs / 8)
      : LIMITS.storeReconnectLastMs;
  }

  /** One connection from its first packet to its end; resolves with the reason of the end. */
  async #connect(server: Address): Promise<string> {
    const { clock, tls, log } = this.#around;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const limitMs = Math.round(this.#attemptMs);
    const limit = clock.after(limitMs, () => attempt.abort(new Error(`no session within ${limitMs} ms`)));
    try {
      const socket = await dial(server, tls, attempt.signal);
      return await new Promise<string>((resolve) => {
        const sentAt = clock.monotonic();
        const connection = new Connection(socket, this.protocol, {
          welcome: () => {
            this.#alive = true;
            this.lease.granted(sentAt, this.timeoutMs);
            this.#catchUp(connection, () => {
              limit.cancel();
              const facts = { server: addressText(server), session: this.id, timeoutMs: this.timeoutMs };
              log.info(facts, 'store connected');
              this.#serve(connection);
            });
          },
          expired: () => this.end('expired by the server'),
          down: (reason) => {
            this.#connection = undefined;
            this.#suspend();
            resolve(reason);
          },
        });
        this.#connection = connection;
        attempt.signal.addEventListener('abort', () => connection.destroy(messageOf(attempt.signal.reason)));
      });
    } catch (error) {
      return messageOf(error);
    } finally {
      limit.cancel();
    }
  }

  /**
   * Within a session no server shows us less than we saw. A new one knows nothing of what its predecessor saw, so its
   * server must first have all that was committed before.
   */
  #catchUp(connection: Connection, then: () => void): void {
    if (this.#caughtUp) {
      then();
      return;
    }
    this.protocol.sync('/', (outcome) => {
      if (outcome.kind === 'refused') connection.destroy(`sync refused: ${codeText(outcome.code)}`);
      if (outcome.kind !== 'answered') return;
      this.#caughtUp = true;
      then();
    });
  }

  #serve(connection: Connection): void {
    this.#silence();
    if (this.#closing) {
      this.protocol.closeSession();
      return;
    }
    this.#beatLater(connection);
    this.#events.connected();
  }

  #suspend(): void {
    if (this.#ended || !this.#alive) return;
    if (this.#closing) {
      this.end('closed');
      return;
    }
    this.#silence();
    this.#at(this.lease.lostAt, () => this.end('no server reached within its timeout'));
    this.#events.suspended();
  }

  /** A beat when it is due, and the end of the connection when none is answered in time. */
  #beatLater(connection: Connection): void {
    this.#silence();
    this.#at(this.lease.silentAt, () => connection.destroy('the server does not answer'));
    this.#at(this.lease.beatAt, () => this.#beat(connection));
  }

  #beat(connection: Connection): void {
    const { clock, backoff } = this.#around;
    const sentAt = clock.monotonic();
    this.protocol.sync('/', (outcome) => {
      if (outcome.kind === 'refused') this.refused(outcome.code);
      if (outcome.kind !== 'answered') return;
      this.lease.beat(sentAt);
      backoff.succeeded();
      this.#beatLater(connection);
    });
  }

  /** What a code says of the session itself, whichever request it answered. */
  refused(code: number): void {
    if (code === CODE.sessionExpired) this.end('expired by the server');
    if (code === CODE.sessionMoved) this.reconnect('the session is served by another connection');
  }

  #at(moment: number, action: () => void): void {
    const { clock } = this.#around;
    this.#alarms.push(clock.after(Math.max(0, moment - clock.monotonic()), action));
  }

  #silence(): void {
    for (const alarm of this.#alarms.splice(0)) alarm.cancel();
  }
}
