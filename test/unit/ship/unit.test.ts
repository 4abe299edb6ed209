import fc from 'fast-check';
import t from 'tap';
import {
  bannerBytes,
  DiffReader,
  endBytes,
  sizeBytes,
  UnitCutter,
  UnitReader,
  writeBytes,
  zeroBytes,
} from '../../../lib/ship/index.js';
import { codeOf } from '../../support/failure.js';

const SIZE = 64 * 1024;

interface Extent {
  readonly offset: number;
  readonly data: Uint8Array | number;
}

/** What `rbd export-diff` would print for these extents. */
function streamOf(extents: readonly Extent[], size = SIZE): Buffer {
  const name = Buffer.from('snap');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(name.length);
  return Buffer.concat([
    bannerBytes(),
    Buffer.from('t'),
    length,
    name,
    sizeBytes(size),
    ...extents.flatMap(({ offset, data }) =>
      typeof data === 'number' ? [zeroBytes(offset, data)] : [writeBytes(offset, data.length), data],
    ),
    endBytes(),
  ]);
}

/** What an image holds after a stream was applied to it. */
function applied(image: Buffer, stream: Uint8Array): Buffer {
  const result = Buffer.from(image);
  const reader = new DiffReader('a stream');
  let at = 0;
  for (const piece of reader.push(stream))
    if (piece.kind === 'write') at = piece.offset;
    else if (piece.kind === 'data') at += piece.raw.copy(result, at);
    else if (piece.kind === 'zero') result.fill(0, piece.offset, piece.offset + piece.length);
  reader.finish();
  return result;
}

async function* chunked(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    await Promise.resolve();
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const extents = fc
  .array(
    fc.record({
      gap: fc.nat(2000),
      length: fc.integer({ min: 1, max: 4000 }),
      zero: fc.boolean(),
      fill: fc.nat(255),
    }),
    {
      maxLength: 20,
    },
  )
  .map((parts) => {
    let at = 0;
    const list: Extent[] = [];
    for (const { gap, length, zero, fill } of parts) {
      const offset = at + gap;
      if (offset + length > SIZE) break;
      list.push({ offset, data: zero ? length : Buffer.alloc(length, fill) });
      at = offset + length;
    }
    return list;
  });
const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });

void t.test(
  'whatever is cut wherever: applied unit after unit it is the whole, from any break on',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        extents,
        lengths,
        fc.integer({ min: 20, max: 9000 }),
        fc.nat(30),
        async (list, cuts, unitBytes, breakAt) => {
          const stream = streamOf(list);
          const before = Buffer.alloc(SIZE, 0xee);
          const wanted = applied(before, stream);
          let image: Buffer = before;
          let cursor = 0;
          // Broken once, before the unit with this number has arrived.
          for (const last of [breakAt, Infinity]) {
            const cutter = new UnitCutter('an image', chunked(stream, cuts), cursor, unitBytes);
            let count = 0;
            for (let unit = await cutter.next(); unit !== undefined; unit = await cutter.next()) {
              const body = await collect(unit.chunks);
              if (count >= last) break;
              count += 1;
              const reader = new UnitReader('a unit', SIZE);
              image = applied(image, await collect(reader.stream(chunked(body, cuts))));
              if (reader.to !== unit.to()) throw new Error(`${reader.to} is not ${unit.to()}`);
              cursor = reader.to;
            }
            if (cursor === SIZE) break;
          }
          if (!image.equals(wanted)) throw new Error('the image differs');
        },
      ),
      { numRuns: 300 },
    );
  },
);

void t.test('D1: a unit that was damaged on its way is never completed', async (t) => {
  const stream = streamOf([
    { offset: 0, data: Buffer.from('hello') },
    { offset: 100, data: 50 },
  ]);
  const unit = await new UnitCutter('an image', chunked(stream, [7])).next();
  const body = await collect(unit?.chunks ?? chunked(Buffer.alloc(0), [1]));
  const accepts = async (bytes: Buffer) => {
    const reader = new UnitReader('a unit', SIZE);
    await collect(reader.stream(chunked(bytes, [11])));
    return reader.to;
  };
  t.equal(await accepts(body), SIZE);
  for (let at = 0; at < body.length; at += 1) {
    const damaged = Buffer.from(body);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    t.equal(await codeOf(accepts(damaged)), 'BAD_INPUT', `byte ${at}`);
    t.equal(await codeOf(accepts(body.subarray(0, at))), 'BAD_INPUT', `cut at ${at}`);
  }
  t.equal(await codeOf(accepts(Buffer.concat([body, Buffer.from('x')]))), 'BAD_INPUT');
});

void t.test('what a unit must not hold is refused before the end of it is given on', async (t) => {
  const refused = async (stream: Buffer) =>
    codeOf(collect(new UnitReader('a unit', SIZE).stream(chunked(stream, [64]))));
  t.equal(await refused(streamOf([])), 'BAD_INPUT', 'a name of a snapshot');
  const bare = (...parts: Uint8Array[]) =>
    Buffer.concat([bannerBytes(), ...parts, endBytes(), Buffer.alloc(12)]);
  t.equal(await refused(bare(sizeBytes(SIZE - 1))), 'BAD_INPUT', 'another size');
  t.equal(await refused(bare(sizeBytes(SIZE), zeroBytes(SIZE - 1, 2))), 'BAD_INPUT', 'beyond the end');
  t.equal(
    await refused(bare(sizeBytes(SIZE), zeroBytes(9, 1), zeroBytes(3, 1))),
    'BAD_INPUT',
    'out of order',
  );
  t.equal(await refused(bare(sizeBytes(SIZE), Buffer.from('x'))), 'BAD_INPUT', 'no record');
  t.equal(await refused(Buffer.from('rbd diff v2\n')), 'BAD_INPUT', 'another format');
});
