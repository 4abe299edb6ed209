import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { copyLimitMs, DroverError, type Plan } from '../core/index.js';
import { type Whereabouts, whereabouts } from '../domain/index.js';
import type { Store, Write } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { documentPath, readKeys, readRecord, withoutContenders, writeRecord } from '../tree/index.js';
import { type AnyTask, awaitClosed, carryOut, renamedXml, volumeLabel, withData } from '../volume/index.js';
import { checkedPointName } from './names.js';
import { needPoint, type Point } from './points.js';
import type { PointWorld } from './world.js';

/** States in which the disks of a VM may be changed under it. */
const AT_REST = new Set(['stop', 'disable', 'fail', 'mirror']);

export interface RollbackFacts {
  readonly point: Point;
  /** How many disks are as they were; in the order of the point. */
  readonly done: number;
  readonly defined: boolean;
}

export type RollbackStep =
  { readonly kind: 'roll-back'; readonly disk: number } | { readonly kind: 'define' };

export function planRollback({ point, done, defined }: RollbackFacts): Plan<RollbackStep> {
  if (done < point.disks.length)
    return { do: 'step', step: { kind: 'roll-back', disk: done }, reason: 'a disk is not what it was' };
  return defined
    ? { do: 'rest', reason: 'all of it is what it was' }
    : { do: 'step', step: { kind: 'define' }, reason: 'its disks are what they were' };
}

interface Resume {
  readonly done: number;
  readonly defined: boolean;
}

/**
 * `vm.rollback_snapshot`. An attempt that is cut is gone on with, and nobody can start the VM meanwhile: its data is the
 * task's (M39).
 */
export function rollBackTask(world: PointWorld): TaskKind {
  const { store } = world;
  return defineTask({
    kind: 'vm.rollback_snapshot',
    arguments: TASK_ARGUMENTS['vm.rollback_snapshot'],
    where: 'any',
    async run(task) {
      const { vm: wish, snapshot_name: given, force = false } = task.args;
      const options = { signal: task.signal };
      const name = checkedPointName(given);
      const { uuid } = await whereabouts(store, wish, options);
      const vm = await withData(world, task, 'vm.rollback_snapshot', [uuid], async () => {
        const now = await whereabouts(store, uuid, options);
        refuseUnrest(now);
        const point = await needPoint(store, { uuid, vm: now.name }, name, options);
        await disownHead(world, now, force);
        await rollBack(world, task, now, point);
        await ownHead(world, uuid, point);
        return now;
      });
      return { message: `Rolled VM '${vm.name}' back to snapshot '${name}'.` };
    },
  });
}

async function rollBack(world: PointWorld, task: AnyTask, vm: Whereabouts, point: Point): Promise<void> {
  const { store, storage } = world;
  const { signal } = task;
  let { done = 0, defined = false } = (task.resume ?? {}) as Partial<Resume>;
  const save = () => task.save({ done, defined } satisfies Resume);
  try {
    await carryOut<RollbackFacts, RollbackStep>(world, task, {
      name: 'point-rollback',
      read: () => Promise.resolve({ point, done, defined }),
      plan: planRollback,
      executors: {
        'roll-back': async ({ disk }) => {
          const its = point.disks[disk];
          if (its === undefined) return;
          const image = { pool: its.pool, name: its.volume };
          const found = await storage.image(image, { signal });
          if (found?.id !== its.imageId)
            throw new DroverError('REFUSED', {
              object: volumeLabel(image),
              reason: `it is not the image that snapshot ${point.name} is of`,
              remedy: 'bring that image back under this name',
            });
          await awaitClosed(world, image, signal);
          task.throwIfOver();
          const limitMs = copyLimitMs(found.bytes);
          task.progress({
            current: disk,
            total: point.disks.length,
            text: `rolling back ${its.pool}/${its.volume}`,
          });
          await storage.rollBack(image, point.name, its.snapshotId, { signal, limitMs });
          done = disk + 1;
          await save();
        },
        define: async () => {
          await store.commit(await definitionWrites(world, vm, point, signal), { signal });
          defined = true;
          await save();
        },
      },
    });
  } catch (error) {
    if (done === 0 || defined) throw error;
    const at = `${done} of ${point.disks.length} disks are as at snapshot ${point.name}, the others are not`;
    task.log.error({ task: task.id, vm: vm.uuid, done }, at);
    throw error;
  }
}

/** Its definition as it was, under the name that it has now. */
async function definitionWrites(
  { store }: PointWorld,
  { uuid, name }: Whereabouts,
  point: Point,
  signal: AbortSignal,
): Promise<readonly Write[]> {
  const keys = await readKeys(store, 'domain', { uuid }, ['xml', 'volumes'], { signal });
  const volumes = point.disks.map(({ pool, volume }) => ({ pool, volume }));
  const xml = renamedXml(point.xml, new Map(), name);
  if (xml === undefined)
    throw new DroverError('REFUSED', {
      object: `snapshot ${point.name} of VM '${name}'`,
      reason: 'its definition is no well-formed XML',
      remedy: 'define the VM anew; its disks are rolled back',
    });
  return [...keys.set('xml', xml), ...keys.set('volumes', volumes)];
}

/** REFUSED unless nothing runs of it, and nothing is about to. */
export function refuseUnrest({ name, state, holders }: Whereabouts): void {
  if (AT_REST.has(state) && holders.length === 0) return;
  throw new DroverError('REFUSED', {
    object: `VM '${name}'`,
    reason: holders.length === 0 ? `its state is ${state}` : `it runs on ${holders.join(' and ')}`,
    remedy: 'stop it first: a rollback changes its disks under it',
  });
}

/** The copy of a mirror is not what its source has sent any more: the next receive begins with a rollback of its own. */
export async function disownHead(
  { store }: PointWorld,
  { uuid, name }: Whereabouts,
  force: boolean,
): Promise<void> {
  const record = await readRecord(store, 'mirror', documentPath('mirror', { uuid }));
  if (record === undefined || record.value.role === 'active') return;
  if (!force)
    throw new DroverError('REFUSED', {
      object: `VM '${name}'`,
      reason: 'it is the copy of a mirror: its source decides what it holds',
      remedy: 'promote it first, or give force',
    });
  const head = { ...record.value.head, state: 'dirty' } as const;
  await store.commit([
    writeRecord('mirror', record.path, { ...record.value, head }, record),
    ...(await receiveRemovals(store, uuid)),
  ]);
}

/** What was on its way into the copy is given up: not another unit of it comes. */
async function receiveRemovals(store: Store, uuid: string): Promise<readonly Write[]> {
  const ids = withoutContenders((await store.children('/drover/receives'))?.names ?? []);
  const receives = await Promise.all(
    ids.map((id) => readRecord(store, 'receive', documentPath('receive', { id }))),
  );
  return receives.flatMap((receive) =>
    receive?.value.uuid === uuid
      ? [{ op: 'delete', path: receive.path, version: receive.version } as const]
      : [],
  );
}

/** The copy of a mirror holds that point now, and nothing else. */
async function ownHead({ store }: PointWorld, uuid: string, { id }: Point): Promise<void> {
  const record = await readRecord(store, 'mirror', documentPath('mirror', { uuid }));
  if (record === undefined || record.value.role === 'active') return;
  const head = { state: 'clean', point: id } as const;
  await store.commit([writeRecord('mirror', record.path, { ...record.value, head }, record)]);
}
