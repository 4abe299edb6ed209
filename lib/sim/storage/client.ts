import { DroverError, LIMITS } from '../../core/index.js';
import type {
  Image,
  ImageName,
  ImageSnapshot,
  Pool,
  Storage,
  StorageCall,
  StorageReport,
  Trashed,
  Watcher,
} from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import type { Reply, SimServer } from '../server.js';
import { objectOf, type SimImage, type SimImages, type SimSnapshot } from './images.js';

export interface SimStorageParts {
  readonly server: SimServer;
  readonly images: SimImages;
  readonly clock: SimClock;
  readonly process: SimProcess;
  readonly address: string;
}

const FEATURES = ['layering', 'exclusive-lock', 'object-map', 'fast-diff', 'deep-flatten'];
const ADDRESS =
  /^(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}\/\d+)?|[0-9a-f:]*::[0-9a-f:]*|\[[0-9a-f:]+\]:\d{1,5}\/\d+)$/i;
const COPY_BYTES_PER_MS = 300_000;
const POOL_BYTES = 2 ** 40;

/** The disks of a simulated cluster, for one process. Each call does what it does at one moment. */
export class SimStorage implements Storage {
  readonly #parts: SimStorageParts;

  constructor(parts: SimStorageParts) {
    this.#parts = parts;
  }

  image(name: ImageName, options?: StorageCall): Promise<Image | undefined> {
    return this.#read(objectOf(name), options, (images) => {
      const image = images.find(name);
      return image && shown(name.name, image);
    });
  }

  images(pool: string, options?: StorageCall): Promise<readonly string[]> {
    return this.#read(`pool ${pool}`, options, (images) => [...images.pool(pool).images.keys()].sort());
  }

  create(name: ImageName, bytes: number, options?: StorageCall): Promise<void> {
    return this.#change(objectOf(name), options, (images) => images.add(name, bytes));
  }

  grow(name: ImageName, bytes: number, options?: StorageCall): Promise<void> {
    return this.#change(objectOf(name), options, (images) => {
      const image = images.get(name);
      if (!Number.isSafeInteger(bytes) || bytes <= 0) throw badNumber(objectOf(name), bytes);
      if (bytes < image.bytes)
        throw refused(objectOf(name), 'shrinking an image is only allowed with a flag');
      image.bytes = bytes;
    });
  }

  rename(pool: string, from: string, to: string, options?: StorageCall): Promise<void> {
    return this.#change(objectOf({ pool, name: from }), options, (images) => {
      images.place({ pool, name: to }, images.get({ pool, name: from }));
      images.pool(pool).images.delete(from);
    });
  }

  /** The copy is there, as long as it takes to fill it, before the call ends. */
  copy(from: ImageName, to: ImageName, options?: StorageCall): Promise<void> {
    const { server, process, images, clock, address } = this.#parts;
    return server.ask<undefined>(process, {
      ...this.#request(objectOf(from), options),
      change: true,
      serve: (reply) => {
        images.admit(address);
        const { bytes } = images.get(from);
        images.add(to, bytes);
        clock.schedule(bytes / COPY_BYTES_PER_MS, () => reply.answer(undefined));
      },
    });
  }

  trash(
    name: ImageName,
    keepSeconds: number,
    options?: StorageCall & { readonly id?: string },
  ): Promise<string> {
    const object = objectOf(name);
    return this.#change(object, options, (images) => {
      if (!Number.isSafeInteger(keepSeconds) || keepSeconds <= 0) throw badNumber(object, keepSeconds);
      const image = images.get(name);
      if (options?.id !== undefined && options.id !== image.id)
        throw refused(object, `it is image ${image.id}, not ${options.id}`);
      const [watch] = image.watches;
      if (watch !== undefined) throw refused(object, `${watch.address} has it open`);
      const pool = images.pool(name.pool);
      pool.images.delete(name.name);
      const untilMs = this.#parts.clock.now() + keepSeconds * 1000;
      pool.trash.set(image.id, { image, name: name.name, untilMs });
      return image.id;
    });
  }

  trashed(pool: string, options?: StorageCall): Promise<readonly Trashed[]> {
    return this.#read(`trash of pool ${pool}`, options, (images) =>
      [...images.pool(pool).trash].map(([id, { name, untilMs }]) => ({
        id,
        name,
        until: new Date(untilMs).toISOString(),
      })),
    );
  }

  restore(pool: string, id: string, options?: StorageCall): Promise<void> {
    const object = `image ${id} in the trash of pool ${pool}`;
    return this.#change(object, options, (images) => {
      if (!/^[0-9a-f]+$/.test(id)) throw new DroverError('BAD_INPUT', { object, reason: 'an id is hex' });
      const trashed = images.pool(pool).trash.get(id);
      if (trashed === undefined)
        throw new DroverError('NOT_FOUND', { object, reason: 'image does not exist in trash' });
      images.place({ pool, name: trashed.name }, trashed.image);
      images.pool(pool).trash.delete(id);
    });
  }

  purge(pool: string, id: string, options?: StorageCall & { readonly early?: boolean }): Promise<void> {
    const object = `image ${id} in the trash of pool ${pool}`;
    return this.#change(object, options, (images) => {
      if (!/^[0-9a-f]+$/.test(id)) throw new DroverError('BAD_INPUT', { object, reason: 'an id is hex' });
      const { trash } = images.pool(pool);
      const trashed = trash.get(id);
      if (trashed !== undefined && options?.early !== true && trashed.untilMs > this.#parts.clock.now())
        throw refused(object, 'Deferment time has not expired');
      trash.delete(id);
    });
  }

  snapshots(name: ImageName, options?: StorageCall): Promise<readonly ImageSnapshot[]> {
    return this.#read(objectOf(name), options, (images) =>
      [...images.get(name).snapshots].map(([its, { id, bytes }]) => ({ id, name: its, bytes })),
    );
  }

  async takeSnapshot(name: ImageName, snapshot: string, options?: StorageCall): Promise<void> {
    const object = snapshotOf(name, snapshot);
    await this.#change(object, options, (images) => {
      const { snapshots, bytes, data } = images.get(name);
      if (snapshots.has(snapshot))
        throw new DroverError('STORAGE_EXISTS', { object, reason: '(17) File exists' });
      snapshots.set(snapshot, { id: images.nextSnapshot(), bytes, data });
    });
  }

  async dropSnapshot(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void> {
    const object = snapshotOf(name, snapshot);
    await this.#change(object, options, (images) => {
      const { snapshots } = images.get(name);
      if (snapshots.get(snapshot)?.id === id) snapshots.delete(snapshot);
    });
  }

  async renameSnapshot(
    name: ImageName,
    snapshot: string,
    to: string,
    id: string,
    options?: StorageCall,
  ): Promise<void> {
    const object = snapshotOf(name, snapshot);
    const target = snapshotOf(name, to);
    await this.#change(object, options, (images) => {
      const { snapshots } = images.get(name);
      const found = meant(object, snapshots.get(snapshot), id);
      if (snapshots.has(to))
        throw new DroverError('STORAGE_EXISTS', { object: target, reason: '(17) File exists' });
      // As Ceph lists them: by their ids.
      const renamed = [...snapshots].map(([its, one]) => [one === found ? to : its, one] as const);
      snapshots.clear();
      for (const [its, one] of renamed) snapshots.set(its, one);
    });
  }

  async rollBack(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void> {
    const object = snapshotOf(name, snapshot);
    await this.#change(object, options, (images) => {
      const image = images.get(name);
      const found = meant(object, image.snapshots.get(snapshot), id);
      image.bytes = found.bytes;
      image.data = found.data;
    });
  }

  watchers(name: ImageName, options?: StorageCall): Promise<readonly Watcher[]> {
    return this.#read(objectOf(name), options, (images) =>
      [...images.get(name).watches].map(({ address, client, cookie }) => ({ address, client, cookie })),
    );
  }

  block(address: string, seconds: number, options?: StorageCall): Promise<void> {
    return this.#ask(clientOf(address), options, true, (images) => {
      if (!Number.isSafeInteger(seconds) || seconds <= 0) throw badNumber(clientOf(address), seconds);
      images.block(checkedAddress(address), seconds);
    });
  }

  unblock(address: string, options?: StorageCall): Promise<void> {
    return this.#ask(clientOf(address), options, true, (images) => images.unblock(checkedAddress(address)));
  }

  blocked(options?: StorageCall): Promise<readonly string[]> {
    return this.#ask('blocklist', options, false, (images) => images.blocked());
  }

  pools(options?: StorageCall): Promise<readonly Pool[]> {
    return this.#ask('pools', options, false, (images) =>
      [...images.pools].map(([name, pool], index) => {
        const stored = [...pool.images.values()].reduce((sum, { bytes }) => sum + bytes, 0);
        return {
          ...{ name, id: index + 1, storedBytes: stored, usedBytes: stored, objects: pool.images.size },
          ...{ freeBytes: POOL_BYTES - stored, usedFraction: stored / POOL_BYTES },
        };
      }),
    );
  }

  report(options?: StorageCall): Promise<StorageReport> {
    return this.#ask('cluster status', options, false, () => ({
      status: '  cluster:\n    health: HEALTH_OK\n',
      usage: '--- RAW STORAGE ---\n',
      health: '{"status":"HEALTH_OK","checks":{},"mutes":[]}',
    }));
  }

  /** Reads what the OSDs hold; a client that is shut out is refused. */
  #read<T>(object: string, options: StorageCall | undefined, read: (images: SimImages) => T): Promise<T> {
    return this.#ask(object, options, false, (images) => {
      images.admit(this.#parts.address);
      return read(images);
    });
  }

  #change<T>(object: string, options: StorageCall | undefined, change: (images: SimImages) => T): Promise<T> {
    return this.#ask(object, options, true, (images) => {
      images.admit(this.#parts.address);
      return change(images);
    });
  }

  /** Asks the monitors, which serve also those that the OSDs shut out. */
  #ask<T>(
    object: string,
    options: StorageCall | undefined,
    change: boolean,
    act: (images: SimImages) => T,
  ): Promise<T> {
    const { server, process, images } = this.#parts;
    const serve = (reply: Reply<T>) => reply.answer(act(images));
    return server.ask<T>(process, { ...this.#request(object, options), change, serve });
  }

  #request(object: string, options: StorageCall = {}) {
    return { object, limitMs: options.limitMs ?? LIMITS.cephCallMs, signal: options.signal };
  }
}

function shown(name: string, { id, bytes }: SimImage): Image {
  const info = JSON.stringify({ name, id, size: bytes, format: 2, features: FEATURES, flags: [] });
  return { id, bytes, features: FEATURES, flags: [], info };
}

/** NOT_FOUND when there is none, STORAGE_REFUSED when it is another one. */
function meant(object: string, found: SimSnapshot | undefined, id: string): SimSnapshot {
  if (found === undefined) throw new DroverError('NOT_FOUND', { object, reason: 'there is none' });
  if (found.id !== id) throw refused(object, `it is snapshot ${found.id}, not ${id}`);
  return found;
}

/** BAD_INPUT for a name that no snapshot can have. */
function snapshotOf(name: ImageName, snapshot: string): string {
  const object = `snapshot ${name.pool}/${name.name}@${snapshot}`;
  if (/^[^-\p{C}/@][^\p{C}/@]*$/u.test(snapshot)) return object;
  throw new DroverError('BAD_INPUT', { object, reason: 'no snapshot can be called so' });
}

function clientOf(address: string): string {
  return `client ${address}`;
}

function checkedAddress(address: string): string {
  if (ADDRESS.test(address)) return address;
  throw new DroverError('BAD_INPUT', { object: clientOf(address), reason: 'that is no address' });
}

function badNumber(object: string, number: number): DroverError {
  return new DroverError('BAD_INPUT', { object, reason: `${number} is not a positive whole number` });
}

function refused(object: string, reason: string): DroverError {
  return new DroverError('STORAGE_REFUSED', { object, reason });
}
