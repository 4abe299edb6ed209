import type { Children, Conflict, Entry, Write, Written } from '../../ports/index.js';
import type { SimProcess } from '../process.js';
import { Connection } from './connection.js';
import type { Ensemble } from './ensemble.js';
import { type Node, statOf } from './tree.js';

type Answer<T> = (value: T) => void;

export interface Grant {
  readonly id: string;
  readonly timeoutMs: number;
}

/** How the client's network is: `silent` swallows everything without telling anybody. */
type Reach = 'up' | 'down' | 'silent';

/** The service as one client meets it: its network, its server's view of the tree, and the watches that it left there. */
export class Endpoint {
  readonly #ensemble: Ensemble;
  readonly #client: string;
  readonly #process: SimProcess;
  readonly #valueWatches: Watches = new Map();
  readonly #childWatches: Watches = new Map();
  readonly #stalled = new Set<Connection>();
  #connection: Connection | undefined;
  #reach: Reach = 'up';
  #moment: number;
  #lagMs: () => number;
  readonly #usualLagMs: () => number;
  #loseNext: { readonly applied: boolean } | undefined;
  readonly #applied = () => this.#follow();

  constructor(ensemble: Ensemble, client: string, process: SimProcess, lagMs: () => number) {
    this.#ensemble = ensemble;
    this.#client = client;
    this.#process = process;
    this.#usualLagMs = lagMs;
    this.#lagMs = lagMs;
    this.#moment = ensemble.momentAt(ensemble.network.clock.monotonic() - lagMs());
    this.#follow();
    ensemble.onApplied.add(this.#applied);
  }

  setReach(reach: Reach): void {
    this.#reach = reach;
    for (const connection of this.#stalled) connection.flow();
    this.#stalled.clear();
    if (reach === 'down') this.#connection?.break();
    if (reach === 'silent' && this.#connection !== undefined) this.#stall(this.#connection);
  }

  /** From now on transactions become visible to this client `ms` after they were applied; undefined: as usual. */
  setLag(ms: number | undefined): void {
    this.#lagMs = ms === undefined ? this.#usualLagMs : () => ms;
    this.#follow();
  }

  loseNext(applied: boolean): void {
    this.#loseNext = { applied };
  }

  /** The client does not come back. */
  forget(): void {
    this.#ensemble.onApplied.delete(this.#applied);
  }

  /** A connection, as far as the network gives one. Watches do not outlive the one before. */
  dial(broken: () => void): Connection {
    this.#valueWatches.clear();
    this.#childWatches.clear();
    const connection = new Connection(this.#ensemble.network, this.#process, broken);
    this.#connection = connection;
    if (this.#reach === 'silent') connection.hangUp();
    else if (this.#reach === 'down' || !this.#ensemble.running) connection.break();
    return connection;
  }

  /** Makes a session, or takes up `session`: undefined when that is over. */
  attach(
    connection: Connection,
    session: string | undefined,
    timeoutMs: number,
    answer: Answer<Grant | undefined>,
  ): void {
    if (!this.#ensemble.running) {
      connection.close();
      return;
    }
    if (session === undefined)
      answer({ id: this.#ensemble.open(this.#client, timeoutMs, connection), timeoutMs });
    else answer(this.#ensemble.resume(session, connection) ? { id: session, timeoutMs } : undefined);
  }

  ping(connection: Connection, answer: Answer<undefined>): void {
    if (this.#heard(connection)) answer(undefined);
  }

  /** The value as this client's server has it; `wake` is called once when it changes. */
  read(
    connection: Connection,
    path: string,
    wake: (() => void) | undefined,
    answer: Answer<Entry | undefined>,
  ): void {
    if (!this.#heard(connection)) return;
    if (wake !== undefined) remember(this.#valueWatches, path, () => connection.notify(wake));
    const node = this.#at(path);
    answer(node && { path, data: node.data.slice(), stat: statOf(node) });
  }

  children(
    connection: Connection,
    path: string,
    wake: (() => void) | undefined,
    answer: Answer<Children | undefined>,
  ): void {
    if (!this.#heard(connection)) return;
    if (wake !== undefined) remember(this.#childWatches, path, () => connection.notify(wake));
    const node = this.#at(path);
    answer(node && { path, names: node.children, stat: statOf(node) });
  }

  commit(
    connection: Connection,
    writes: readonly Write[],
    answer: Answer<readonly Written[] | Conflict>,
  ): void {
    if (!this.#heard(connection)) return;
    const lost = this.#loseNext;
    this.#loseNext = undefined;
    const outcome = lost?.applied === false ? undefined : this.#ensemble.commit(connection, writes);
    this.#advance();
    if (lost !== undefined || outcome === undefined) connection.close();
    else answer(outcome);
  }

  sync(connection: Connection, answer: Answer<undefined>): void {
    if (!this.#heard(connection)) return;
    this.#advance();
    answer(undefined);
  }

  end(connection: Connection, answer: Answer<undefined>): void {
    if (!this.#heard(connection)) return;
    answer(undefined);
    this.#ensemble.end(connection);
  }

  /** True when the client behind `connection` has its session there; else it is shown the door. */
  #heard(connection: Connection): boolean {
    if (this.#ensemble.running && this.#ensemble.heard(connection)) return true;
    connection.close();
    return false;
  }

  #at(path: string): Node | undefined {
    return this.#ensemble.at(path, this.#moment);
  }

  #stall(connection: Connection): void {
    connection.stall();
    this.#stalled.add(connection);
  }

  /** A transaction was applied: this server has it some time later. */
  #follow(): void {
    if (this.#process.state === 'killed') {
      this.forget();
      return;
    }
    const lagMs = this.#lagMs();
    const moment = this.#ensemble.moment;
    if (lagMs <= 0) this.#advance(moment);
    else if (lagMs < Infinity) this.#ensemble.network.clock.schedule(lagMs, () => this.#advance(moment));
  }

  /** Goes on to `moment`, never back, and tells the watches. */
  #advance(moment = this.#ensemble.moment): void {
    while (this.#moment < moment) {
      this.#moment += 1;
      for (const { path, change } of this.#ensemble.touchedBy(this.#moment)) {
        if (change !== 'children') wakeAll(this.#valueWatches, path);
        if (change !== 'data') wakeAll(this.#childWatches, path);
      }
    }
  }
}

type Watches = Map<string, (() => void)[]>;

function remember(watches: Watches, path: string, wake: () => void): void {
  const wakes = watches.get(path);
  if (wakes === undefined) watches.set(path, [wake]);
  else wakes.push(wake);
}

/** A watch is good for one change. */
function wakeAll(watches: Watches, path: string): void {
  const wakes = watches.get(path);
  watches.delete(path);
  for (const wake of wakes ?? []) wake();
}
