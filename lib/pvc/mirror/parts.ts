import { type PartPiece, readParts } from './multipart.js';
import { Gatherer, type Stretch, torn } from './stretch.js';

/** Before the data of a part: where it belongs, and how long it is; 64 bits each, big endian. */
const HEAD_BYTES = 16;
/** Bytes in a part at most: an object of the largest order that Ceph makes images of. */
const PART_BYTES = 32 * 1024 * 1024;

/** What a request with changes holds, in the order in which it comes. BAD_INPUT when a part is not what it says. */
export async function* changesIn(
  object: string,
  boundary: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Stretch> {
  let part = new Part(object);
  for await (const piece of readParts(object, boundary, body)) {
    if (piece.kind === 'begin') part = new Part(object);
    yield* part.take(piece);
  }
}

/** What stands before the data of a part. */
export function partHead(offset: number, length: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeBigUInt64BE(BigInt(offset), 0);
  head.writeBigUInt64BE(BigInt(length), 8);
  return head;
}

class Part {
  readonly #object: string;
  #head = Buffer.alloc(0);
  #gatherer: Gatherer | undefined;
  #end = 0;

  constructor(object: string) {
    this.#object = object;
  }

  *take(piece: PartPiece): Generator<Stretch> {
    if (piece.kind === 'end') {
      if (this.#gatherer?.at !== this.#end) throw torn(this.#object, 'a part is shorter than it says');
      yield* this.#gatherer.flush();
    }
    if (piece.kind !== 'data') return;
    const rest = this.#gatherer === undefined ? this.#opened(piece.bytes) : piece.bytes;
    if (this.#gatherer === undefined) return;
    if (this.#gatherer.at + rest.length > this.#end)
      throw torn(this.#object, 'a part is longer than it says');
    yield* this.#gatherer.push(rest);
  }

  /** What follows the head, once that is complete. */
  #opened(bytes: Buffer): Buffer {
    this.#head = Buffer.concat([this.#head, bytes]);
    if (this.#head.length < HEAD_BYTES) return Buffer.alloc(0);
    const [offset, length] = [Number(this.#head.readBigUInt64BE(0)), Number(this.#head.readBigUInt64BE(8))];
    if (!Number.isSafeInteger(offset + length) || length > PART_BYTES)
      throw torn(this.#object, `a part says that it is ${length} bytes from ${offset} on`);
    this.#gatherer = new Gatherer(offset);
    this.#end = offset + length;
    return this.#head.subarray(HEAD_BYTES);
  }
}
