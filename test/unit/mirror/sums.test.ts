import fc from 'fast-check';
import t from 'tap';
import { HostClock } from '../../../lib/adapters/host/index.js';
import { firstDifference, RangeSums } from '../../../lib/mirror/sums.js';
import { bannerBytes, endBytes, sizeBytes, writeBytes, zeroBytes } from '../../../lib/ship/index.js';
import type { SumLine } from '../../../schemas/mirror-wire.js';

const RANGE = 64 * 1024;
const SIZE = 5 * RANGE + 5000;

/** What `rbd export-diff` may print for these bytes: in extents of these lengths, each written, or left out when it is zero. */
function streamOf(image: Buffer, lengths: readonly number[], leaveOut: readonly boolean[]): Buffer {
  const parts: Uint8Array[] = [bannerBytes(), sizeBytes(image.length)];
  let at = 0;
  for (let turn = 0; at < image.length; turn += 1) {
    const data = image.subarray(at, at + (lengths[turn % lengths.length] ?? 1));
    const isZero = data.every((byte) => byte === 0);
    if (!isZero || leaveOut[turn % leaveOut.length] === false) parts.push(writeBytes(at, data.length), data);
    else if (turn % 2 === 0) parts.push(zeroBytes(at, data.length));
    at += data.length;
  }
  return Buffer.concat([...parts, endBytes()]);
}

function sumsOf(stream: Buffer, cuts: readonly number[]): unknown {
  const sums = new RangeSums('an image', RANGE);
  const all = [];
  let at = 0;
  for (let turn = 0; at < stream.length; turn += 1) {
    const length = cuts[turn % cuts.length] ?? 1;
    all.push(...sums.push(stream.subarray(at, at + length)));
    at += length;
  }
  return [...all, ...sums.finish()];
}

const image = fc
  .array(
    fc.record({
      at: fc.nat(SIZE - 1),
      length: fc.integer({ min: 1, max: 20_000 }),
      fill: fc.nat(3),
    }),
    { maxLength: 8 },
  )
  .map((writes) => {
    const bytes = Buffer.alloc(SIZE);
    for (const { at, length, fill } of writes) bytes.fill(fill, at, Math.min(SIZE, at + length));
    return bytes;
  });
const lengths = fc.array(fc.integer({ min: 300, max: 30_000 }), { minLength: 1, maxLength: 5 });
const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });

void t.test('the same bytes have the same sums, however they come and whatever of their zeroes does', (t) => {
  fc.assert(
    fc.property(image, lengths, lengths, flags, lengths, lengths, flags, (bytes, ...how) => {
      const [one, cuts, out, other, otherCuts, otherOut] = how;
      t.same(sumsOf(streamOf(bytes, one, out), cuts), sumsOf(streamOf(bytes, other, otherOut), otherCuts));
    }),
    { numRuns: 200 },
  );
  t.end();
});

void t.test('one byte that differs changes the sum of its range alone', (t) => {
  fc.assert(
    fc.property(image, fc.nat(SIZE - 1), lengths, flags, (bytes, at, cuts, out) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const byRange = (of: Buffer) =>
        new Map(
          (sumsOf(streamOf(of, cuts, out), cuts) as { at: number; sum: string }[]).map((s) => [s.at, s.sum]),
        );
      const [before, after] = [byRange(bytes), byRange(changed)];
      const ranges = Array.from({ length: 6 }, (_, index) => index * RANGE);
      const differ = ranges.filter((range) => before.get(range) !== after.get(range));
      t.same(differ, [at - (at % RANGE)]);
    }),
    { numRuns: 200 },
  );
  t.end();
});

void t.test('blocks that change their places are seen, and zeroes have no sum', (t) => {
  const bytes = Buffer.alloc(SIZE);
  bytes.fill(7, 4096, 8192);
  const moved = Buffer.alloc(SIZE);
  moved.fill(7, 8192, 12_288);
  t.notSame(sumsOf(streamOf(bytes, [4096], [true]), [999]), sumsOf(streamOf(moved, [4096], [true]), [999]));
  t.same(sumsOf(streamOf(Buffer.alloc(SIZE), [4096], [false]), [999]), []);
  t.end();
});

void t.test('a stream that is cut, or out of order, has no sums', (t) => {
  const stream = streamOf(Buffer.alloc(SIZE, 1), [4096], [true]);
  t.throws(() => sumsOf(stream.subarray(0, -1), [5000]), { code: 'BAD_INPUT' });
  const late = Buffer.concat([bannerBytes(), sizeBytes(SIZE), zeroBytes(9, 1), zeroBytes(3, 1), endBytes()]);
  t.throws(() => sumsOf(late, [5000]), { code: 'STORAGE_REFUSED' });
  t.end();
});

const sum = (at: number, letter = 'a'): SumLine => ({ at, sum: letter.repeat(64) });

async function* lines(all: readonly SumLine[], last?: Error): AsyncGenerator<SumLine> {
  for (const line of all) {
    await Promise.resolve();
    yield line;
  }
  if (last !== undefined) throw last;
}

void t.test(
  'the first range that differs is told: another sum, one more, one less, another size',
  async (t) => {
    const how = { wanted: new AbortController().signal, clock: new HostClock(), object: 'sums' };
    const size = { size: 900 };
    const first = (ours: SumLine[], theirs: SumLine[]) =>
      firstDifference(
        () => lines(ours),
        () => lines(theirs),
        how,
      );
    t.equal(await first([size, sum(0), sum(64)], [size, sum(0), { read: 1, of: 2 }, sum(64)]), undefined);
    t.equal(await first([size, sum(0), sum(64)], [size, sum(0), sum(64, 'b')]), 64);
    t.equal(await first([size, sum(0), sum(64)], [size, sum(64)]), 0);
    t.equal(await first([size, sum(64)], [size, sum(64), sum(128)]), 128);
    t.equal(await first([size, sum(64)], [{ size: 901 }, sum(64)]), 900);
    const broken = firstDifference(
      () => lines([size, sum(0)]),
      () => lines([size], new Error('the way is broken')),
      how,
    );
    await t.rejects(broken, { message: 'the way is broken' }, 'nothing is concluded from half an answer');
    const cancelled = new AbortController();
    const never = (signal: AbortSignal) =>
      (async function* () {
        yield size;
        await how.clock.sleep(60_000, signal);
      })();
    setImmediate(() => cancelled.abort(new Error('enough')));
    const wanted = cancelled.signal;
    await t.rejects(firstDifference(never, never, { ...how, wanted }), { message: 'enough' });
  },
);
