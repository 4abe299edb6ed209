import { DroverError } from '../core/index.js';

/** How a stream of `rbd export-diff` begins. */
const BANNER = Buffer.from('rbd diff v1\n');
/** A name in it is one of a snapshot. */
const NAME_BYTES = 4096;

/** One piece of a stream, with its bytes as they stand in it. */
export type Piece =
  | { readonly kind: 'banner'; readonly raw: Buffer }
  /** Names of snapshots. */
  | { readonly kind: 'from' | 'to'; readonly name: string; readonly raw: Buffer }
  /** What the image is to measure. */
  | { readonly kind: 'size'; readonly bytes: number; readonly raw: Buffer }
  | { readonly kind: 'write'; readonly offset: number; readonly length: number; readonly raw: Buffer }
  /** What the write before it holds, in as many pieces as it comes. */
  | { readonly kind: 'data'; readonly raw: Buffer }
  /** Discarded, or zero. */
  | { readonly kind: 'zero'; readonly offset: number; readonly length: number; readonly raw: Buffer }
  | { readonly kind: 'end'; readonly raw: Buffer };

/**
 * Reads the format of `rbd export-diff`, version 1 (doc/dev/rbd-diff of Ceph), as it comes. Whatever does not fit is
 * BAD_INPUT: `rbd` itself skips what it does not know and goes on.
 */
export class DiffReader {
  readonly #object: string;
  #begun: Buffer = Buffer.alloc(0);
  #state: 'banner' | 'record' | 'data' | 'ended' = 'banner';
  #left = 0;

  /** @param object what errors are about */
  constructor(object: string) {
    this.#object = object;
  }

  /** True once the end was read. What follows it is not read: see {@link rest}. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** What came after the end so far. */
  get rest(): Buffer {
    return this.#begun;
  }

  /** The pieces that are complete with this chunk. */
  push(chunk: Uint8Array): Piece[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let input = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    const pieces: Piece[] = [];
    for (;;) {
      const piece = this.#next(input);
      if (piece === undefined) break;
      pieces.push(piece);
      input = input.subarray(piece.raw.length);
    }
    this.#begun = input;
    return pieces;
  }

  /** Throws unless the stream has come to its end. */
  finish(): void {
    if (!this.ended) throw this.#bad('it ends in the middle');
  }

  #next(input: Buffer): Piece | undefined {
    switch (this.#state) {
      case 'banner':
        return this.#banner(input);
      case 'record':
        return this.#record(input);
      case 'data':
        return this.#data(input);
      case 'ended':
        return undefined;
    }
  }

  #banner(input: Buffer): Piece | undefined {
    const raw = input.subarray(0, BANNER.length);
    if (!raw.equals(BANNER.subarray(0, raw.length))) throw this.#bad('it does not begin like one');
    if (raw.length < BANNER.length) return undefined;
    this.#state = 'record';
    return { kind: 'banner', raw };
  }

  #record(input: Buffer): Piece | undefined {
    if (input.length === 0) return undefined;
    const tag = String.fromCharCode(input[0] ?? 0);
    switch (tag) {
      case 'f':
      case 't':
        return this.#name(tag === 'f' ? 'from' : 'to', input);
      case 's':
        return input.length < 9
          ? undefined
          : { kind: 'size', bytes: this.#number(input, 1), raw: input.subarray(0, 9) };
      case 'w':
      case 'z':
        return this.#extent(tag, input);
      case 'e':
        this.#state = 'ended';
        return { kind: 'end', raw: input.subarray(0, 1) };
      default:
        throw this.#bad(`there is no record ${JSON.stringify(tag)}`);
    }
  }

  #name(kind: 'from' | 'to', input: Buffer): Piece | undefined {
    if (input.length < 5) return undefined;
    const length = input.readUInt32LE(1);
    if (length > NAME_BYTES) throw this.#bad('a name in it is too long');
    if (input.length < 5 + length) return undefined;
    return { kind, name: input.toString('utf8', 5, 5 + length), raw: input.subarray(0, 5 + length) };
  }

  #extent(tag: 'w' | 'z', input: Buffer): Piece | undefined {
    if (input.length < 17) return undefined;
    const [offset, length, raw] = [this.#number(input, 1), this.#number(input, 9), input.subarray(0, 17)];
    if (tag === 'z') return { kind: 'zero', offset, length, raw };
    this.#left = length;
    this.#state = length === 0 ? 'record' : 'data';
    return { kind: 'write', offset, length, raw };
  }

  #data(input: Buffer): Piece | undefined {
    if (input.length === 0) return undefined;
    const raw = input.subarray(0, this.#left);
    this.#left -= raw.length;
    if (this.#left === 0) this.#state = 'record';
    return { kind: 'data', raw };
  }

  #number(input: Buffer, at: number): number {
    const number = Number(input.readBigUInt64LE(at));
    if (!Number.isSafeInteger(number)) throw this.#bad('a number in it is out of range');
    return number;
  }

  #bad(reason: string): DroverError {
    return new DroverError('BAD_INPUT', {
      object: this.#object,
      reason: `it is no stream of changes of an image: ${reason}`,
      remedy: 'send it again',
    });
  }
}

export function bannerBytes(): Buffer {
  return BANNER;
}

export function sizeBytes(bytes: number): Buffer {
  return numbers('s', bytes);
}

export function writeBytes(offset: number, length: number): Buffer {
  return numbers('w', offset, length);
}

export function zeroBytes(offset: number, length: number): Buffer {
  return numbers('z', offset, length);
}

export function endBytes(): Buffer {
  return Buffer.from('e');
}

function numbers(tag: string, ...values: readonly number[]): Buffer {
  const raw = Buffer.alloc(1 + 8 * values.length, tag);
  for (const [index, value] of values.entries()) raw.writeBigUInt64LE(BigInt(value), 1 + 8 * index);
  return raw;
}
