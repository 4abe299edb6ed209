import { DroverError, isDroverError, LIMITS, together } from '../core/index.js';
import { chooseTarget, clusterSelector, readNodes, vmNames } from '../domain/index.js';
import type { CallOptions, Image, Write } from '../ports/index.js';
import {
  completed,
  dropPoint,
  makeFolder,
  type Point,
  pointWrite,
  publicWrites,
  readPointRecords,
  rewrittenXml,
} from '../point/index.js';
import { bytesOf, createDomain, createObject, objectPath, readKeys, removalOf } from '../tree/index.js';
import { imageWithSnapshots, publishVolume, volumeLabel } from '../volume/index.js';
import { step, stepTold } from './cuts.js';
import {
  type Mirror,
  mirrorWrite,
  readMirror,
  readReceive,
  type Receive,
  type ReceiveRecord,
  receiveWrite,
  termOf,
} from './records.js';
import type { ReceiverWorld } from './world.js';

/** Tries of a transaction that others' keys are part of. */
const TRIES = 8;

/**
 * Makes a received point complete, wherever an attempt before this one has stopped: first it is written that it is being
 * completed, then every image gets its snapshot and its name, then one transaction shows the point, and the VM.
 */
export async function commitReceive(
  world: ReceiverWorld,
  found: ReceiveRecord,
  id: string,
  options?: CallOptions,
): Promise<void> {
  const { store, node } = world;
  let receive = found;
  const { uuid, disks, state } = receive.value;
  const missing = disks.findIndex(({ cursor }) => cursor !== undefined);
  if (missing >= 0)
    throw new DroverError('REFUSED', {
      object: `receive ${id}`,
      reason: `disk ${missing} has arrived up to ${disks[missing]?.cursor ?? 0} only`,
      remedy: 'send the rest of it',
    });
  if (state === 'receiving') {
    const mirror = await readMirror(store, uuid, options);
    const writes = [
      receiveWrite(id, { ...receive.value, state: 'committing' }, receive),
      await termOf(store, node, options),
    ];
    if (mirror !== undefined)
      writes.push(
        mirrorWrite(uuid, { ...mirror.value, head: { ...mirror.value.head, state: 'committing' } }, mirror),
      );
    await step(world, 'receive/committing', () => store.commit(writes, options));
    const now = await readReceive(store, id, options);
    if (now === undefined) return;
    receive = now;
  }
  const sealed = await step(world, 'receive/seal', () =>
    together(disks.map((disk) => seal(world, receive.value, disk, options))),
  );
  await together(
    disks.map(async (disk) => {
      if (disk.stage !== undefined) await named(world, disk, disk.stage, options);
    }),
  );
  await step(world, 'receive/complete', () => complete(world, receive, { id, sealed }, options));
  await dropReplaced(world, receive.value, options);
}

type Disk = Receive['disks'][number];

interface Sealed {
  readonly snapshotId: string;
  /** The image with its snapshot; as long as it is a stage, under that name. */
  readonly image: Image;
}

/** Takes the snapshot of a disk: what has its name was taken by an attempt before this one, for nothing is written any more. */
async function seal(
  { storage }: ReceiverWorld,
  { point }: Receive,
  disk: Disk,
  options?: CallOptions,
): Promise<Sealed> {
  const names = [disk.stage, disk.volume].flatMap((name) =>
    name === undefined ? [] : [{ pool: disk.pool, name }],
  );
  for (const name of names) {
    if ((await storage.image(name, options))?.id !== disk.imageId) continue;
    await storage.takeSnapshot(name, point.name, options).catch((error: unknown) => {
      if (!isDroverError(error, 'STORAGE_EXISTS')) throw error;
    });
    const image = await imageWithSnapshots(storage, name, options);
    const its = image?.snapshots.find((one) => one.name === point.name);
    if (image?.id === disk.imageId && its !== undefined) return { snapshotId: its.id, image };
  }
  throw new DroverError('STORAGE_REFUSED', {
    object: volumeLabel({ pool: disk.pool, name: disk.volume }),
    reason: `image ${disk.imageId}, which the point came into, is gone`,
    remedy: 'send the point again',
  });
}

/** Gives an image its name. What had it before, and was the copy's, goes into the trash. */
async function named(world: ReceiverWorld, disk: Disk, stage: string, options?: CallOptions): Promise<void> {
  const { storage } = world;
  const { pool, volume, imageId } = disk;
  const image = { pool, name: volume };
  const now = await storage.image(image, options);
  if (now?.id === imageId) return;
  const makeWay = async () => {
    if (now === undefined) return;
    if (!(await isOfCopy(world, now.id, options)))
      throw new DroverError('STORAGE_EXISTS', {
        object: volumeLabel(image),
        reason: 'there is one of this name here, and it is not of the copy',
        remedy: 'rename or remove it; the receive goes on when it is asked to complete again',
      });
    await storage.trash(image, LIMITS.trashKeptMs / 1_000, { ...options, id: now.id });
  };
  await stepTold(world, 'receive/name', makeWay, () => storage.rename(pool, stage, volume, options));
}

/** Whether some point that came from another cluster is of this image. */
async function isOfCopy({ store }: ReceiverWorld, imageId: string, options?: CallOptions): Promise<boolean> {
  for (const uuid of (await vmNames(store, options)).keys())
    for (const { value } of (await readPointRecords(store, uuid, options)).values())
      if (value.received !== undefined && value.disks.some((disk) => disk.imageId === imageId)) return true;
  return false;
}

/** The transaction that makes it true. */
async function complete(
  world: ReceiverWorld,
  receive: ReceiveRecord,
  { id, sealed }: { readonly id: string; readonly sealed: readonly Sealed[] },
  options?: CallOptions,
): Promise<void> {
  const { store, storage, node } = world;
  const { uuid, epoch, source, point, vm, disks } = receive.value;
  await makeFolder(store, uuid, options);
  await together(
    disks.map(async ({ pool, volume, stage }, at) => {
      const name = { pool, name: volume };
      const image = stage === undefined ? sealed[at]?.image : await storage.image(name, options);
      if (image !== undefined) await publishVolume(store, name, image, options);
    }),
  );
  const xml = rewrittenXml(vm.xml, {
    ...{ uuid, name: vm.name, another: false },
    images: new Map(disks.map(({ of, pool, volume }) => [of, `${pool}/${volume}`])),
    monitors: world.cluster.monitors,
    secretUuid: world.cluster.secretUuid,
  });
  const { unproven = false, consistency = 'crash', ...rest } = point;
  const whole = {
    ...rest,
    ...{ consistency, xml, meta: vm.meta, state: 'complete' as const },
    received: { cluster: source.name, ...(unproven ? { unproven } : {}) },
    disks: disks.map(({ pool, volume, imageId, bytes }, at) => ({
      ...{ pool, volume, imageId, bytes },
      snapshotId: sealed[at]?.snapshotId ?? '',
    })),
  };
  const other = (await readPointRecords(store, uuid, options)).get(point.name);
  if (other !== undefined && other.value.id !== id)
    throw new DroverError('REFUSED', {
      object: `snapshot ${point.name} of VM '${vm.name}'`,
      reason: 'somebody has made another one of this name here while it came',
      remedy: `remove that one: drover vm snapshot remove ${vm.name} ${point.name} --force; then ask again, and what has come is completed`,
    });
  for (let tries = TRIES; ; tries -= 1) {
    const mirror = await readMirror(store, uuid, options);
    const record = {
      ...mirror?.value,
      ...{ role: 'mirror', epoch, head: { state: 'clean', point: id } as const, source },
      tags: vm.meta.tags.map((tag) => tag.name),
    } satisfies Omit<Mirror, 'v'>;
    const shown: Point = { ...whole, name: point.name, unproven };
    const writes: Write[] = [
      await termOf(store, node, options),
      { op: 'delete', path: receive.path, version: receive.version },
      pointWrite(uuid, point.name, whole, undefined),
      mirrorWrite(uuid, record, mirror),
      ...(await definitionWrites(world, receive.value, xml, mirror?.value, options)),
    ];
    const there = new Set(writes.filter(({ op }) => op === 'create').map(({ path }) => path));
    const points = await publicWrites(store, uuid, shown, options);
    try {
      await store.commit([...writes, ...points.filter(({ path }) => !there.has(path))], options);
      return;
    } catch (error) {
      if (tries === 1 || !isDroverError(error, 'STORE_CONFLICT', 'STORE_OUTCOME_UNKNOWN')) throw error;
      await store.sync(options);
      const done = (await readPointRecords(store, uuid, options)).get(point.name);
      if (done !== undefined && completed(point.name, done)?.id === id) return;
    }
  }
}

/** The VM as it was at the point, in state `mirror`: defined, or changed. */
async function definitionWrites(
  world: ReceiverWorld,
  { uuid, vm, disks }: Receive,
  xml: string,
  mirror: Mirror | undefined,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const { store } = world;
  const { meta } = vm;
  const volumes = disks.map(({ pool, volume }) => ({ pool, volume }));
  const known = (await store.read(objectPath('domain', { uuid }), options)) !== undefined;
  const how = {
    ...(meta.profile === undefined ? {} : { profile: meta.profile }),
    ...(meta.migrationMethod === undefined ? {} : { migrationMethod: meta.migrationMethod as 'none' }),
    ...(meta.migrationMaxDowntime === undefined ? {} : { migrationMaxDowntime: meta.migrationMaxDowntime }),
    ...(meta.nodeSelector === undefined ? {} : { nodeSelector: meta.nodeSelector as 'none' }),
  };
  if (!known) {
    const nodes = await readNodes(store, options);
    const home =
      chooseTarget(nodes, await clusterSelector(store, options), { limit: [], not: undefined }) ??
      nodes.find(({ daemonState }) => daemonState === 'run')?.name ??
      nodes[0]?.name;
    // Started by a node that comes up (M5): never by itself; what it is at the source comes with the hand-over.
    return createDomain(uuid, {
      ...{ name: vm.name, xml, state: 'mirror', node: home, volumes, autostart: false, tags: meta.tags },
      ...how,
    });
  }
  const keys = await readKeys(
    store,
    'domain',
    { uuid },
    ['name', 'xml', 'volumes', 'state', 'profile', 'migrationMethod', 'migrationMaxDowntime', 'nodeSelector'],
    options,
  );
  return [
    ...keys.set('name', vm.name),
    ...keys.set('xml', xml),
    ...keys.set('volumes', volumes),
    ...keys.set('state', 'mirror'),
    ...(how.profile === undefined ? [] : keys.set('profile', how.profile)),
    ...(how.migrationMethod === undefined ? [] : keys.set('migrationMethod', how.migrationMethod)),
    ...(how.migrationMaxDowntime === undefined
      ? []
      : keys.set('migrationMaxDowntime', how.migrationMaxDowntime)),
    ...(how.nodeSelector === undefined ? [] : keys.set('nodeSelector', how.nodeSelector)),
    ...(await tagWrites(world, uuid, meta.tags, mirror?.tags ?? [], options)),
  ];
}

/** Tags follow: those of the source come and go with it; those that were given here stay (M17, D7). */
async function tagWrites(
  { store }: ReceiverWorld,
  uuid: string,
  wanted: readonly { readonly name: string; readonly protected: boolean }[],
  before: readonly string[],
  options?: CallOptions,
): Promise<readonly Write[]> {
  const writes: Write[] = [];
  const folder = `/domains/${uuid}/tags`;
  if ((await store.read(folder, options)) === undefined)
    writes.push({ op: 'create', path: folder, data: bytesOf('') });
  for (const tag of wanted)
    if ((await store.read(objectPath('tag', { uuid, tag: tag.name }), options)) === undefined)
      writes.push(...createObject('tag', { uuid, tag: tag.name }, { ...tag, type: 'user' }));
  for (const tag of before)
    if (!wanted.some(({ name }) => name === tag))
      writes.push(...(await removalOf(store, objectPath('tag', { uuid, tag }), options)));
  return writes;
}

/** Points of images that have been replaced can never be gone back to. */
async function dropReplaced(
  world: ReceiverWorld,
  { uuid, disks }: Receive,
  options?: CallOptions,
): Promise<void> {
  for (const [name, record] of await readPointRecords(world.store, uuid, options)) {
    const replaced = record.value.disks.some((old) =>
      disks.some((now) => now.pool === old.pool && now.volume === old.volume && now.imageId !== old.imageId),
    );
    if (replaced) await dropPoint(world, { uuid, name, record }, options);
  }
}
