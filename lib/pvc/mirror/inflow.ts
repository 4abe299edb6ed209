import { framed, UNIT_BYTES, writeBytes, zeroBytes } from '../../ship/index.js';
import { endOf, type Stretch, torn } from './stretch.js';

/** What can be told to be a hole: smaller ones Ceph would not give back, and may leave as they are. */
const HOLE_BYTES = 64 * 1024;
const HOLE = Buffer.alloc(HOLE_BYTES);

/** Stretches of one image, with a look at the next. */
export class Inflow {
  readonly #object: string;
  readonly #source: AsyncIterator<Stretch>;
  #next: Stretch | undefined;
  #at: number;

  /** @param from where what comes may begin */
  constructor(object: string, source: AsyncIterable<Stretch>, from: number) {
    this.#object = object;
    this.#source = source[Symbol.asyncIterator]();
    this.#at = from;
  }

  /** How far everything that was taken goes. */
  get at(): number {
    return this.#at;
  }

  /** The next stretch, which stays; undefined at the end. BAD_INPUT when it lies before what has come already. */
  async peek(): Promise<Stretch | undefined> {
    if (this.#next === undefined) {
      const { done, value } = (await this.#source.next()) as IteratorResult<Stretch, undefined>;
      if (done === true) return undefined;
      if (value.offset < this.#at)
        throw torn(
          this.#object,
          `what is to be written from ${value.offset} on comes after what goes up to ${this.#at}`,
        );
      this.#next = value;
    }
    return this.#next;
  }

  take(): void {
    if (this.#next === undefined) return;
    this.#at = endOf(this.#next);
    this.#next = undefined;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/**
 * One unit of what flows in, for an image of `size` bytes: up to the first stretch that would go beyond its end. Runs of
 * zeroes become holes; in an image that is new and empty they are left out.
 */
export function unitOf(inflow: Inflow, size: number, fresh: boolean): AsyncIterable<Buffer> {
  return framed(size, recordsOf(inflow, size, fresh), () => inflow.at);
}

async function* recordsOf(inflow: Inflow, size: number, fresh: boolean): AsyncGenerator<Buffer> {
  let [from, sent] = [inflow.at, 0];
  let hole: { readonly offset: number; length: number } | undefined;
  const closed = function* () {
    if (hole !== undefined && !fresh) yield zeroBytes(hole.offset, hole.length);
    hole = undefined;
  };
  while (sent < UNIT_BYTES) {
    const next = await inflow.peek();
    if (next === undefined || endOf(next) > size) break;
    if (next.offset !== from) yield* closed();
    for (const run of runsOf(next)) {
      if (run.hole && hole !== undefined) hole.length += run.bytes.length;
      else if (run.hole) hole = { offset: run.offset, length: run.bytes.length };
      else {
        yield* closed();
        yield writeBytes(run.offset, run.bytes.length);
        yield run.bytes;
        sent += run.bytes.length;
      }
    }
    inflow.take();
    from = inflow.at;
  }
  yield* closed();
}

interface Run extends Stretch {
  readonly hole: boolean;
}

/** A stretch as runs of whole blocks that are zero, and of what is not. */
function* runsOf({ offset, bytes }: Stretch): Generator<Run> {
  let [from, wasHole] = [0, false];
  for (let at = 0; at < bytes.length;) {
    const length = Math.min(HOLE_BYTES - ((offset + at) % HOLE_BYTES), bytes.length - at);
    const hole = length === HOLE_BYTES && bytes.subarray(at, at + length).equals(HOLE);
    if (at > 0 && hole !== wasHole) {
      yield { offset: offset + from, bytes: bytes.subarray(from, at), hole: wasHole };
      from = at;
    }
    wasHole = hole;
    at += length;
  }
  if (bytes.length > 0) yield { offset: offset + from, bytes: bytes.subarray(from), hole: wasHole };
}
