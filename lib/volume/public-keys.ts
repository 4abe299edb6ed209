import { LIMITS } from '../core/index.js';
import { type CallOptions, conflictOf, type Image, type ImageName, type Store } from '../ports/index.js';
import { bytesOf, createObject, decodeKey, keyPath, objectPath, publish, removalOf } from '../tree/index.js';

const EMPTY = bytesOf('');

/** What the public tree says of a volume. */
export interface PublicVolume {
  /** Undefined when its figures are missing or no JSON: they are written anew. */
  readonly id: string | undefined;
  readonly bytes: number | undefined;
}

/** The public keys of a volume; undefined when it has none. */
export async function readPublicVolume(
  store: Store,
  name: ImageName,
  options?: CallOptions,
): Promise<PublicVolume | undefined> {
  const root = await store.read(objectPath('volume', namesOf(name)), options);
  if (root === undefined) return undefined;
  const stats = await store.read(keyPath('volume', 'stats', namesOf(name)), options);
  const decoded = stats && decodeKey('volume', 'stats', stats.data, stats.path);
  const { id, size } = decoded?.ok === true ? decoded.value.object : {};
  return {
    id: typeof id === 'string' ? id : undefined,
    bytes: typeof size === 'number' ? size : undefined,
  };
}

/** Whether the public keys say of the image what it is. Times and counts in them age, and are not compared. */
export function isPublished(keys: PublicVolume | undefined, image: Image): boolean {
  return keys?.id === image.id && keys.bytes === image.bytes;
}

/** Writes the public keys of a pool that is there and that the public tree does not know. */
export async function publishPool(store: Store, pool: string, options?: CallOptions): Promise<void> {
  if ((await store.read(objectPath('pool', { pool }), options)) !== undefined) return;
  try {
    await store.commit(createObject('pool', { pool }, {}), options);
  } catch (error) {
    // Somebody else was faster.
    if (conflictOf(error)?.why !== 'exists') throw error;
  }
}

/** Writes the public keys of a volume, and the folders above them. */
export async function publishVolume(
  store: Store,
  name: ImageName,
  image: Image,
  options?: CallOptions,
): Promise<void> {
  const { pool, volume } = namesOf(name);
  await publish(
    store,
    new Map([
      [objectPath('pool-volumes', { pool }), EMPTY],
      [objectPath('volume', { pool, volume }), EMPTY],
      [keyPath('volume', 'stats', { pool, volume }), bytesOf(image.info)],
      [objectPath('pool-snapshots', { pool }), EMPTY],
      [objectPath('volume-snapshots', { pool, volume }), EMPTY],
    ]),
    options,
  );
}

/** Writes for a new name what the public tree says of the snapshots of an old one. */
export async function copySnapshotKeys(
  store: Store,
  pool: string,
  from: string,
  to: string,
  options?: CallOptions,
): Promise<void> {
  const folder = objectPath('volume-snapshots', { pool, volume: from });
  for (const snapshot of (await store.children(folder, options))?.names ?? []) {
    const stats = await store.read(
      keyPath('volume-snapshot', 'stats', { pool, volume: from, snapshot }),
      options,
    );
    if (stats === undefined) continue;
    await publish(
      store,
      new Map([
        [objectPath('volume-snapshot', { pool, volume: to, snapshot }), EMPTY],
        [keyPath('volume-snapshot', 'stats', { pool, volume: to, snapshot }), stats.data],
      ]),
      options,
    );
  }
}

/** Deletes the public keys of a volume and of its snapshots; none is fine. */
export async function dropVolumeKeys(store: Store, name: ImageName, options?: CallOptions): Promise<void> {
  const names = namesOf(name);
  for (const path of [objectPath('volume-snapshots', names), objectPath('volume', names)]) {
    const writes = await removalOf(store, path, options);
    for (let at = 0; at < writes.length; at += LIMITS.storeTransactionOperations)
      await store.commit(writes.slice(at, at + LIMITS.storeTransactionOperations), options);
  }
}

function namesOf({ pool, name }: ImageName): { readonly pool: string; readonly volume: string } {
  return { pool, volume: name };
}
