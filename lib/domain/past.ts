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

  /** libvirt refused to ask it, for this wish. */
  notAsked(mzxid: bigint): void {
    this.#past = { ...this.#past, unasked: mzxid };
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
