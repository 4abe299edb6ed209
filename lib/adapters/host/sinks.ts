import type { Readable } from 'node:stream';
import { asDroverError } from '../../core/index.js';

/** Takes what a child prints, piece by piece. Throwing ends the child. */
export interface Sink {
  push(chunk: Buffer): void;
  /** The stream has ended. */
  end?(): void;
}

/** Feeds `sink` what `program` prints until the stream is closed by either side. */
export function drain(program: string, stream: Readable, sink: Sink): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(asDroverError(error, program));
    let broken = false;
    const guarded = (take: () => void) => {
      // A stream may still hand on what it had read when it was destroyed.
      if (broken) return;
      try {
        take();
      } catch (error) {
        broken = true;
        fail(error);
        stream.destroy();
      }
    };
    stream.on('data', (chunk: Buffer) => guarded(() => sink.push(chunk)));
    stream.once('end', () => guarded(() => sink.end?.()));
    stream.once('error', fail);
    stream.once('close', resolve);
  });
}

/** Everything, up to a bound; one byte more throws `excess`. */
export class Whole implements Sink {
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  readonly #excess: () => Error;
  #size = 0;

  constructor(limit: number, excess: () => Error) {
    this.#limit = limit;
    this.#excess = excess;
  }

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) throw this.#excess();
    this.#chunks.push(chunk);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** The last bytes of something that may print for hours. */
export class Tail implements Sink {
  readonly #limit: number;
  #kept: Buffer = Buffer.alloc(0);

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    const recent = chunk.subarray(-this.#limit);
    const old = this.#kept.subarray(Math.max(0, this.#kept.length + recent.length - this.#limit));
    this.#kept = Buffer.concat([old, recent]);
  }

  bytes(): Buffer {
    return this.#kept;
  }
}

const NEWLINE = 0x0a;

/** Hands on line by line, without the newline; a line longer than `limit` bytes throws `excess`. */
export class Lines implements Sink {
  readonly #limit: number;
  readonly #onLine: (line: string) => void;
  readonly #excess: () => Error;
  #begun: Buffer[] = [];
  #size = 0;

  constructor(limit: number, onLine: (line: string) => void, excess: () => Error) {
    this.#limit = limit;
    this.#onLine = onLine;
    this.#excess = excess;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at));
      this.#hand();
      from = at + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  end(): void {
    if (this.#size > 0) this.#hand();
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#limit) throw this.#excess();
    this.#begun.push(part);
  }

  #hand(): void {
    // Decoded only when whole: a character may be cut between two chunks.
    const line = Buffer.concat(this.#begun).toString();
    this.#begun = [];
    this.#size = 0;
    this.#onLine(line);
  }
}
