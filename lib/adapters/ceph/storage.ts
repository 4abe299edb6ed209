import { DroverError, isDroverError, together } from '../../core/index.js';
import {
  commandFailureOf,
  type Image,
  type ImageName,
  type ImageSnapshot,
  type Pool,
  type Processes,
  type Storage,
  type StorageCall,
  type StorageReport,
  type Trashed,
  type Watcher,
} from '../../ports/index.js';
import {
  readBlocklist,
  readHealth,
  readImage,
  readNames,
  readPools,
  readSnapshots,
  readTrash,
  readWatchers,
} from './answers.js';
import { type CephAccess, CephClient } from './client.js';
import { hasSnapshots, isMissingImage, isMissingPool } from './failures.js';
import { bytesOf, clientAddress, poolName, secondsOf, snapshotSpec, spec, trashId } from './names.js';

/** What QEMU, snapshots and fast differences need; whatever else the cluster's default may be. */
const FEATURES = 'layering,exclusive-lock,object-map,fast-diff,deep-flatten';
const JSON_FORMAT = ['--format', 'json'];

/** The disks of a Ceph cluster, by `rbd` and `ceph` of Debian's ceph-common. */
export class CephStorage implements Storage {
  readonly #ceph: CephClient;

  constructor(processes: Processes, access: CephAccess = {}) {
    this.#ceph = new CephClient(processes, access);
  }

  async image(name: ImageName, options?: StorageCall): Promise<Image | undefined> {
    try {
      return await this.#read(readImage, 'info', name, options);
    } catch (error) {
      if (isMissingImage(error)) return undefined;
      throw error;
    }
  }

  async images(pool: string, options?: StorageCall): Promise<readonly string[]> {
    const object = `pool ${pool}`;
    return readNames(object, await this.#rbd(object, ['ls', ...JSON_FORMAT, poolName(pool)], options));
  }

  async create(name: ImageName, bytes: number, options?: StorageCall): Promise<void> {
    const object = objectOf(name);
    const size = bytesOf(object, bytes);
    await this.#rbd(object, ['create', '--size', size, '--image-feature', FEATURES, spec(name)], options);
  }

  async grow(name: ImageName, bytes: number, options?: StorageCall): Promise<void> {
    const object = objectOf(name);
    const words = ['resize', '--no-progress', '--size', bytesOf(object, bytes), spec(name)];
    try {
      await this.#rbd(object, words, options);
    } catch (error) {
      // It has that size: `rbd` refuses to do nothing. To shrink it refuses as well.
      if (!/new size is equal to original size/.test(commandFailureOf(error)?.stderr ?? '')) throw error;
    }
  }

  async rename(pool: string, from: string, to: string, options?: StorageCall): Promise<void> {
    const words = ['rename', spec({ pool, name: from }), spec({ pool, name: to })];
    await this.#rbd(`${objectOf({ pool, name: from })} to ${to}`, words, options);
  }

  async copy(from: ImageName, to: ImageName, options?: StorageCall): Promise<void> {
    const words = ['cp', '--no-progress', spec(from), spec(to)];
    await this.#rbd(`${objectOf(from)} to ${to.pool}/${to.name}`, words, options);
  }

  async trash(
    name: ImageName,
    keepSeconds: number,
    options?: StorageCall & { readonly id?: string },
  ): Promise<string> {
    const object = objectOf(name);
    const expiry = `${secondsOf(object, keepSeconds)} seconds`;
    const [{ id }, [watcher]] = await together([
      this.#read(readImage, 'info', name, options),
      this.watchers(name, options),
    ]);
    if (options?.id !== undefined && options.id !== id)
      throw new DroverError('STORAGE_REFUSED', { object, reason: `it is image ${id}, not ${options.id}` });
    if (watcher !== undefined)
      throw new DroverError('STORAGE_REFUSED', { object, reason: `${watcher.address} has it open` });
    await this.#rbd(object, ['trash', 'mv', '--expires-at', expiry, spec(name)], options);
    // `rbd` takes a name, not an id: what it took is looked up.
    if ((await this.trashed(name.pool, options)).some((image) => image.id === id)) return id;
    const reason = `it was not image ${id} that went into the trash: somebody else changed the name meanwhile`;
    throw new DroverError('STORAGE_REFUSED', { object, reason, remedy: 'look into the trash and restore' });
  }

  async trashed(pool: string, options?: StorageCall): Promise<readonly Trashed[]> {
    const object = `trash of pool ${pool}`;
    const words = ['trash', 'ls', '--long', '--all', ...JSON_FORMAT, poolName(pool)];
    return readTrash(object, await this.#rbd(object, words, options));
  }

  async restore(pool: string, id: string, options?: StorageCall): Promise<void> {
    const words = ['trash', 'restore', '--pool', poolName(pool), '--image-id', trashId(id)];
    await this.#rbd(`image ${id} in the trash of pool ${pool}`, words, options);
  }

  async purge(pool: string, id: string, options?: StorageCall & { readonly early?: boolean }): Promise<void> {
    const object = `image ${id} in the trash of pool ${pool}`;
    const which = ['--pool', poolName(pool), '--image-id', trashId(id)];
    const remove = [
      'trash',
      'rm',
      '--no-progress',
      ...(options?.early === true ? ['--force'] : []),
      ...which,
    ];
    try {
      await this.#rbd(object, remove, options);
    } catch (error) {
      if (isDroverError(error, 'NOT_FOUND') && !isMissingPool(error)) return;
      // Its protection was looked at before.
      if (!hasSnapshots(error)) throw error;
      await this.#rbd(object, ['snap', 'purge', '--no-progress', ...which], options);
      await this.#rbd(object, remove, options);
    }
  }

  async snapshots(name: ImageName, options?: StorageCall): Promise<readonly ImageSnapshot[]> {
    const object = objectOf(name);
    const words = ['snap', 'ls', ...JSON_FORMAT, spec(name)];
    return readSnapshots(object, await this.#rbd(object, words, options));
  }

  async takeSnapshot(name: ImageName, snapshot: string, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(name, snapshot);
    await this.#rbd(`snapshot ${at}`, ['snap', 'create', '--no-progress', at], options);
  }

  async dropSnapshot(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(name, snapshot);
    if ((await this.#snapshotId(name, snapshot, options)) !== id) return;
    try {
      await this.#rbd(`snapshot ${at}`, ['snap', 'rm', '--no-progress', at], options);
    } catch (error) {
      // Somebody else was faster.
      if (!isDroverError(error, 'NOT_FOUND') || (await this.#snapshotId(name, snapshot, options)) === id)
        throw error;
    }
  }

  async renameSnapshot(
    name: ImageName,
    snapshot: string,
    to: string,
    id: string,
    options?: StorageCall,
  ): Promise<void> {
    const at = snapshotSpec(name, snapshot);
    const target = snapshotSpec(name, to);
    await this.#needSnapshot(name, snapshot, id, options);
    await this.#rbd(`snapshot ${at} to ${to}`, ['snap', 'rename', at, target], options);
  }

  async rollBack(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(name, snapshot);
    await this.#needSnapshot(name, snapshot, id, options);
    await this.#rbd(`snapshot ${at}`, ['snap', 'rollback', '--no-progress', at], options);
  }

  /** NOT_FOUND when there is none of this name; STORAGE_REFUSED when it is another one: `rbd` takes names only. */
  async #needSnapshot(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void> {
    const found = await this.#snapshotId(name, snapshot, options);
    if (found === id) return;
    const object = `snapshot ${snapshotSpec(name, snapshot)}`;
    if (found === undefined)
      throw new DroverError('NOT_FOUND', { object, reason: 'the image has none of this name' });
    throw new DroverError('STORAGE_REFUSED', {
      object,
      reason: `it is snapshot ${found}, not ${id}: somebody else has made it`,
    });
  }

  async #snapshotId(name: ImageName, snapshot: string, options?: StorageCall): Promise<string | undefined> {
    return (await this.snapshots(name, options)).find((one) => one.name === snapshot)?.id;
  }

  async watchers(name: ImageName, options?: StorageCall): Promise<readonly Watcher[]> {
    return await this.#read(readWatchers, 'status', name, options);
  }

  async block(address: string, seconds: number, options?: StorageCall): Promise<void> {
    const object = `client ${address}`;
    const words = ['add', clientAddress(address), secondsOf(object, seconds)];
    await this.#monitor(object, ['osd', 'blocklist', ...words], options);
  }

  async unblock(address: string, options?: StorageCall): Promise<void> {
    await this.#monitor(`client ${address}`, ['osd', 'blocklist', 'rm', clientAddress(address)], options);
  }

  async blocked(options?: StorageCall): Promise<readonly string[]> {
    const object = 'blocklist';
    return readBlocklist(
      object,
      await this.#monitor(object, ['osd', 'blocklist', 'ls', ...JSON_FORMAT], options),
    );
  }

  async pools(options?: StorageCall): Promise<readonly Pool[]> {
    return readPools('pools', await this.#monitor('pools', ['df', ...JSON_FORMAT], options));
  }

  async report(options?: StorageCall): Promise<StorageReport> {
    const [status, usage, health] = await Promise.all([
      this.#monitor('cluster status', ['status'], options),
      this.#monitor('cluster usage', ['df'], options),
      this.#monitor('cluster health', ['health', ...JSON_FORMAT], options),
    ]);
    return { status, usage, health: readHealth('cluster health', health) };
  }

  async #read<T>(
    read: (object: string, text: string) => T,
    verb: 'info' | 'status',
    name: ImageName,
    options: StorageCall | undefined,
  ): Promise<T> {
    const object = objectOf(name);
    return read(object, await this.#rbd(object, [verb, ...JSON_FORMAT, spec(name)], options));
  }

  #rbd(object: string, words: readonly string[], options: StorageCall | undefined): Promise<string> {
    return this.#ceph.run('rbd', object, words, options);
  }

  #monitor(object: string, words: readonly string[], options: StorageCall | undefined): Promise<string> {
    return this.#ceph.run('ceph', object, words, options);
  }
}

function objectOf({ pool, name }: ImageName): string {
  return `image ${pool}/${name}`;
}
