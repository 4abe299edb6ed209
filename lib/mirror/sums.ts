import { createHash, type Hash } from 'node:crypto';
import type { SumLine } from '../../schemas/mirror-wire.js';
import { DroverError, LIMITS } from '../core/index.js';
import type { Clock, ImageName, ImageStreams } from '../ports/index.js';
import { DiffReader, isCheaperWhole } from '../ship/index.js';

/** How much of an image one sum is about. */
export const RANGE_BYTES = 64 * 1024 * 1024;
/** What is zero all over within a block of this size counts as not there. Divides {@link RANGE_BYTES}. */
const BLOCK_BYTES = 4096;
const ZERO = Buffer.alloc(BLOCK_BYTES);

export interface RangeSum {
  /** Where the range begins. */
  readonly at: number;
  readonly sum: string;
}

/**
 * Sums of what an image holds, range by range, from its stream of changes since nothing. Two images of the same bytes have
 * the same sums, however their streams are cut, and whatever of their zeroes was written, discarded or never there: a sum is
 * the SHA-256 of all blocks of the range that are not zero, followed by a map of which these are, one bit each. A range of
 * zeroes has none. Holds one block and one map, whatever the size of the image.
 */
export class RangeSums {
  readonly #object: string;
  readonly #reader: DiffReader;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  readonly #rangeBytes: number;
  readonly #map: Buffer;
  /** Where the block begins that has come in part. */
  #blockAt: number | undefined;
  #range = 0;
  #hash: Hash | undefined;
  #at = 0;
  #size: number | undefined;
  #done: RangeSum[] = [];

  /** @param object what errors are about */
  constructor(object: string, rangeBytes = RANGE_BYTES) {
    this.#object = object;
    this.#rangeBytes = rangeBytes;
    this.#map = Buffer.alloc(rangeBytes / BLOCK_BYTES / 8);
    this.#reader = new DiffReader(object);
  }

  /** Of the image; undefined until it has come. */
  get size(): number | undefined {
    return this.#size;
  }

  /** The sums that are complete with this chunk. */
  push(chunk: Uint8Array): readonly RangeSum[] {
    for (const piece of this.#reader.push(chunk)) {
      if (piece.kind === 'size') this.#size = piece.bytes;
      else if (piece.kind === 'write') this.#goTo(piece.offset, piece.length);
      else if (piece.kind === 'data') this.#take(piece.raw);
      else if (piece.kind === 'zero') {
        this.#goTo(piece.offset, piece.length);
        this.#at += piece.length;
      }
    }
    return this.#taken();
  }

  /** The last ones. BAD_INPUT unless the stream has come to its end. */
  finish(): readonly RangeSum[] {
    this.#reader.finish();
    this.#closeBlock();
    this.#closeRange();
    return this.#taken();
  }

  #taken(): readonly RangeSum[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #goTo(offset: number, length: number): void {
    if (offset < this.#at || offset + length > (this.#size ?? 0))
      throw new DroverError('STORAGE_REFUSED', {
        object: this.#object,
        reason: `what it holds is told out of order: ${length} bytes at ${offset}`,
      });
    this.#at = offset;
  }

  #take(raw: Buffer): void {
    let data = raw;
    while (data.length > 0) {
      const within = this.#at % BLOCK_BYTES;
      const part = Math.min(data.length, BLOCK_BYTES - within);
      // Whole blocks are looked at where they lie.
      const bytes =
        part < BLOCK_BYTES ? this.#takePart(within, data.subarray(0, part)) : this.#takeWhole(data);
      this.#at += bytes;
      data = data.subarray(bytes);
    }
  }

  #takePart(within: number, data: Buffer): number {
    const blockAt = this.#at - within;
    if (this.#blockAt !== blockAt) this.#closeBlock();
    this.#blockAt = blockAt;
    data.copy(this.#block, within);
    return data.length;
  }

  #takeWhole(data: Buffer): number {
    this.#closeBlock();
    const left = this.#rangeBytes - (this.#at % this.#rangeBytes);
    const bytes = Math.min(data.length - (data.length % BLOCK_BYTES), left);
    this.#add(this.#at, data.subarray(0, bytes));
    return bytes;
  }

  #closeBlock(): void {
    if (this.#blockAt === undefined) return;
    this.#add(this.#blockAt, this.#block);
    this.#block.fill(0);
    this.#blockAt = undefined;
  }

  /** Whole blocks of one range. */
  #add(at: number, blocks: Buffer): void {
    const range = at - (at % this.#rangeBytes);
    if (range !== this.#range) this.#closeRange();
    this.#range = range;
    let begin = 0;
    for (let end = 0; end < blocks.length; end += BLOCK_BYTES) {
      if (blocks.compare(ZERO, 0, BLOCK_BYTES, end, end + BLOCK_BYTES) === 0) {
        this.#update(blocks.subarray(begin, end));
        begin = end + BLOCK_BYTES;
        continue;
      }
      const index = (at - range + end) / BLOCK_BYTES;
      this.#map[index >> 3] = (this.#map[index >> 3] ?? 0) | (1 << (index & 7));
    }
    this.#update(blocks.subarray(begin));
  }

  #update(blocks: Buffer): void {
    if (blocks.length === 0) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(blocks);
  }

  #closeRange(): void {
    if (this.#hash === undefined) return;
    this.#done.push({ at: this.#range, sum: this.#hash.update(this.#map).digest('hex') });
    this.#hash = undefined;
    this.#map.fill(0);
  }
}

/** Between two lines about nothing but how far it is. */
const TOLD_MS = 5_000;

/**
 * Reads what an image is at a snapshot and tells its sums: the size first, then those of every range that is not zero, in
 * order, and in between, so that nobody takes silence for an end, how much was read.
 */
export async function* sumsOf(
  { streams, clock }: { readonly streams: ImageStreams; readonly clock: Clock },
  {
    image,
    snapshot,
    bytes,
  }: { readonly image: ImageName; readonly snapshot: string; readonly bytes: number },
  { rate, signal }: { readonly rate?: number | undefined; readonly signal: AbortSignal },
): AsyncGenerator<SumLine> {
  const object = `${image.pool}/${image.name}@${snapshot}`;
  const of = await streams.touchedBytes(image, snapshot, undefined, { signal });
  const sums = new RangeSums(object);
  const began = clock.monotonic();
  let [read, told] = [0, began];
  yield { size: bytes };
  const wholeObjects = isCheaperWhole(of, bytes);
  const chunks = attended(clock, object, signal, (watched) =>
    streams.read(image, snapshot, { wholeObjects, signal: watched }),
  );
  for await (const chunk of chunks) {
    yield* sums.push(chunk);
    read += chunk.length;
    if (clock.monotonic() - told >= TOLD_MS) {
      told = clock.monotonic();
      yield { read, of: Math.max(read, of) };
    }
    if (rate === undefined) continue;
    const ahead = (read / rate) * 1_000 - (clock.monotonic() - began);
    if (ahead > 0) await clock.sleep(ahead, signal);
  }
  yield* sums.finish();
  if (sums.size !== bytes)
    throw new DroverError('STORAGE_REFUSED', {
      object,
      reason: `it measures ${sums.size ?? 0} bytes, and its point says ${bytes}`,
    });
  yield { read, of: read };
}

/** Hands on what comes, and ends with DEADLINE what does not come any more. */
export async function* attended<T>(
  clock: Clock,
  object: string,
  wanted: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const stalled = new AbortController();
  const source = open(AbortSignal.any([wanted, stalled.signal]))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const alarm = clock.after(LIMITS.shipStallMs, () => stalled.abort(standsStill(object)));
      const next = await source.next().finally(() => alarm.cancel());
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    await source.return?.();
  }
}

function standsStill(object: string): DroverError {
  return new DroverError('DEADLINE', {
    object,
    reason: `nothing of it could be read for ${LIMITS.shipStallMs / 1_000} s`,
    remedy: 'look at the health of Ceph there, then ask again',
  });
}

/**
 * Where two images differ first: where the range begins, or undefined when they are equal. What stands in the way of either
 * reading is thrown; `theirs`, which comes from afar, ends with DEADLINE when nothing of it comes any more.
 */
export async function firstDifference(
  ours: (signal: AbortSignal) => AsyncIterable<SumLine>,
  theirs: (signal: AbortSignal) => AsyncIterable<SumLine>,
  { wanted, clock, object }: { readonly wanted: AbortSignal; readonly clock: Clock; readonly object: string },
  told: (read: { readonly read: number; readonly of: number }) => void = () => undefined,
): Promise<number | undefined> {
  const over = new AbortController();
  const signal = AbortSignal.any([wanted, over.signal]);
  const here = ours(signal)[Symbol.asyncIterator]();
  const there = attended(clock, object, signal, theirs)[Symbol.asyncIterator]();
  try {
    for (;;) {
      // At once: the other side reads while we do.
      const [mine, its] = await Promise.all([nextSum(here, told), nextSum(there)]);
      if (mine === undefined && its === undefined) return undefined;
      if (mine?.at === its?.at && mine?.sum === its?.sum) continue;
      return Math.min(mine?.at ?? Infinity, its?.at ?? Infinity);
    }
  } finally {
    // Whichever still reads is not waited for.
    over.abort(new DroverError('CANCELLED', { object: 'comparison', reason: 'it is over' }));
    await Promise.all([here.return?.(undefined), there.return(undefined)]);
  }
}

/** A size counts as a range that begins at its end: one that differs is a difference there. */
async function nextSum(
  lines: AsyncIterator<SumLine>,
  told: (read: { readonly read: number; readonly of: number }) => void = () => undefined,
): Promise<RangeSum | undefined> {
  for (;;) {
    const line = await lines.next();
    if (line.done === true) return undefined;
    if ('sum' in line.value) return line.value;
    if ('size' in line.value) return { at: line.value.size, sum: 'size' };
    told(line.value);
  }
}
