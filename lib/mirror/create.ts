import { TASK_ARGUMENTS } from '../../schemas/index.js';
import type { Reached } from '../../schemas/mirror-wire.js';
import { DroverError, isDroverError, messageOf } from '../core/index.js';
import { whereabouts } from '../domain/index.js';
import {
  askForPoint,
  dropPoint,
  needPoint,
  type Point,
  readPointRecords,
  readPoints,
  whileRead,
} from '../point/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { MIRROR_SLOT } from './names.js';
import { type Mirror, mirrorWrite, readMirror } from './records.js';
import { type Known, sendPoint, type Sent, withPeer } from './send.js';
import type { MirrorWorld } from './world.js';

/** `vm.create_mirror`: a point, and its way to another cluster. */
export function createMirrorTask(world: MirrorWorld): TaskKind {
  return defineTask({
    kind: 'vm.create_mirror',
    arguments: TASK_ARGUMENTS['vm.create_mirror'],
    where: 'primary',
    concurrency: 2,
    async run(task) {
      const options = { signal: task.signal };
      const vm = await whereabouts(world.store, task.args.vm, options);
      const peer = peerOf(world, task.args.peer);
      const sent = await mirrorTo(world, task, vm, peer, () =>
        askForPoint(world, task, { uuid: vm.uuid, vm: vm.name }, { origin: 'mirror' }),
      );
      return resultOf(vm.name, peer, sent);
    },
  });
}

/** `vm.send_snapshot`: a point that is there already. */
export function sendSnapshotTask(world: MirrorWorld): TaskKind {
  return defineTask({
    kind: 'vm.send_snapshot',
    arguments: TASK_ARGUMENTS['vm.send_snapshot'],
    where: 'primary',
    concurrency: 2,
    async run(task) {
      const options = { signal: task.signal };
      const vm = await whereabouts(world.store, task.args.vm, options);
      const peer = peerOf(world, task.args.peer);
      const sent = await mirrorTo(world, task, vm, peer, () =>
        needPoint(world.store, { uuid: vm.uuid, vm: vm.name }, task.args.snapshot_name, options),
      );
      return resultOf(vm.name, peer, sent);
    },
  });
}

function resultOf(vm: string, peer: string, { reached, bytes, ms, base, why }: Sent) {
  const rate = ms > 0 ? Math.round((bytes / ms / 1024) * 1000) / 1024 : 0;
  return {
    message: `VM '${vm}' is mirrored to ${peer}: point ${reached.name} (${why}), ${bytes} bytes in ${(ms / 1000).toFixed(1)} s, ${rate.toFixed(1)} MiB/s.`,
    ...{ peer, point: reached.name, id: reached.id, bytes, ms: Math.round(ms) },
    ...(base === undefined ? {} : { base }),
  };
}

async function mirrorTo(
  world: MirrorWorld,
  task: AnyTask,
  vm: { readonly uuid: string; readonly name: string },
  peer: string,
  pointFor: () => Promise<Point>,
): Promise<Sent> {
  const { uuid } = vm;
  return await whileRead(
    world,
    task,
    uuid,
    'vm.create_mirror',
    async () => {
      await refuseCopy(world, vm, task.signal);
      return await withPeer(world, peer, task.signal, async (known) => {
        const point = await pointFor();
        const progress = (text: string, bytes: { readonly done: number; readonly total: number }) => {
          task.progress({ current: 0, total: 1, text, bytes });
        };
        const sent = await told(world, uuid, known, () => sendPoint(world, task, known, vm, point, progress));
        await pruneThere(world, task, uuid, known, 'mirror');
        await pruneHere(world, task, uuid, 'mirror');
        return sent;
      });
    },
    MIRROR_SLOT,
  );
}

/** The peer that is meant. NOT_FOUND or BAD_INPUT with the names that there are. */
export function peerOf(world: Pick<MirrorWorld, 'peers' | 'defaultPeer'>, wish: string | undefined): string {
  const name = wish ?? world.defaultPeer;
  if (name !== undefined) return name;
  throw new DroverError('BAD_INPUT', {
    object: 'peer',
    reason: `there are several: ${Object.keys(world.peers).join(', ') || 'none at all'}`,
    remedy: 'name one, or set mirror.default_peer',
  });
}

/** REFUSED unless this cluster has the active one. */
export async function refuseCopy(
  { store }: Pick<MirrorWorld, 'store'>,
  { uuid, name }: { readonly uuid: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const role = (await readMirror(store, uuid, { signal }))?.value.role ?? 'active';
  if (role === 'active') return;
  throw new DroverError('REFUSED', {
    object: `VM '${name}'`,
    reason: `here it is ${role}: only the active one is sent`,
    remedy: 'mirror it from the cluster that has the active one',
  });
}

/** Does a transfer, and keeps in the mirror record how it went. */
export async function told(
  world: MirrorWorld,
  uuid: string,
  known: Pick<Known, 'name' | 'cluster'>,
  transfer: () => Promise<Sent>,
): Promise<Sent> {
  try {
    const sent = await transfer();
    await note(world, uuid, known, { last: sent.reached });
    return sent;
  } catch (error) {
    await note(world, uuid, known, { problem: messageOf(error).slice(0, 1000) }).catch((second: unknown) => {
      // What is told is what went wrong first.
      world.log.warn({ vm: uuid, peer: known.name, err: second }, 'a failed transfer could not be noted');
    });
    throw error;
  }
}

const TRIES = 8;

async function note(
  { store, clock }: MirrorWorld,
  uuid: string,
  { name, cluster }: Pick<Known, 'name' | 'cluster'>,
  how: { readonly last?: Reached; readonly problem?: string },
): Promise<void> {
  for (let tries = TRIES; ; tries -= 1) {
    await store.sync();
    const record = await readMirror(store, uuid);
    const { peers = [], ...rest }: Partial<Mirror> = record?.value ?? {};
    const before = peers.find((peer) => peer.name === name);
    const { problem: _, ...kept } = before ?? { name };
    const next = { ...kept, cluster: cluster.id, at: clock.now(), ...how };
    const value = {
      role: 'active',
      epoch: 0,
      ...rest,
      peers: [...peers.filter((peer) => peer.name !== name), next],
    };
    try {
      await store.commit([mirrorWrite(uuid, value, record)]);
      return;
    } catch (error) {
      if (tries === 1 || !isDroverError(error, 'STORE_CONFLICT', 'STORE_OUTCOME_UNKNOWN')) throw error;
    }
  }
}

/** Removes what is beyond the number kept, of one origin, from a peer; before it goes here, while a peer of PVC can be asked. */
export async function pruneThere(
  { store, keep }: MirrorWorld,
  task: AnyTask,
  uuid: string,
  { peer }: Pick<Known, 'peer'>,
  origin: Point['origin'],
): Promise<void> {
  const options = { signal: task.signal };
  const mine = (await readPoints(store, uuid, options)).filter((point) => point.origin === origin);
  const ours = new Set(mine.map(({ id }) => id));
  const copy = await peer.copy(uuid, options);
  // One that was away may have points that are gone here. A peer that does not tell who made a point has only what we know.
  const theirs = (copy?.points ?? []).filter((point) =>
    point.origin === undefined ? ours.has(point.id) : point.origin === origin,
  );
  for (const { id } of theirs.slice(0, -keep)) await peer.dropPoint(uuid, id, options);
}

/**
 * Removes what is beyond the number kept, of one origin, here; when every peer has been told. A point stays as long as it is
 * the newest that some peer has (I3, M19), however long that peer has not been reached.
 */
export async function pruneHere(
  world: MirrorWorld,
  task: AnyTask,
  uuid: string,
  origin: Point['origin'],
): Promise<void> {
  const { store, keep } = world;
  const options = { signal: task.signal };
  const [mine, mirror, records] = await Promise.all([
    readPoints(store, uuid, options),
    readMirror(store, uuid, options),
    readPointRecords(store, uuid, options),
  ]);
  const bases = new Set((mirror?.value.peers ?? []).map(({ last }) => last?.id));
  for (const { id, name } of mine.filter((point) => point.origin === origin).slice(0, -keep)) {
    const record = records.get(name);
    if (bases.has(id) || record === undefined) continue;
    await dropPoint(world, { uuid, name, record }, options);
  }
}
