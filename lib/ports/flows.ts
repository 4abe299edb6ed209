import type { Command } from './processes.js';

/** Bytes from and to running programs: for what is looked at on its way. What is not goes by `Processes.pipe`. */
export interface Flows {
  /**
   * Hands on what a child prints, as it comes and as fast as it is taken. Whoever leaves the loop early ends the child. The
   * command's `limitMs` and `outputBytes` are without effect: the caller watches the progress, and has the signal.
   *
   * Fails like `Processes.run`, after the last byte; with CANCELLED once the signal aborts.
   */
  output(command: Command, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Feeds a child with `source`, as fast as it takes it, and returns when it has ended well. It is never killed while it
   * reads: an abort, or an error of `source`, ends its input, after which it has `LIMITS.pipeDrainMs` to end by itself.
   *
   * Fails with the error of `source`, with CANCELLED, or like `Processes.run`. Its stdout is discarded, as are the command's
   * `input`, `limitMs` and `outputBytes`.
   */
  input(command: Command, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
}
