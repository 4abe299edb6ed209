import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { whereabouts } from '../domain/index.js';
import { type Point, readPoints } from '../point/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { peerOf, refuseCopy } from './create.js';
import { wholePoint } from './prove.js';
import { type Known, withPeer } from './send.js';
import { firstDifference, RANGE_BYTES, sumsOf } from './sums.js';
import type { MirrorWorld } from './world.js';

interface Vm {
  readonly uuid: string;
  readonly name: string;
}

/**
 * `vm.verify_mirror`: whether what a copy holds at the newest point that both sides have is what this side has. Both read
 * their own snapshot, and only sums go over the wire. It takes no slot of the VM: it may last, it reads what never changes,
 * and mirrors, backups and a hand-over go on beside it. A point that is removed meanwhile ends it.
 */
export function verifyMirrorTask(world: MirrorWorld): TaskKind {
  return defineTask({
    kind: 'vm.verify_mirror',
    arguments: TASK_ARGUMENTS['vm.verify_mirror'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const { signal, args } = task;
      const vm = await whereabouts(world.store, args.vm, { signal });
      await refuseCopy(world, vm, signal);
      return await withPeer(world, peerOf(world, args.peer), signal, async (known) => {
        const point = await newestCommon(world, known, vm, signal);
        const began = world.clock.monotonic();
        const bytes = await compare(world, task, known, vm, point);
        await known.peer.judge(vm.uuid, point.id, true, { signal });
        const ms = Math.round(world.clock.monotonic() - began);
        return {
          message: `Point ${point.name} of VM '${vm.name}' is on ${known.name} what it is here, byte for byte: ${point.disks.length === 1 ? '1 disk' : `${point.disks.length} disks`}, ${bytes} bytes read in ${(ms / 1_000).toFixed(1)} s.`,
          ...{ peer: known.name, point: point.name, id: point.id, bytes, ms },
        };
      });
    },
  });
}

async function newestCommon(
  { store }: MirrorWorld,
  { name, peer }: Known,
  { uuid, name: vm }: Vm,
  signal: AbortSignal,
): Promise<Point> {
  const [mine, copy] = await Promise.all([readPoints(store, uuid, { signal }), peer.copy(uuid, { signal })]);
  const there = new Set(copy?.points.map(({ id }) => id));
  const point = mine.findLast(({ id }) => there.has(id));
  if (point !== undefined) return point;
  throw new DroverError('NOT_FOUND', {
    object: `copy of VM '${vm}' on ${name}`,
    reason: copy === undefined ? 'it is not known there' : 'no point is on both sides',
    remedy: `mirror it first: drover vm mirror create ${vm} ${name}`,
  });
}

/** Returns how many bytes were read here. COPY_DIFFERS names the first range that differs. */
async function compare(
  world: MirrorWorld,
  task: AnyTask,
  { name: peerName, peer, settings }: Known,
  { uuid, name: vm }: Vm,
  point: Point,
): Promise<number> {
  const rate = settings.bytesPerSecond;
  let bytes = 0;
  await wholePoint(world, uuid, point.id, { signal: task.signal });
  for (const [current, { pool, volume, bytes: size }] of point.disks.entries()) {
    const image = { pool, name: volume };
    const there = { pool: settings.pools[pool] ?? settings.pools['*'] ?? pool, name: volume };
    const text = `${vm}: comparing ${pool}/${volume}@${point.name} with ${peerName}`;
    let ours = 0;
    const differs = await firstDifference(
      (signal) => sumsOf(world, { image, snapshot: point.name, bytes: size }, { rate, signal }),
      (signal) => peer.sums(uuid, point.id, there, { rate, signal }),
      {
        wanted: task.signal,
        clock: world.clock,
        object: `sums of ${there.pool}/${there.name} on ${peerName}`,
      },
      ({ read, of }) => {
        ours = read;
        const total = point.disks.length;
        task.progress({ current, total, text, bytes: { done: bytes + read, total: bytes + of } });
      },
    );
    // A snapshot that has gone reads as whatever it likes.
    await wholePoint(world, uuid, point.id, { signal: task.signal });
    if (differs !== undefined)
      throw await different(task, peer, { uuid, point, image, differs, peerName, size });
    bytes += ours;
  }
  return bytes;
}

async function different(
  { signal }: AnyTask,
  peer: Known['peer'],
  how: {
    readonly uuid: string;
    readonly point: Point;
    readonly image: { readonly pool: string; readonly name: string };
    readonly differs: number;
    readonly peerName: string;
    readonly size: number;
  },
): Promise<DroverError> {
  const { uuid, point, image, differs, peerName, size } = how;
  // Fails when the point is gone there: then nothing is known.
  const { unproven } = await peer.judge(uuid, point.id, false, { signal });
  const to = Math.min(differs + RANGE_BYTES, size);
  return new DroverError('COPY_DIFFERS', {
    object: `point ${point.name} of volume ${image.pool}/${image.name}`,
    reason:
      differs >= size
        ? `it is larger on ${peerName}`
        : `on ${peerName} it differs first between the bytes ${differs} and ${to}`,
    ...(unproven
      ? {}
      : {
          remedy: `remove the snapshot ${point.name} here with --force, so that nothing builds on it, and mirror the VM again`,
        }),
  });
}
