import { type Log, messageOf } from '../../core/index.js';
import type { Alarm, Children, Entry } from '../../ports/index.js';

/** What a watch is on. */
export interface Subject<S> {
  readonly path: string;
  /** Reads the state and leaves a watch on it at the server, in one step; waits for a server as long as it takes. */
  read(signal: AbortSignal): Promise<S | undefined>;
  same(a: S, b: S): boolean;
  listener(state: S | undefined): void;
}

/**
 * - `idle`: the server has our watch, and what it had then is delivered.
 * - `due`: something may have changed; waits for its turn.
 * - `reading`: the answer is awaited.
 * - `stale`: the answer is awaited, and something may have changed since it was asked for.
 */
export type Phase = 'idle' | 'due' | 'reading' | 'stale';

/** One watch: reads its subject when told to, and delivers what differs from what it delivered last. */
export class Watched<S> {
  phase: Phase = 'idle';
  /** The next try after a refusal. */
  retry: Alarm | undefined;
  readonly #subject: Subject<S>;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #delivered: { readonly state: S | undefined } | undefined;

  constructor(subject: Subject<S>, log: Log) {
    this.#subject = subject;
    this.#log = log;
  }

  /** False when the server refused the read: it has no watch of ours. */
  async refresh(): Promise<boolean> {
    const { signal } = this.#closing;
    try {
      const state = await this.#subject.read(signal);
      if (!signal.aborted && this.#isNews(state)) this.#deliver(state);
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      this.#log.warn({ path: this.#subject.path, reason: messageOf(error) }, 'store watch refused');
      return false;
    }
  }

  close(): void {
    this.#closing.abort(new Error('the watch is closed'));
    this.retry?.cancel();
  }

  #isNews(state: S | undefined): boolean {
    if (this.#delivered === undefined) return true;
    const before = this.#delivered.state;
    if (before === undefined || state === undefined) return before !== state;
    return !this.#subject.same(before, state);
  }

  #deliver(state: S | undefined): void {
    this.#delivered = { state };
    try {
      this.#subject.listener(state);
    } catch (error) {
      // One listener's fault must not reach the others.
      this.#log.error({ path: this.#subject.path, reason: messageOf(error) }, 'store listener failed');
    }
  }
}

export function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a.stat.mzxid === b.stat.mzxid &&
    a.stat.czxid === b.stat.czxid &&
    a.stat.version === b.stat.version &&
    Buffer.compare(a.data, b.data) === 0
  );
}

export function sameChildren(a: Children, b: Children): boolean {
  return (
    a.stat.pzxid === b.stat.pzxid &&
    a.stat.czxid === b.stat.czxid &&
    a.names.length === b.names.length &&
    a.names.every((name, index) => name === b.names[index])
  );
}
