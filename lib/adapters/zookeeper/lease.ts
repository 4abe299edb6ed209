/**
 * What the server's answers prove about the life of a session. All times are of the monotonic clock; each is the moment
 * something was *sent*, because the server heard it later than that.
 *
 * A follower answers by itself and tells the leader, who expires sessions, only at the leader's next ping. So an
 * answered beat alone proves nothing about the leader; but beats go the leader's way (they are `sync` requests), and
 * what the follower knew before a beat reached the leader before that beat did. The lease therefore counts from the beat
 * *before* the last answered one. A handshake is checked by the leader itself and counts at once.
 */
export class Lease {
  #timeoutMs = 0;
  #heard = 0;
  #proven = 0;

  /** A handshake sent at `sentAt` was answered with the session. */
  granted(sentAt: number, timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#heard = sentAt;
    this.#proven = sentAt;
  }

  /** A beat sent at `sentAt`, on the connection of the last handshake, was answered. */
  beat(sentAt: number): void {
    this.#proven = this.#heard;
    this.#heard = sentAt;
  }

  /** Until then the session cannot have been expired. */
  get until(): number {
    return this.#proven + this.#timeoutMs;
  }

  /** When the next beat is due. */
  get beatAt(): number {
    return this.#heard + this.#timeoutMs / 3;
  }

  /** From then on a connection without an answer counts as dead. */
  get silentAt(): number {
    return this.#heard + (this.#timeoutMs * 2) / 3;
  }

  /** From then on the session counts as lost. */
  get lostAt(): number {
    return this.#heard + this.#timeoutMs;
  }
}
