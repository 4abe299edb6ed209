import { DroverError, hexId } from '../../core/index.js';
import type { ImageName, Watcher } from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimRandom } from '../random.js';

/** Somebody has an image open. */
export interface Opened {
  /** Ends it in good order. */
  close(): void;
  /** The client died: Ceph learns it only by its watch timeout. */
  die(): void;
}

interface Watch extends Watcher {
  /** The client is shut out. */
  lost(): void;
}

/** What an image holds, as far as anyone asks: a word for each version of its data. */
export interface SimSnapshot {
  readonly id: string;
  readonly bytes: number;
  readonly data: string;
}

export interface SimImage {
  readonly id: string;
  bytes: number;
  /** Changes whenever somebody writes. */
  data: string;
  readonly snapshots: Map<string, SimSnapshot>;
  readonly watches: Set<Watch>;
}

interface TrashedImage {
  readonly image: SimImage;
  readonly name: string;
  readonly untilMs: number;
}

interface SimPool {
  readonly images: Map<string, SimImage>;
  readonly trash: Map<string, TrashedImage>;
}

/** What a cluster keeps: pools of images, who has them open, and who is shut out. */
export class SimImages {
  readonly pools = new Map<string, SimPool>();
  readonly #clock: SimClock;
  readonly #random: SimRandom;
  readonly #watchTimeoutMs: number;
  /** Address → until when, in virtual time. */
  readonly #blocked = new Map<string, number>();
  #clients = 4_000;
  #snapshots = 0;

  constructor(clock: SimClock, random: SimRandom, watchTimeoutMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#watchTimeoutMs = watchTimeoutMs;
  }

  addPool(name: string): void {
    this.pools.set(name, { images: new Map(), trash: new Map() });
  }

  /** NOT_FOUND for a missing pool, BAD_INPUT for a name that none can have. */
  pool(name: string): SimPool {
    const pool = this.pools.get(name);
    if (pool !== undefined) return pool;
    if (!/^[^-\p{C}/@][^\p{C}/@]*$/u.test(name)) throw badName(`pool ${name}`);
    throw new DroverError('NOT_FOUND', { object: `pool ${name}`, reason: 'error opening pool: (2)' });
  }

  find({ pool, name }: ImageName): SimImage | undefined {
    if (!/^[^\p{C}/@]+$/u.test(name)) throw badName(`image ${name}`);
    return this.pool(pool).images.get(name);
  }

  get(name: ImageName): SimImage {
    const image = this.find(name);
    if (image !== undefined) return image;
    throw new DroverError('NOT_FOUND', { object: objectOf(name), reason: 'error opening image: (2)' });
  }

  /** Fails with STORAGE_EXISTS. */
  add(name: ImageName, bytes: number): void {
    if (!Number.isSafeInteger(bytes) || bytes <= 0)
      throw new DroverError('BAD_INPUT', { object: objectOf(name), reason: `${bytes} is no size` });
    this.place(name, {
      id: hexId(this.#random, 12),
      bytes,
      data: '',
      snapshots: new Map(),
      watches: new Set(),
    });
  }

  /** Ceph numbers the snapshots of a pool; here those of all pools. */
  nextSnapshot(): string {
    this.#snapshots += 1;
    return String(this.#snapshots);
  }

  place(name: ImageName, image: SimImage): void {
    if (this.find(name) !== undefined)
      throw new DroverError('STORAGE_EXISTS', { object: objectOf(name), reason: '(17) File exists' });
    this.pool(name.pool).images.set(name.name, image);
  }

  /**
   * A client at `ip` opens an image. Fails with NOT_FOUND, or STORAGE_UNREACHABLE when it is shut out.
   *
   * @param lost called once when the client is shut out while it has the image open
   */
  open(name: ImageName, ip: string, lost: () => void): Opened {
    this.admit(ip);
    const image = this.get(name);
    this.#clients += 1;
    const watch: Watch = {
      address: `${ip}:0/${this.#random.uint32()}`,
      client: String(this.#clients),
      cookie: String(this.#random.uint32()),
      lost,
    };
    image.watches.add(watch);
    const close = () => void image.watches.delete(watch);
    return { close, die: () => void this.#clock.schedule(this.#watchTimeoutMs, close) };
  }

  /** Fails when the clients of this address are shut out. */
  admit(ip: string): void {
    if (!this.blocked().includes(ip)) return;
    const reason = '(108) Cannot send after transport endpoint shutdown';
    throw new DroverError('STORAGE_UNREACHABLE', { object: `client ${ip}`, reason });
  }

  block(address: string, seconds: number): void {
    this.#blocked.set(address, this.#clock.monotonic() + seconds * 1000);
    for (const { images } of this.pools.values())
      for (const { watches } of images.values())
        for (const watch of [...watches])
          if (watch.address === address || ipOf(watch.address) === address) {
            watches.delete(watch);
            watch.lost();
          }
  }

  unblock(address: string): void {
    this.#blocked.delete(address);
  }

  blocked(): string[] {
    const now = this.#clock.monotonic();
    return [...this.#blocked].filter(([, until]) => until > now).map(([address]) => address);
  }
}

export function objectOf({ pool, name }: ImageName): string {
  return `image ${pool}/${name}`;
}

function ipOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

function badName(object: string): DroverError {
  return new DroverError('BAD_INPUT', { object, reason: 'no such thing can be called so' });
}
