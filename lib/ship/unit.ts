import { crc32 } from 'node:zlib';
import { DroverError } from '../core/index.js';
import { bannerBytes, DiffReader, endBytes, type Piece, sizeBytes } from './diff.js';
import { TRAILER_BYTES, trailerOf } from './framed.js';

/** Bytes of records from which on a unit ends with the next record. */
export const UNIT_BYTES = 128 * 1024 * 1024;

/**
 * The unit of a transfer: a stream of changes that stands for itself, without names of snapshots, so that it can be
 * applied again; and after its end a trailer. Whoever receives one gives its end to `rbd` only when the sum is right.
 */
export interface Unit {
  /** Its bytes; to be taken to the end before the next unit is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** How far it goes, once its bytes are taken. */
  to(): number;
}

/** Cuts the stream of one image into units. */
export class UnitCutter {
  readonly #object: string;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #reader: DiffReader;
  readonly #after: number;
  readonly #unitBytes: number;
  #pieces: Piece[] = [];
  #size: number | undefined;
  #cursor: number;
  #over = false;

  /** @param after up to which offset everything is there already */
  constructor(object: string, source: AsyncIterable<Uint8Array>, after = 0, unitBytes = UNIT_BYTES) {
    this.#object = object;
    this.#source = source[Symbol.asyncIterator]();
    this.#reader = new DiffReader(object);
    this.#after = after;
    this.#unitBytes = unitBytes;
    this.#cursor = after;
  }

  /** The next unit, or undefined after the last one. There is always one: it makes the image as large as it is to be. */
  async next(): Promise<Unit | undefined> {
    const size = await this.#open();
    if (this.#over) return undefined;
    return { chunks: this.#unit(size), to: () => this.#cursor };
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Up to the size, which stands before all records. */
  async #open(): Promise<number> {
    while (this.#size === undefined) {
      const piece = await this.#take();
      if (
        piece === undefined ||
        (piece.kind !== 'banner' && piece.kind !== 'from' && piece.kind !== 'to' && piece.kind !== 'size')
      )
        throw this.#bad('it does not tell the size of the image');
      if (piece.kind === 'size') this.#size = piece.bytes;
    }
    return this.#size;
  }

  async *#unit(size: number): AsyncGenerator<Uint8Array> {
    let [sum, bytes, to] = [0, 0, size];
    const out: Buffer[] = [];
    const put = (raw: Buffer) => {
      sum = crc32(raw, sum);
      bytes += raw.length;
      out.push(raw);
    };
    put(bannerBytes());
    put(sizeBytes(size));
    const first = bytes;
    let skipping = false;
    for (;;) {
      // What has come at once goes on at once.
      if (this.#pieces.length === 0 && out.length > 0) yield joined(out);
      const piece = await this.#take();
      if (piece === undefined || piece.kind === 'end') {
        this.#over = true;
        break;
      }
      if (piece.kind === 'data') {
        if (!skipping) put(piece.raw);
        continue;
      }
      if (piece.kind !== 'write' && piece.kind !== 'zero')
        throw this.#bad(`a ${piece.kind} among the records`);
      skipping = piece.offset + piece.length <= this.#after;
      if (skipping) continue;
      if (bytes > first && bytes >= this.#unitBytes) {
        this.#pieces.unshift(piece);
        to = piece.offset;
        break;
      }
      put(piece.raw);
    }
    put(endBytes());
    out.push(trailerOf(to, sum));
    this.#cursor = to;
    yield joined(out);
  }

  async #take(): Promise<Piece | undefined> {
    while (this.#pieces.length === 0) {
      const chunk = await this.#source.next();
      if (chunk.done === true) {
        this.#reader.finish();
        return undefined;
      }
      if (!this.#reader.ended) this.#pieces = this.#reader.push(chunk.value);
    }
    return this.#pieces.shift();
  }

  #bad(reason: string): DroverError {
    return new DroverError('STORAGE_REFUSED', { object: this.#object, reason });
  }
}

/** A unit as it comes in: what is given to `rbd` is looked at first. */
export class UnitReader {
  readonly #object: string;
  readonly #reader: DiffReader;
  readonly #size: number;
  #bytes = 0;
  #last = 0;
  #to: number | undefined;

  /** @param size what the image measures at the point that is received */
  constructor(object: string, size: number) {
    this.#object = object;
    this.#reader = new DiffReader(object);
    this.#size = size;
  }

  /** Bytes that have come so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How far the unit goes. BAD_INPUT until all of it has come and is right. */
  get to(): number {
    if (this.#to === undefined) throw this.#bad('it is not complete');
    return this.#to;
  }

  /**
   * The stream of changes in the unit, without what follows it. Its end is handed on only when the sum is right; until then
   * whatever fails fails with BAD_INPUT.
   */
  async *stream(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let sum = 0;
    for await (const chunk of body) {
      this.#bytes += chunk.length;
      const ended = this.#reader.ended;
      const pieces = this.#reader.push(chunk);
      if (ended) continue;
      const raws: Buffer[] = [];
      for (const piece of pieces) {
        this.#check(piece);
        sum = crc32(piece.raw, sum);
        if (piece.kind !== 'end') raws.push(piece.raw);
      }
      if (raws.length > 0) yield joined(raws);
    }
    this.#reader.finish();
    this.#close(sum);
    yield endBytes();
  }

  #check(piece: Piece): void {
    if (piece.kind === 'size' && piece.bytes !== this.#size)
      throw this.#bad(`it is of an image of ${piece.bytes} bytes, not ${this.#size}`);
    if (piece.kind === 'from' || piece.kind === 'to') throw this.#bad('it names a snapshot');
    if (piece.kind !== 'write' && piece.kind !== 'zero') return;
    if (piece.offset < this.#last) throw this.#bad('its records are out of order');
    this.#last = piece.offset + piece.length;
    if (this.#last > this.#size) throw this.#bad('it goes beyond the end of the image');
  }

  #close(sum: number): void {
    const trailer = this.#reader.rest;
    if (trailer.length !== TRAILER_BYTES) throw this.#bad('its end is missing');
    if (crc32(trailer.subarray(0, 8), sum) !== trailer.readUInt32LE(8))
      throw this.#bad('its sum is wrong: it was damaged on its way');
    const to = Number(trailer.readBigUInt64LE(0));
    if (!Number.isSafeInteger(to) || to < this.#last || to > this.#size)
      throw this.#bad('it does not say how far it goes');
    this.#to = to;
  }

  #bad(reason: string): DroverError {
    return new DroverError('BAD_INPUT', { object: this.#object, reason, remedy: 'send the unit again' });
  }
}

/** All of them as one, and none is left. */
function joined(raws: Buffer[]): Buffer {
  const [only] = raws;
  const all = raws.length === 1 && only !== undefined ? only : Buffer.concat(raws);
  raws.length = 0;
  return all;
}
