import { LIMITS, type Log } from '../../core/index.js';
import type { Children, Clock, Entry, Watch } from '../../ports/index.js';
import type { RawEvent } from './internals.js';
import { sameChildren, sameEntry, type Subject, Watched } from './watched.js';

/** Reads a path and leaves a watch on it at the server, in one step; waits for a server as long as it takes. */
export interface ArmedReader {
  entry(path: string, signal: AbortSignal): Promise<Entry | undefined>;
  children(path: string, signal: AbortSignal): Promise<Children | undefined>;
}

type Kind = 'value' | 'names';
type Waker = Pick<Watched<unknown>, 'phase' | 'retry' | 'refresh' | 'close'>;

/** Event types of the protocol, and the watches that they concern. */
const CONCERNS: Readonly<Record<number, readonly Kind[]>> = {
  1: ['value', 'names'], // created
  2: ['value', 'names'], // deleted
  3: ['value'], // data changed
  4: ['names'], // children changed
};

/**
 * Turns the server's one-time events into states. An event, or a new connection, only makes a watch due; its path is
 * then read and armed in one step. What happens during the read makes it due again: nothing is missed, and any number
 * of changes is one delivery. At most `LIMITS.storeWatchReadsInFlight` are read at once, so that thousands of watches after a
 * reconnect leave room for other calls.
 */
export class Watches {
  readonly #reader: ArmedReader;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #byPath: Readonly<Record<Kind, Map<string, Set<Waker>>>> = { value: new Map(), names: new Map() };
  readonly #due = new Set<Waker>();
  #reading = 0;
  #closed = false;

  constructor(reader: ArmedReader, clock: Clock, log: Log) {
    this.#reader = reader;
    this.#clock = clock;
    this.#log = log;
  }

  value(path: string, listener: (entry: Entry | undefined) => void): Watch {
    const read = (signal: AbortSignal) => this.#reader.entry(path, signal);
    return this.#add('value', { path, read, same: sameEntry, listener });
  }

  names(path: string, listener: (children: Children | undefined) => void): Watch {
    const read = (signal: AbortSignal) => this.#reader.children(path, signal);
    return this.#add('names', { path, read, same: sameChildren, listener });
  }

  /** The server told a change. */
  event(event: RawEvent): void {
    for (const kind of CONCERNS[event.type] ?? [])
      for (const watched of this.#byPath[kind].get(event.path) ?? []) this.#wake(watched);
  }

  /** A new connection: the server has none of our watches, and we do not know what we missed. */
  rearm(): void {
    for (const watched of this.#all()) this.#wake(watched);
  }

  close(): void {
    this.#closed = true;
    this.#due.clear();
    for (const watched of this.#all()) watched.close();
    for (const paths of Object.values(this.#byPath)) paths.clear();
  }

  #all(): Waker[] {
    return Object.values(this.#byPath).flatMap((paths) => [...paths.values()].flatMap((set) => [...set]));
  }

  #add<S>(kind: Kind, subject: Subject<S>): Watch {
    if (this.#closed) return { close: () => undefined };
    const watched = new Watched(subject, this.#log);
    const paths = this.#byPath[kind];
    const set = paths.get(subject.path) ?? new Set<Waker>();
    paths.set(subject.path, set.add(watched));
    this.#wake(watched);
    return {
      close: () => {
        watched.close();
        this.#due.delete(watched);
        set.delete(watched);
        if (set.size === 0 && paths.get(subject.path) === set) paths.delete(subject.path);
      },
    };
  }

  #wake(watched: Waker): void {
    if (watched.phase === 'reading') watched.phase = 'stale';
    if (watched.phase !== 'idle') return;
    watched.retry?.cancel();
    watched.phase = 'due';
    this.#due.add(watched);
    this.#pump();
  }

  #pump(): void {
    for (const watched of this.#due) {
      if (this.#reading >= LIMITS.storeWatchReadsInFlight) return;
      this.#due.delete(watched);
      void this.#read(watched);
    }
  }

  async #read(watched: Waker): Promise<void> {
    watched.phase = 'reading';
    this.#reading += 1;
    const armed = await watched.refresh();
    this.#reading -= 1;
    const stale = this.#wasStale(watched);
    watched.phase = 'idle';
    if (stale) this.#wake(watched);
    else if (!armed)
      watched.retry = this.#clock.after(LIMITS.storeReconnectLastMs, () => this.#wake(watched));
    this.#pump();
  }

  /** Asked after a wait, in which the phase may have changed. */
  #wasStale(watched: Waker): boolean {
    return watched.phase === 'stale';
  }
}
