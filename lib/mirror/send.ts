import {
  MIRROR_PROTOCOL,
  type MirrorOffer,
  type Reached,
  type ReceiveView,
} from '../../schemas/mirror-wire.js';
import { DroverError, together } from '../core/index.js';
import type { ImageStreams, Peer } from '../ports/index.js';
import { type Point, readPoints } from '../point/index.js';
import { ship } from '../ship/index.js';
import type { AnyTask } from '../volume/index.js';
import { step } from './cuts.js';
import { imagesOf, lossOf } from './images.js';
import { insist } from './insist.js';
import { clusterId, readMirror } from './records.js';
import type { MirrorWorld, PeerSettings } from './world.js';

/** What was sent. */
export interface Sent {
  readonly reached: Reached;
  readonly bytes: number;
  readonly ms: number;
  /** The point that it built on; undefined when all of it was sent. */
  readonly base: string | undefined;
  readonly why: string;
}

/** A peer with what it says of itself. */
export interface Known {
  readonly name: string;
  readonly settings: PeerSettings;
  readonly peer: Peer;
  readonly cluster: { readonly id: string; readonly name: string };
}

/** Opens a peer by its name, does `work` with it, and lets it go. */
export async function withPeer<T>(
  world: Pick<MirrorWorld, 'peers' | 'store'>,
  name: string,
  signal: AbortSignal,
  work: (known: Known) => Promise<T>,
): Promise<T> {
  const settings = world.peers[name];
  if (settings === undefined) throw noSuchPeer(world, name);
  const peer = await settings.open();
  try {
    const { cluster, protocol } = await peer.about({ signal });
    if (protocol !== MIRROR_PROTOCOL)
      throw new DroverError('REFUSED', {
        object: `peer ${name}`,
        reason: `it speaks version ${protocol} of the mirror protocol, and this cluster version ${MIRROR_PROTOCOL}`,
        remedy: 'bring both clusters to one version',
      });
    if (cluster.id === (await clusterId(world.store, { signal })))
      throw new DroverError('REFUSED', {
        object: `peer ${name}`,
        reason: 'it is this very cluster',
        remedy: 'correct its address under mirror.peers',
      });
    return await work({ name, settings, peer, cluster });
  } finally {
    await peer.close();
  }
}

/** NOT_FOUND with the names that there are. */
export function noSuchPeer({ peers }: Pick<MirrorWorld, 'peers'>, name: string): DroverError {
  const names = Object.keys(peers);
  return new DroverError('NOT_FOUND', {
    object: `peer '${name}'`,
    reason: names.length === 0 ? 'no peers are configured' : `there are ${names.join(', ')}`,
    remedy: 'name one of them, or add it under mirror.peers of the configuration',
  });
}

/**
 * Sends a point of a VM to a peer: what changed since the newest one that both sides have, or all of it. Sent again, after
 * whatever break, it goes on; a point that has arrived is not sent.
 */
export async function sendPoint(
  world: MirrorWorld,
  task: AnyTask,
  known: Known,
  vm: { readonly uuid: string; readonly name: string },
  point: Point,
  told: (text: string, bytes: { readonly done: number; readonly total: number }) => void = () => undefined,
): Promise<Sent> {
  const { clock } = world;
  const streams = countedOnce(world.streams);
  const { peer, settings, name } = known;
  const { signal } = task;
  const began = clock.monotonic();
  const offer = await offerOf({ ...world, streams }, known, vm, point, signal);
  const begin = () => peer.begin(offer, { signal });
  const view = await step(world, 'send/offer', () => insist(clock, signal, begin));
  const base = await baseOf(world, vm.uuid, view, signal);
  let bytes = 0;
  if (view.state === 'receiving') {
    const cargo = point.disks.map(({ pool, volume, bytes: size }, at) => ({
      image: { pool, name: volume },
      snapshot: point.name,
      bytes: size,
      ...(view.disks[at]?.base === true && base !== undefined ? { from: base } : {}),
    }));
    const sink = {
      cursor: async (disk: number) => (await peer.receive(view.id, { signal })).disks[disk]?.cursor,
      unit: (disk: number, from: number, chunks: AsyncIterable<Uint8Array>, watched: AbortSignal) =>
        peer.unit(view.id, disk, from, chunks, watched),
    };
    const { bytesPerSecond } = settings;
    ({ bytes } = await step(world, 'send/ship', () =>
      ship({ streams, clock }, cargo, sink, {
        signal,
        ...(bytesPerSecond === undefined ? {} : { rate: bytesPerSecond }),
        ...(peer.unitBytes === undefined ? {} : { unitBytes: peer.unitBytes }),
        progress: (all) => {
          told(`${vm.name}: sending ${point.name} to ${name}`, all);
        },
      }),
    ));
  }
  const arrived = { id: point.id, name: point.name, at: point.at };
  const reached =
    view.state === 'complete'
      ? arrived
      : await step(world, 'send/commit', () => insist(clock, signal, () => peer.commit(view.id, { signal })));
  const why = view.why ?? (base === undefined ? 'all of it' : `what changed since ${base}`);
  return { reached, bytes, ms: clock.monotonic() - began, base, why };
}

/** What a snapshot holds, or what changed between two, stays as it is: the offer and the transfer ask for the same. */
function countedOnce(streams: ImageStreams): ImageStreams {
  const counts = new Map<string, Promise<number>>();
  return {
    read: (...call) => streams.read(...call),
    write: (...call) => streams.write(...call),
    touchedBytes(image, snapshot, from, options) {
      const key = JSON.stringify([image.pool, image.name, snapshot, from]);
      const count = counts.get(key) ?? streams.touchedBytes(image, snapshot, from, options);
      counts.set(key, count);
      return count;
    },
  };
}

async function offerOf(
  world: MirrorWorld,
  { settings }: Known,
  { uuid, name }: { readonly uuid: string; readonly name: string },
  point: Point,
  signal: AbortSignal,
): Promise<MirrorOffer> {
  const { store, streams } = world;
  const options = { signal };
  const there = (pool: string) => settings.pools[pool] ?? settings.pools['*'] ?? pool;
  const points = (await readPoints(store, uuid, options)).filter(({ id }) => id !== point.id).reverse();
  const dataSince = ({ pool, volume }: Point['disks'][number], bases: readonly Point[]) =>
    streams.touchedBytes({ pool, name: volume }, point.name, newestOf(bases, pool, volume), options);
  // Asked for already, beside the question whether they are still whole: mostly they are, and what is known is not asked twice.
  const guesses = point.disks.map((disk) => dataSince(disk, points));
  // One whose snapshots somebody removed is no base: an older one may be.
  const [images] = await together([imagesOf(world.storage, points, options), Promise.allSettled(guesses)]);
  const earlier = points.filter((one) => lossOf(one, images) === undefined);
  const epoch = (await readMirror(store, uuid, options))?.value.epoch ?? 0;
  const { meta, xml, id, at, origin, consistency } = point;
  return {
    source: { cluster: await clusterId(store, options), name: world.cluster.name },
    epoch,
    vm: { uuid, name },
    point: {
      ...{ id, name: point.name, at, origin, consistency, xml },
      meta: { ...meta, tags: meta.tags.filter((tag) => !isOwn(world, tag.name)) },
    },
    disks: await together(
      point.disks.map(async (disk) => ({
        of: `${disk.pool}/${disk.volume}`,
        ...{ pool: there(disk.pool), volume: disk.volume, bytes: disk.bytes },
        data: await dataSince(disk, earlier),
      })),
    ),
    bases: earlier.map((base) => ({
      id: base.id,
      disks: base.disks.map(({ pool, volume, bytes }) => ({ pool: there(pool), volume, bytes })),
    })),
  };
}

/** What selects VMs for jobs of this cluster means nothing on another (2.7). */
function isOwn({ ownTags, tags }: MirrorWorld, tag: string): boolean {
  const [word = ''] = tag.split(':');
  return ownTags.includes(tag) || tags.includes(word);
}

/** For an estimate of what will come: the peer decides on the base. */
function newestOf(points: readonly Point[], pool: string, volume: string): string | undefined {
  return points.find(({ disks }) => disks.some((disk) => disk.pool === pool && disk.volume === volume))?.name;
}

/** The name here of the point that the peer goes on from. */
async function baseOf(
  { store }: MirrorWorld,
  uuid: string,
  view: ReceiveView,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (view.base === undefined || view.state !== 'receiving') return undefined;
  const base = (await readPoints(store, uuid, { signal })).find(({ id }) => id === view.base);
  if (base !== undefined) return base.name;
  throw new DroverError('STORE_CONFLICT', {
    object: `point ${view.base}`,
    reason: 'the peer goes on from it, and it is gone here meanwhile',
    remedy: 'ask again: another base is chosen then',
  });
}
