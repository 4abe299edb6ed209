import { crc32 } from 'node:zlib';
import { bannerBytes, endBytes, sizeBytes } from './diff.js';

/** Up to which offset of the image a unit goes (64 bits), and the CRC-32 of all that came before (32 bits), little endian. */
export const TRAILER_BYTES = 12;

/** What a unit ends with, for the sum of all its bytes so far. */
export function trailerOf(to: number, sum: number): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeBigUInt64LE(BigInt(to), 0);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 8), sum), 8);
  return trailer;
}

/**
 * One unit of whole records, for an image that is to measure `size` bytes.
 *
 * @param to how far it goes; asked once the records have ended
 */
export async function* framed(
  size: number,
  records: AsyncIterable<Buffer>,
  to: () => number,
): AsyncGenerator<Buffer> {
  let sum = 0;
  const summed = (raw: Buffer) => {
    sum = crc32(raw, sum);
    return raw;
  };
  yield summed(Buffer.concat([bannerBytes(), sizeBytes(size)]));
  for await (const raw of records) yield summed(raw);
  const end = summed(endBytes());
  yield Buffer.concat([end, trailerOf(to(), sum)]);
}
