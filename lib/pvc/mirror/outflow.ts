import { DiffReader } from '../../ship/index.js';
import { partHead } from './parts.js';
import { endOf, Gatherer, type Stretch } from './stretch.js';

/** Zeroes in one piece at most. */
const ZEROES = Buffer.alloc(1024 * 1024);
/** What one request with changes carries: it is held in memory, once for each disk that is sent at the same time. */
const REQUEST_BYTES = 8 * 1024 * 1024;

/** What a unit of ours changes, in the order of the image: zeroes are bytes as all others, for PVC has no other word (M2). */
export async function* stretchesOf(object: string, unit: AsyncIterable<Uint8Array>): AsyncGenerator<Stretch> {
  const reader = new DiffReader(object);
  let gatherer = new Gatherer(0);
  for await (const chunk of unit)
    // What follows the end is the trailer: for this side of the way there is none, TCP has sums of its own.
    for (const piece of reader.ended ? [] : reader.push(chunk)) {
      if (piece.kind === 'write' || piece.kind === 'zero') {
        yield* gatherer.flush();
        gatherer = new Gatherer(piece.offset);
      }
      if (piece.kind === 'data') yield* gatherer.push(piece.raw);
      if (piece.kind === 'zero') yield* zeroes(piece.offset, piece.offset + piece.length);
    }
  reader.finish();
  yield* gatherer.flush();
}

/** All bytes of an image of `size` bytes: what the unit leaves out is zero. */
export async function* wholeOf(
  object: string,
  unit: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const stretch of stretchesOf(object, unit)) {
    for (const { bytes } of zeroes(at, stretch.offset)) yield bytes;
    yield stretch.bytes;
    at = endOf(stretch);
  }
  for (const { bytes } of zeroes(at, size)) yield bytes;
}

/** One body of `multipart/form-data`. */
export interface Parts {
  readonly type: string;
  readonly body: Buffer;
}

/** The changes of a unit as requests, each of whole parts; none when nothing has changed. */
export async function* requestsOf(
  object: string,
  unit: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<Parts> {
  let parts: Stretch[] = [];
  let bytes = 0;
  for await (const stretch of stretchesOf(object, unit)) {
    parts.push(stretch);
    bytes += stretch.bytes.length;
    if (bytes < REQUEST_BYTES) continue;
    yield requestOf(parts, boundary);
    [parts, bytes] = [[], 0];
  }
  if (parts.length > 0) yield requestOf(parts, boundary);
}

/** Names count from nought in each request, as PVC reads them. */
function requestOf(parts: readonly Stretch[], boundary: string): Parts {
  const pieces = parts.flatMap(({ offset, bytes }, at) => {
    const name = `object_${at}`;
    const head =
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n';
    return [Buffer.from(head), partHead(offset, bytes.length), bytes, Buffer.from('\r\n')];
  });
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

function* zeroes(from: number, to: number): Generator<Stretch> {
  for (let at = from; at < to; at += ZEROES.length)
    yield { offset: at, bytes: ZEROES.subarray(0, Math.min(ZEROES.length, to - at)) };
}
