import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, isDroverError } from '../core/index.js';
import { whereabouts } from '../domain/index.js';
import { type CallOptions, conflictOf, type ImageName, type Storage, type Write } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { documentPath, readKeys, readRecord } from '../tree/index.js';
import { type AnyTask, imageWithSnapshots } from '../volume/index.js';
import { checkedPointName } from './names.js';
import { type PointRecord, pointWrite, readPointRecord } from './points.js';
import { removalWrites, tellVolumes } from './public-keys.js';
import { whileRead } from './slot.js';
import type { PointWorld } from './world.js';

/** `vm.remove_snapshot`. A point that is half removed is removed by asking again (M38). */
export function removePointTask(world: PointWorld): TaskKind {
  const { store } = world;
  return defineTask({
    kind: 'vm.remove_snapshot',
    arguments: TASK_ARGUMENTS['vm.remove_snapshot'],
    where: 'any',
    async run(task) {
      const { vm: wish, snapshot_name: given, force = false } = task.args;
      const options = { signal: task.signal };
      const name = checkedPointName(given);
      const vm = await whereabouts(store, wish, options);
      await whileRead(world, task, vm.uuid, 'vm.remove_snapshot', async () => {
        const record = await readPointRecord(store, vm.uuid, name, options);
        if (record === undefined) return void (await dropForeign(world, task, vm, name));
        if (record.value.state === 'taking' && record.value.task !== undefined)
          throw new DroverError('BUSY', {
            object: `snapshot ${name} of VM '${vm.name}'`,
            reason: `task ${record.value.task} is taking it`,
          });
        if (!force) await refuseBase(world, vm, record, name);
        await dropPoint(world, { uuid: vm.uuid, name, record }, options);
      });
      return { message: `Removed snapshot '${name}' of VM '${vm.name}'.` };
    },
  });
}

/**
 * Removes a point wherever an attempt before this one has stopped: nobody sees it any more before anything of it goes, and
 * its record goes last. Snapshots are meant by their ids.
 */
export async function dropPoint(
  world: Pick<PointWorld, 'store' | 'storage'>,
  point: { readonly uuid: string; readonly name: string; readonly record: PointRecord },
  options: CallOptions = {},
): Promise<void> {
  const { store, storage } = world;
  const { uuid, name } = point;
  let { record } = point;
  const { disks } = record.value;
  if (record.value.state !== 'removing') {
    const hidden = await removalWrites(store, uuid, name, disks, options);
    await store.commit(
      [pointWrite(uuid, name, { ...record.value, state: 'removing' }, record), ...hidden],
      options,
    );
    const now = await readPointRecord(store, uuid, name, options);
    if (now === undefined) return;
    record = now;
  }
  // One after the other: a QEMU that has them open does the work, and takes its time when it is asked for all of it at once.
  for (const { pool, volume, imageId, snapshotId } of disks) {
    const image = { pool, name: volume };
    const id = snapshotId ?? (await unnumbered(storage, image, imageId, name, options));
    if (id === undefined) continue;
    try {
      await storage.dropSnapshot(image, name, id, options);
    } catch (error) {
      const gone = isDroverError(error, 'NOT_FOUND') && (await storage.image(image, options))?.id !== imageId;
      if (!gone) throw error;
    }
  }
  const rest = await removalWrites(store, uuid, name, disks, options);
  await store.commit([...rest, deletion(record)], options).catch((error: unknown) => {
    // Somebody else has removed it to the end.
    if (conflictOf(error)?.why !== 'missing') throw error;
  });
  await tellVolumes(world, disks, options);
}

/** The id of what has the name of a point that was never finished. */
async function unnumbered(
  storage: Storage,
  image: ImageName,
  imageId: string,
  name: string,
  options: CallOptions,
): Promise<string | undefined> {
  const found = await imageWithSnapshots(storage, image, options);
  return found?.id === imageId ? found.snapshots.find((one) => one.name === name)?.id : undefined;
}

function deletion({ path, version }: PointRecord): Write {
  return { op: 'delete', path, version };
}

/** REFUSED for the newest point that another cluster has too: what is sent next goes on from it. */
async function refuseBase(
  { store }: PointWorld,
  { uuid, name: vm }: { readonly uuid: string; readonly name: string },
  record: PointRecord,
  name: string,
): Promise<void> {
  const mirror = (await readRecord(store, 'mirror', documentPath('mirror', { uuid })))?.value;
  const peer = mirror?.peers?.find(({ last }) => last?.id === record.value.id)?.name;
  const head = mirror?.role === 'mirror' && mirror.head?.point === record.value.id;
  if (peer === undefined && !head) return;
  throw new DroverError('REFUSED', {
    object: `snapshot ${name} of VM '${vm}'`,
    reason: head ? 'this copy goes on from it' : `the mirror on ${peer ?? ''} goes on from it`,
    remedy: 'mirror it again first; or give force: the next transfer is a full one then',
  });
}

/** A snapshot that the public tree shows and of which there is no record: another program made it. */
async function dropForeign(
  world: PointWorld,
  task: AnyTask,
  { uuid, name: vm }: { readonly uuid: string; readonly name: string },
  name: string,
): Promise<void> {
  const { store, storage } = world;
  const options = { signal: task.signal };
  const keys = await readKeys(
    store,
    'vm-snapshot',
    { uuid, snapshot: name },
    ['name', 'volumeSnapshots'],
    options,
  );
  if (!keys.has('name'))
    throw new DroverError('NOT_FOUND', {
      object: `snapshot ${name} of VM '${vm}'`,
      reason: 'there is none of this name',
    });
  const disks = (keys.value('volumeSnapshots') ?? []).filter(({ snapshot }) => snapshot === name);
  for (const { pool, volume } of disks) {
    const image = { pool, name: volume };
    try {
      const its = (await storage.snapshots(image, options)).find((one) => one.name === name);
      if (its !== undefined) await storage.dropSnapshot(image, name, its.id, options);
    } catch (error) {
      // No such image any more.
      if (!isDroverError(error, 'NOT_FOUND')) throw error;
    }
  }
  await store.commit(await removalWrites(store, uuid, name, disks, options), options);
  await tellVolumes(world, disks, options);
}
