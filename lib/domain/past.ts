import type { Past, VmFacts, VmState } from './facts.js';

const CRASHES_KEPT = 16;

/** What this daemon remembers of its own doing for one VM. */
export class MutablePast {
  #past: Past = { crashes: [] };
  #ending = false;

  get value(): Past {
    return this.#past;
  }

  /** The guest was asked to power off, for this wish. */
  askedFor(mzxid: bigint, at: number): void {
    this.#ending = true;
    this.#past = { ...this.#past, asked: { mzxid, at } };
  }

  /**
   * The guest has not heard of this wish.
   *
   * @param refused libvirt was there, and would not ask it: the first time in a row counts. While nobody answers no time passes
   */
  notAsked(mzxid: bigint, at: number, refused: boolean): void {
    if (refused && this.#past.unasked?.mzxid === mzxid) return;
    this.#past = { ...this.#past, unasked: { mzxid, since: at } };
  }

  /** The process is about to end, or to move, by our own doing. */
  endedByUs(): void {
    this.#ending = true;
  }

  started(): void {
    this.#ending = false;
    const { crashes } = this.#past;
    this.#past = { crashes };
  }

  startFailed(mzxid: bigint, reason: string): void {
    this.#past = { ...this.#past, failedStart: { mzxid, reason } };
  }

  migrationFailed(mzxid: bigint, reason: string): void {
    this.#ending = false;
    this.#past = { ...this.#past, failedMigration: { mzxid, reason } };
  }

  /** The process is gone and this node has left. How it ended decides what follows, if nobody here ended it. */
  left(now: number, facts: VmFacts): void {
    const crashed = facts.lastEnd === 'crashed';
    const crashes = [...this.#past.crashes, ...(crashed && !this.#ending ? [now] : [])].slice(-CRASHES_KEPT);
    const how = this.#ending ? undefined : facts.lastEnd;
    const ended = how && { how, mzxid: facts.wish?.state.mzxid ?? 0n };
    this.#past = { ...this.#past, crashes, ...(ended === undefined ? {} : { ended }) };
    this.#ending = false;
  }

  /** A new state was written: what led to it is over. */
  reported(state: VmState): void {
    if (state === 'start') return;
    const { crashes } = this.#past;
    this.#past = { crashes: state === 'fail' ? [] : crashes };
  }
}
