import { DroverError, forEachOf, isDroverError, LIMITS, together } from '../core/index.js';
import type { Clock, ImageName, ImageStreams } from '../ports/index.js';
import { isBroken } from './broken.js';
import { UnitCutter } from './unit.js';

/** One disk of a point, on its way. */
export interface Cargo {
  readonly image: ImageName;
  readonly snapshot: string;
  /** The snapshot that the other side has already. */
  readonly from?: string;
  /** Size of the image at the snapshot. */
  readonly bytes: number;
}

/** Where units go to. */
export interface Sink {
  /** Up to which offset of a disk everything has arrived; undefined when all of it has. */
  cursor(disk: number, signal: AbortSignal): Promise<number | undefined>;
  /** Takes one unit, and returns how far it went, once the other side has it for good. */
  unit(disk: number, from: number, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>;
}

export interface ShipWorld {
  readonly streams: ImageStreams;
  readonly clock: Clock;
}

export interface ShipOptions {
  readonly signal: AbortSignal;
  /** Bytes a second; default: as fast as it goes. */
  readonly rate?: number;
  /** Told how many bytes went out, and how many there are at most. */
  readonly progress?: (bytes: { readonly done: number; readonly total: number }) => void;
  readonly unitBytes?: number;
}

/** Disks at once: more streams would only share the same OSDs. */
const DISKS = 4;
/** Bytes a millisecond that a list of all bytes is made with, and that whole objects are moved with. */
const SCAN_BYTES_PER_MS = 80 * 1024 * 1024;
const MOVE_BYTES_PER_MS = 250 * 1024;

/**
 * Sends all disks of a point. Goes on by itself after a break, from the last unit that arrived; fails when nothing has
 * moved for `LIMITS.shipStallMs`, or the other side cannot be reached for as long.
 */
export async function ship(
  world: ShipWorld,
  disks: readonly Cargo[],
  sink: Sink,
  options: ShipOptions,
): Promise<{ readonly bytes: number }> {
  const lists = await together(
    disks.map((disk) => world.streams.touchedBytes(disk.image, disk.snapshot, disk.from, options)),
  );
  const meter = new Meter(
    world.clock,
    lists.reduce((sum, bytes) => sum + bytes, 0),
    options,
  );
  await forEachOf(disks, DISKS, async (cargo, disk) => {
    const wholeObjects = isCheaperWhole(lists[disk] ?? 0, cargo.bytes);
    await sendDisk(world, { cargo, disk, wholeObjects }, sink, meter, options);
  });
  return { bytes: meter.done };
}

/**
 * Whether whole objects are cheaper than a list of bytes: that has to read the map of every object, which for a large
 * image takes longer than to move what is listed too much.
 */
export function isCheaperWhole(touched: number, imageBytes: number): boolean {
  return touched / MOVE_BYTES_PER_MS < imageBytes / SCAN_BYTES_PER_MS;
}

async function sendDisk(
  { streams, clock }: ShipWorld,
  {
    cargo,
    disk,
    wholeObjects,
  }: { readonly cargo: Cargo; readonly disk: number; readonly wholeObjects: boolean },
  sink: Sink,
  meter: Meter,
  options: ShipOptions,
): Promise<void> {
  const { image, snapshot, from } = cargo;
  const object = `${image.pool}/${image.name}@${snapshot}`;
  let broken: number | undefined;
  let pauseMs: number = LIMITS.shipRetryFirstMs;
  for (;;) {
    const attempt = { moved: false };
    try {
      const cursor = await sink.cursor(disk, options.signal);
      if (cursor === undefined) return;
      await meter.watch(object, async (signal) => {
        const source = streams.read(image, snapshot, {
          wholeObjects,
          signal,
          ...(from === undefined ? {} : { from }),
        });
        const cutter = new UnitCutter(object, source, cursor, options.unitBytes);
        try {
          let at = cursor;
          for (let unit = await cutter.next(); unit !== undefined; unit = await cutter.next()) {
            const reached = await sink.unit(disk, at, meter.through(unit.chunks, signal), signal);
            if (reached !== unit.to())
              throw new DroverError('INTERNAL', {
                object,
                reason: `a unit went up to ${unit.to()}, and ${reached} is said to have arrived`,
              });
            at = reached;
            attempt.moved = true;
          }
        } finally {
          await cutter.close();
        }
      });
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!mayTryAgain(error)) throw error;
      if (attempt.moved) broken = undefined;
      broken ??= clock.monotonic();
      if (clock.monotonic() - broken > LIMITS.shipLostMs) throw error;
      pauseMs = attempt.moved ? LIMITS.shipRetryFirstMs : Math.min(2 * pauseMs, LIMITS.shipRetryLastMs);
      await clock.sleep(pauseMs, options.signal);
    }
  }
}

/** What arrived was broken, or Ceph did not answer, as when its command is killed: neither has to last. */
function mayTryAgain(error: unknown): boolean {
  return isBroken(error) || isDroverError(error, 'BAD_INPUT', 'STORAGE_UNREACHABLE');
}

/** Counts what goes out, holds it back at a rate, and ends what does not move any more. */
class Meter {
  done = 0;
  readonly #clock: Clock;
  readonly #total: number;
  readonly #options: ShipOptions;
  readonly #began: number;

  constructor(clock: Clock, total: number, options: ShipOptions) {
    this.#clock = clock;
    this.#total = total;
    this.#options = options;
    this.#began = clock.monotonic();
  }

  async *through(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { rate, progress } = this.#options;
    for await (const chunk of chunks) {
      yield chunk;
      this.done += chunk.length;
      progress?.({ done: this.done, total: Math.max(this.#total, this.done) });
      if (rate === undefined) continue;
      const ahead = (this.done / rate) * 1_000 - (this.#clock.monotonic() - this.#began);
      if (ahead > 0) await this.#clock.sleep(ahead, signal);
    }
  }

  /** Ends `work` with DEADLINE when nothing has gone out for too long. */
  async watch<T>(object: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stalled = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stalled.signal]);
    let seen = this.done;
    let alarm: { cancel(): void } | undefined;
    const arm = () => {
      alarm = this.#clock.after(LIMITS.shipStallMs, () => {
        if (this.done === seen) stalled.abort(standsStill(object));
        else arm();
        seen = this.done;
      });
    };
    arm();
    try {
      return await work(signal);
    } catch (error) {
      throw stalled.signal.aborted ? stalled.signal.reason : error;
    } finally {
      alarm?.cancel();
    }
  }
}

function standsStill(object: string): DroverError {
  return new DroverError('DEADLINE', {
    object,
    reason: `nothing of it has moved for ${LIMITS.shipStallMs / 1_000} s`,
    remedy:
      'look at the free space of the pool there and at the network between; a full pool makes Ceph wait for ever',
  });
}
