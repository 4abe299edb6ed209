import { Conflict, type Write, type Written } from '../../ports/index.js';
import type { Alarm } from '../../ports/index.js';
import { between } from '../random.js';
import type { Connection, Network } from './connection.js';
import { type Applied, type Node, type Touched, Tree } from './tree.js';

/** One applied transaction, for checkers. */
export interface Transaction {
  readonly zxid: bigint;
  /** Virtual time in milliseconds. */
  readonly atMs: number;
  readonly kind: 'session' | 'commit' | 'end';
  /** Name of the client that asked for it; for an expiry the client whose session it was. */
  readonly client: string;
  readonly session: string;
  /** What was written; at the end of a session the deletes of its ephemerals. */
  readonly writes: readonly Write[];
  readonly written: readonly Written[];
}

interface ServerSession {
  readonly id: string;
  readonly client: string;
  readonly timeoutMs: number;
  heardAt: number;
  connection: Connection;
  expiry: Alarm | undefined;
}

interface Logged extends Transaction {
  readonly touched: readonly Touched[];
}

const FIRST_SESSION = 0x1000_0000_0000_0000n;
/** Where a zxid counts the leaders. */
const EPOCH_BITS = 32n;

/**
 * The servers as one: the tree, the log and the sessions, as the leader has them. A moment is the count of applied
 * transactions; who lags reads an earlier one.
 */
export class Ensemble {
  readonly network: Network;
  /** Called after each applied transaction. */
  readonly onApplied = new Set<() => void>();
  readonly #expiryMs: number;
  readonly #tree = new Tree();
  readonly #log: Logged[] = [];
  readonly #sessions = new Map<string, ServerSession>();
  readonly #sessionOf = new WeakMap<Connection, ServerSession>();
  #sessionsMade = 0n;
  #zxid = 1n << EPOCH_BITS;
  #running = true;

  /** @param expiryMs how much later than its timeout a session ends at most: the server counts in ticks */
  constructor(network: Network, expiryMs: number) {
    this.network = network;
    this.#expiryMs = expiryMs;
  }

  get running(): boolean {
    return this.#running;
  }

  get moment(): number {
    return this.#log.length;
  }

  /** The moment of an earlier time. */
  momentAt(ms: number): number {
    return this.#log.findLastIndex(({ atMs }) => atMs <= ms) + 1;
  }

  get history(): readonly Transaction[] {
    return this.#log;
  }

  at(path: string, moment: number): Node | undefined {
    return this.#tree.at(path, moment);
  }

  /** What transaction number `moment` touched. */
  touchedBy(moment: number): readonly Touched[] {
    return this.#log[moment - 1]?.touched ?? [];
  }

  stop(): void {
    this.#running = false;
    for (const session of this.#sessions.values()) session.connection.close();
  }

  /** A new leader: it gives every session its whole timeout again. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#zxid = ((this.#zxid >> EPOCH_BITS) + 1n) << EPOCH_BITS;
    for (const session of this.#sessions.values()) this.#touch(session);
  }

  /** Makes a session for the client behind `connection`. */
  open(client: string, timeoutMs: number, connection: Connection): string {
    const id = (FIRST_SESSION + this.#sessionsMade).toString(16);
    this.#sessionsMade += 1n;
    const session = { id, client, timeoutMs, connection, heardAt: 0, expiry: undefined };
    this.#sessions.set(id, session);
    this.#sessionOf.set(connection, session);
    this.#touch(session);
    this.#apply('session', session, []);
    return id;
  }

  /** Moves a session to `connection`; its former one is of no use any more. False when the session is over. */
  resume(id: string, connection: Connection): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    this.#sessionOf.delete(session.connection);
    session.connection.close();
    session.connection = connection;
    this.#sessionOf.set(connection, session);
    this.#touch(session);
    return true;
  }

  /** Notes that the client behind `connection` is there. False when it has no session, or not by this connection. */
  heard(connection: Connection): boolean {
    const session = this.#sessionOf.get(connection);
    if (session === undefined) return false;
    this.#touch(session);
    return true;
  }

  /** Applies all writes or none; undefined when the connection has no session. */
  commit(connection: Connection, writes: readonly Write[]): readonly Written[] | Conflict | undefined {
    const session = this.#sessionOf.get(connection);
    if (session === undefined) return undefined;
    const applied = this.#apply('commit', session, writes);
    return applied instanceof Conflict ? applied : applied.written;
  }

  /** Ends the sessions of a client, as if they had timed out. */
  expire(client: string): void {
    for (const session of [...this.#sessions.values()]) if (session.client === client) this.#end(session);
  }

  /** Ends the session that `connection` has. */
  end(connection: Connection): void {
    const session = this.#sessionOf.get(connection);
    if (session !== undefined) this.#end(session);
  }

  #end(session: ServerSession): void {
    session.expiry?.cancel();
    this.#sessions.delete(session.id);
    this.#sessionOf.delete(session.connection);
    const deletes = this.#tree.ownedBy(session.id).map((path): Write => {
      return { op: 'delete', path, version: this.#tree.at(path, this.moment)?.version ?? 0 };
    });
    this.#apply('end', session, deletes);
    session.connection.close();
  }

  /** Every request takes a transaction id, also one that fails. */
  #apply(kind: Transaction['kind'], session: ServerSession, writes: readonly Write[]): Applied | Conflict {
    this.#zxid += 1n;
    const applied = this.#tree.apply(writes, this.moment + 1, this.#zxid, session.id);
    if (applied instanceof Conflict) return applied;
    this.#log.push({
      zxid: this.#zxid,
      atMs: this.network.clock.monotonic(),
      kind,
      client: session.client,
      session: session.id,
      writes,
      ...applied,
    });
    for (const notify of this.onApplied) notify();
    return applied;
  }

  #touch(session: ServerSession): void {
    session.heardAt = this.network.clock.monotonic();
    session.expiry ??= this.#watchOver(session, session.timeoutMs);
  }

  /** Looks after `ms` whether the session is over; if it was heard of since, looks again when it would be. */
  #watchOver(session: ServerSession, ms: number): Alarm {
    const { clock, random } = this.network;
    return clock.schedule(ms + between(random, 0, this.#expiryMs), () => {
      session.expiry = undefined;
      if (!this.#running) return;
      const leftMs = session.heardAt + session.timeoutMs - clock.monotonic();
      if (leftMs > 0) session.expiry = this.#watchOver(session, leftMs);
      else this.#end(session);
    });
  }
}
