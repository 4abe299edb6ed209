import { type DocumentOf, TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, isDroverError, LIMITS, together, uuid as newUuid } from '../core/index.js';
import { type Whereabouts, whereabouts } from '../domain/index.js';
import { defineTask, isEnded, readTask, type TaskKind } from '../task/index.js';
import { objectPath, readKeys } from '../tree/index.js';
import type { Image } from '../ports/index.js';
import { type AnyTask, carryOut, imageWithSnapshots, volumeLabel } from '../volume/index.js';
import { stillCopy } from './copy.js';
import { readDefinition } from './definition.js';
import { type Consistency, takeInstant } from './instant.js';
import { checkedPointName, pointName } from './names.js';
import {
  completed,
  makeFolder,
  type Point,
  type PointDisk,
  type PointRecord,
  pointWrite,
  readPointRecords,
} from './points.js';
import { publicWrites, tellVolume } from './public-keys.js';
import { dropPoint } from './remove.js';
import { whileRead } from './slot.js';
import { planTake, type TakeFacts, type TakeStep } from './take-plan.js';
import type { PointWorld } from './world.js';

type Origin = DocumentOf<'point'>['origin'];

/** Names that are tried when others are faster. */
const TRIES = 8;

/** What each origin begins its names with. */
const PREFIX: Readonly<Record<Origin, string>> = { manual: '', backup: 'ab', mirror: 'mr', automirror: 'am' };

/** `vm.create_snapshot`: on the node that runs the VM, for that one holds it still. */
export function takePointTask(world: PointWorld): TaskKind {
  return defineTask({
    kind: 'vm.create_snapshot',
    arguments: TASK_ARGUMENTS['vm.create_snapshot'],
    where: async ({ vm }, store) => {
      const [node] = (await whereabouts(store, vm)).holders;
      return node === undefined ? 'any' : { node };
    },
    async run(task) {
      const { vm: wish, snapshot_name: given, consistency, origin = 'manual' } = task.args;
      const vm = await whereabouts(world.store, wish, { signal: task.signal });
      const point = await whileRead(world, task, vm.uuid, 'vm.create_snapshot', () =>
        takePoint(world, task, vm, {
          origin,
          name: given === undefined ? undefined : checkedPointName(given),
          consistency,
        }),
      );
      return {
        message: `Created snapshot '${point.name}' of VM '${vm.name}'.`,
        snapshot: point.name,
        consistency: point.consistency,
        why: point.why,
        ...(point.pausedMs === undefined ? {} : { pausedMs: point.pausedMs }),
      };
    },
  });
}

interface Resume {
  readonly name: string;
}

interface Wish {
  /** Undefined: one of the time. */
  readonly name: string | undefined;
  readonly origin: Origin;
  readonly consistency: Consistency | undefined;
}

/**
 * One whose name another task took between the look and the transaction gets the next. One that took too long is tried once
 * more, after a pause: Ceph is busy, or waits for a client that died with the image open.
 */
async function takePoint(
  world: PointWorld,
  task: AnyTask,
  vm: Whereabouts,
  wish: Wish,
): ReturnType<typeof takeNamed> {
  const saved = (task.resume as Resume | undefined)?.name;
  let isFirst = true;
  for (let tries = TRIES, name = wish.name ?? saved; ; tries -= 1) {
    name ??= await freeName(world, vm, wish.origin, task.signal);
    if (saved !== name) await task.save({ name } satisfies Resume);
    try {
      return await takeNamed(world, task, vm, { ...wish, name });
    } catch (error) {
      if (isFirst && isDroverError(error, 'DEADLINE')) {
        isFirst = false;
        task.log.warn({ task: task.id, err: error }, 'the snapshot is tried once more');
        await world.clock.sleep(LIMITS.pointAgainMs, task.signal);
        continue;
      }
      const free = wish.name === undefined && tries > 1;
      if (!free || !isDroverError(error, 'STORE_CONFLICT')) throw error;
      name = undefined;
    }
  }
}

async function takeNamed(
  world: PointWorld,
  task: AnyTask,
  vm: Whereabouts,
  { name, ...wish }: Wish & { readonly name: string },
): Promise<Point & { readonly why: string; readonly pausedMs: number | undefined }> {
  const { store } = world;
  const { uuid } = vm;
  const options = { signal: task.signal };
  let last: PointRecord | undefined;
  // Nothing of the name was there when this attempt took it.
  let isFirst = false;

  const read = async (): Promise<TakeFacts> => {
    await store.sync(options);
    const records = await readPointRecords(store, uuid, options);
    const left: { name: string; record: PointRecord }[] = [];
    for (const [its, record] of records) {
      const { state, task: maker } = record.value;
      if (state === 'complete' || maker === task.id || maker === undefined) continue;
      const view = await readTask(store, maker, options);
      if (view === undefined || isEnded(view.status)) left.push({ name: its, record });
    }
    last = records.get(name);
    return { name, record: last?.value.task === task.id ? last : undefined, left };
  };
  try {
    await carryOut<TakeFacts, TakeStep>(world, task, {
      name: 'point-take',
      read,
      plan: planTake,
      executors: {
        sweep: (step) => dropPoint(world, { uuid, ...step }, options),
        intend: async () => {
          await intend(world, task, vm, name, wish.origin);
          isFirst = true;
        },
        take: async ({ record }) => {
          // What has the name now was made for this very point, by an attempt that was cut.
          if (!isFirst) await dropSnapshots(world, record, name, task.signal);
          isFirst = false;
          const disks = record.value.disks;
          const still = await stillCopy(store, vm, options);
          const foreign = new Set<PointDisk>();
          const how = { name, disks, wanted: wish.consistency, foreign };
          const taken = await takeInstant(world, vm, how, task.signal).catch(async (error: unknown) => {
            // Somebody else's came in between, and is not to go with what is left of ours.
            const mine = disks.filter((disk) => !foreign.has(disk));
            if (foreign.size > 0)
              await store.commit([pointWrite(uuid, name, { ...record.value, disks: mine }, record)]);
            throw error;
          });
          const [{ xml, meta }, made] = await together([
            readDefinition(store, uuid, options),
            snapshotsOf(world, disks, name, task.signal),
          ]);
          const value = {
            ...record.value,
            ...taken,
            xml,
            meta,
            state: 'complete',
            disks: made.map(({ disk }) => disk),
          } as const;
          const point = completed(name, { ...record, value });
          if (point === undefined)
            throw new DroverError('INTERNAL', { object: name, reason: 'it is not whole' });
          const shown = await publicWrites(store, uuid, point, options);
          await store
            .commit([pointWrite(uuid, name, value, record), ...shown, ...still], options)
            .catch(async (error: unknown) => {
              // Tied to a copy that has moved on: that says why.
              if (still.length > 0 && isDroverError(error, 'STORE_CONFLICT'))
                await stillCopy(store, vm, options);
              throw error;
            });
          await together(
            made.map(({ disk, image }) =>
              tellVolume(store, { pool: disk.pool, name: disk.volume }, image, options),
            ),
          );
        },
      },
    });
  } catch (error) {
    await tidy(world, task, uuid, name).catch((second: unknown) => {
      task.log.warn({ task: task.id, err: second }, 'what was being taken is left to the next snapshot');
    });
    throw error;
  }
  const point = last && completed(name, last);
  if (last === undefined || point === undefined)
    throw new DroverError('INTERNAL', {
      object: `snapshot ${name}`,
      reason: 'it was taken and is not there',
    });
  return { ...point, why: last.value.why ?? '', pausedMs: last.value.pausedMs };
}

/** The name is ours from here on: no other point, key or snapshot of a disk has it. */
async function intend(
  world: PointWorld,
  task: AnyTask,
  { uuid, name: vm }: Whereabouts,
  name: string,
  origin: Origin,
): Promise<void> {
  const { store, storage, clock, random } = world;
  const options = { signal: task.signal };
  const keys = await readKeys(store, 'domain', { uuid }, ['volumes'], options);
  const disks = await Promise.all(
    keys.needed('volumes').map(async ({ pool, volume }): Promise<PointDisk> => {
      const image = { pool, name: volume };
      const found = await imageWithSnapshots(storage, image, options);
      if (found === undefined)
        throw new DroverError('NOT_FOUND', { object: volumeLabel(image), reason: 'there is no such image' });
      if (found.snapshots.some((one) => one.name === name))
        throw taken(name, vm, `${volumeLabel(image)} has one`);
      return { pool, volume, imageId: found.id };
    }),
  );
  if ((await store.read(objectPath('vm-snapshot', { uuid, snapshot: name }), options)) !== undefined)
    throw taken(name, vm, 'the VM has one');
  const record = {
    id: newUuid(random),
    at: clock.now(),
    origin,
    state: 'taking',
    task: task.id,
    disks,
  } as const;
  await makeFolder(store, uuid, options);
  await store.commit([pointWrite(uuid, name, record, undefined)], options);
}

function taken(name: string, vm: string, reason: string): DroverError {
  return new DroverError('REFUSED', {
    object: `snapshot ${name} of VM '${vm}'`,
    reason: `the name is taken: ${reason}`,
    remedy: 'choose another name',
  });
}

/** The disks with the ids of the snapshots that were made of them, and what their images are with those. */
async function snapshotsOf(
  { storage }: PointWorld,
  disks: readonly PointDisk[],
  name: string,
  signal: AbortSignal,
): Promise<readonly { readonly disk: PointDisk; readonly image: Image }[]> {
  return await together(
    disks.map(async (disk) => {
      const image = { pool: disk.pool, name: disk.volume };
      const found = await imageWithSnapshots(storage, image, { signal });
      const its = found?.snapshots.find((one) => one.name === name);
      if (found?.id !== disk.imageId || its === undefined)
        throw new DroverError('STORAGE_REFUSED', {
          object: `snapshot ${name} of ${volumeLabel(image)}`,
          reason: 'somebody removed it, or its image, while the point was being taken',
        });
      return { disk: { ...disk, snapshotId: its.id, bytes: its.bytes }, image: found };
    }),
  );
}

async function dropSnapshots(
  { storage }: PointWorld,
  { value }: PointRecord,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await together(
    value.disks.map(async ({ pool, volume, imageId }) => {
      const image = { pool, name: volume };
      const found = await imageWithSnapshots(storage, image, { signal });
      const its = found?.snapshots.find((one) => one.name === name);
      if (found?.id !== imageId || its === undefined) return;
      await storage.dropSnapshot(image, name, its.id, { signal });
    }),
  );
}

async function freeName(
  { store, clock }: PointWorld,
  { uuid }: Whereabouts,
  origin: Origin,
  signal: AbortSignal,
): Promise<string> {
  await store.sync({ signal });
  const records = await readPointRecords(store, uuid, { signal });
  const shown = new Set((await store.children(`/domains/${uuid}/snapshots`, { signal }))?.names ?? []);
  return pointName(PREFIX[origin], clock.now(), (name) => records.has(name) || shown.has(name));
}

/** After a failure: nothing is left of what was being taken. */
async function tidy(world: PointWorld, task: AnyTask, uuid: string, name: string): Promise<void> {
  const record = (await readPointRecords(world.store, uuid)).get(name);
  if (record?.value.task !== task.id || record.value.state !== 'taking') return;
  await dropPoint(world, { uuid, name, record });
}
