import t from 'tap';
import { DroverError } from '../../../lib/core/index.js';
import type { ImageStreams } from '../../../lib/ports/index.js';
import {
  bannerBytes,
  endBytes,
  isCheaperWhole,
  ship,
  type Sink,
  sizeBytes,
  UnitReader,
  writeBytes,
} from '../../../lib/ship/index.js';
import { SimClock, SimRandom } from '../../../lib/sim/index.js';
import { failure } from '../../support/failure.js';

const KIB = 1024;
const SIZE = 256 * KIB;
const IMAGE = { pool: 'vms', name: 'a' };
const CARGO = { image: IMAGE, snapshot: 's', bytes: SIZE };

/** A stream of changes of all of the image. */
async function* changes(): AsyncGenerator<Uint8Array> {
  yield Buffer.concat([bannerBytes(), sizeBytes(SIZE)]);
  for (let at = 0; at < SIZE; at += 64 * KIB) {
    yield Buffer.concat([writeBytes(at, 64 * KIB), Buffer.alloc(64 * KIB, at / KIB + 1)]);
    await Promise.resolve();
  }
  yield endBytes();
}

/** Ends only when it is given up, as a command that hangs. */
async function* hanging(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  yield await new Promise<Uint8Array>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Takes units as the other side does, and keeps how far they went. */
function receiver(): Sink & { cursor_: number | undefined; units: number } {
  const state = { cursor_: 0 as number | undefined, units: 0 };
  return Object.assign(state, {
    cursor: () => Promise.resolve(state.cursor_),
    async unit(_: number, from: number, chunks: AsyncIterable<Uint8Array>) {
      const reader = new UnitReader(`from ${from}`, SIZE);
      for await (const chunk of reader.stream(chunks)) void chunk;
      state.units += 1;
      state.cursor_ = reader.to >= SIZE ? undefined : reader.to;
      return reader.to;
    },
  });
}

function world(read: ImageStreams['read']) {
  const clock = new SimClock({ random: new SimRandom('ship') });
  const streams: Partial<ImageStreams> = { read, touchedBytes: () => Promise.resolve(SIZE) };
  return { clock, streams: streams as ImageStreams };
}

const signal = () => new AbortController().signal;

void t.test('a disk goes in units, and how much went is told', async (t) => {
  const parts = world(changes);
  const sink = receiver();
  const told: number[] = [];
  const sent = await parts.clock.settle(
    ship(parts, [CARGO], sink, {
      ...{ signal: signal(), unitBytes: 64 * KIB },
      progress: ({ done }) => told.push(done),
    }),
  );
  t.ok(sink.units > 1, `${sink.units} units`);
  t.equal(sink.cursor_, undefined, 'all of it');
  t.equal(told.at(-1), sent.bytes);
  t.ok(sent.bytes > SIZE);
});

void t.test('M61: without a rate nothing waits, however many units go and whoever is told', async (t) => {
  const parts = world(changes);
  const sink = receiver();
  const before = parts.clock.monotonic();
  let told = 0;
  await parts.clock.settle(
    ship(parts, [CARGO], sink, {
      ...{ signal: signal(), unitBytes: 64 * KIB },
      progress: () => {
        told += 1;
      },
    }),
  );
  t.ok(sink.units > 1 && told > 1, `${sink.units} units, told ${told} times`);
  t.equal(parts.clock.monotonic(), before, 'no time has passed');
});

void t.test('M65: the disks of a VM go at once, not one after the other', async (t) => {
  const parts = world(changes);
  const disks = ['a', 'b', 'c'].map((name) => ({ ...CARGO, image: { pool: 'vms', name } }));
  const sinks = disks.map(() => receiver());
  const begun = new Set<number>();
  let go: () => void = () => undefined;
  const allBegun = new Promise<void>((resolve) => (go = resolve));
  const sink: Sink = {
    cursor: (disk, wanted) => sinks[disk]!.cursor(disk, wanted),
    async unit(disk, from, chunks, wanted) {
      begun.add(disk);
      if (begun.size === disks.length) go();
      await allBegun;
      return await sinks[disk]!.unit(disk, from, chunks, wanted);
    },
  };
  await parts.clock.settle(ship(parts, disks, sink, { signal: signal() }));
  t.same(
    sinks.map(({ cursor_ }) => cursor_),
    [undefined, undefined, undefined],
    'all of each',
  );
});

void t.test('M66: bytes are listed, unless whole objects cost less than their list', async (t) => {
  const MIB = KIB ** 2;
  const rows = [
    ['one object of a small image', 4 * MIB, 64 * MIB, false],
    ['all of a small image', 64 * MIB, 64 * MIB, false],
    ['one object of a large image', 4 * MIB, KIB ** 4, true],
    ['half of a large image', KIB ** 4 / 2, KIB ** 4, false],
  ] as const;
  for (const [what, touched, bytes, whole] of rows) {
    const asked: unknown[] = [];
    const parts = world((_, __, options) => {
      asked.push(options.wholeObjects);
      return changes();
    });
    parts.streams.touchedBytes = () => Promise.resolve(touched);
    await parts.clock.settle(ship(parts, [{ ...CARGO, bytes }], receiver(), { signal: signal() }));
    t.same(asked, [whole], what);
    t.equal(isCheaperWhole(touched, bytes), whole, what);
  }
});

void t.test('no more than the rate in a second', async (t) => {
  const parts = world(changes);
  const before = parts.clock.monotonic();
  await parts.clock.settle(ship(parts, [CARGO], receiver(), { signal: signal(), rate: 64 * KIB }));
  const took = parts.clock.monotonic() - before;
  t.ok(took >= 4_000 && took < 5_000, `${took} ms for 256 KiB at 64 KiB a second`);
});

void t.test(
  'D4: a command that hangs before its first byte ends after a minute, and it is said',
  async (t) => {
    const parts = world((_, __, options) => hanging(options.signal));
    const error = await parts.clock.settle(failure(ship(parts, [CARGO], receiver(), { signal: signal() })));
    t.match(error, { code: 'DEADLINE', message: /vms\/a@s.*nothing of it has moved for 60 s/ });
  },
);

void t.test('M48: what breaks is gone on with from the last unit that arrived', async (t) => {
  const sink = receiver();
  let broken = 0;
  const parts = world(async function* () {
    let pieces = 0;
    for await (const piece of changes()) {
      pieces += 1;
      if (broken < 2 && pieces === 4) {
        broken += 1;
        throw new DroverError('STORAGE_UNREACHABLE', { object: 'rbd', reason: 'it was killed' });
      }
      yield piece;
    }
  });
  await parts.clock.settle(ship(parts, [CARGO], sink, { signal: signal(), unitBytes: 64 * KIB }));
  t.equal(broken, 2);
  t.equal(sink.cursor_, undefined);
});

void t.test('a break that lasts ends with what it is', async (t) => {
  const parts = world(() => {
    throw new DroverError('STORAGE_UNREACHABLE', { object: 'rbd', reason: 'no monitor' });
  });
  const before = parts.clock.monotonic();
  const error = await parts.clock.settle(failure(ship(parts, [CARGO], receiver(), { signal: signal() })));
  t.match(error, { code: 'STORAGE_UNREACHABLE', message: /no monitor/ });
  t.ok(parts.clock.monotonic() - before >= 120_000, 'after as long as a peer may be away');
});

void t.test('a cancel ends it at once', async (t) => {
  const parts = world((_, __, options) => hanging(options.signal));
  const before = parts.clock.monotonic();
  const wish = new AbortController();
  const ended = failure(ship(parts, [CARGO], receiver(), { signal: wish.signal }));
  parts.clock.after(500, () =>
    wish.abort(new DroverError('CANCELLED', { object: 'task', reason: 'on request' })),
  );
  t.match(await parts.clock.settle(ended), { code: 'CANCELLED' });
  t.equal(parts.clock.monotonic() - before, 500);
});
