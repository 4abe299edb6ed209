import { createHash } from 'node:crypto';
import { DroverError, isDroverError, LIMITS } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import { cancelTask, isEnded, readTask, requestTask, type TaskView, watchTask } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { needPoint, type Point, readPointRecord } from './points.js';
import { dropPoint } from './remove.js';
import type { PointWorld } from './world.js';

/** A point that a task needs. */
export interface PointWish {
  readonly origin: Point['origin'];
  readonly snapshot_name?: string;
}

interface OfVm {
  readonly uuid: string;
  readonly vm: string;
}

/**
 * A point that another task needs: taken by a task of its own, on the node that runs the VM. Asked for again, by a later
 * attempt, it is the same point. DEADLINE when nobody takes it; who gives up withdraws it.
 */
export async function askForPoint(
  { store, clock }: Pick<PointWorld, 'store' | 'clock'>,
  task: AnyTask,
  vm: OfVm,
  args: PointWish,
): Promise<Point> {
  const options = { signal: task.signal };
  const id = subTaskId(task.id, vm.uuid, args);
  const request = { id, kind: 'vm.create_snapshot', args: { vm: vm.uuid, ...args }, by: `task ${task.id}` };
  await requestTask(store, request, clock.now(), options);
  const { status } = await ended(store, clock, id, task.signal);
  const name = (status.result as { readonly snapshot?: unknown } | undefined)?.snapshot;
  if (status.state === 'done' && typeof name === 'string') return await needPoint(store, vm, name, options);
  throw new DroverError('REFUSED', {
    object: `snapshot of VM '${vm.vm}'`,
    reason: status.error?.message ?? `task ${id} has ended: ${status.state}`,
    remedy: 'correct what is named, then ask again',
  });
}

/**
 * Takes back what task `asker` has asked for: its task ends first, so nothing comes of it later, and the point that it may
 * have taken goes.
 */
export async function withdrawPoint(
  world: Pick<PointWorld, 'store' | 'storage' | 'clock'>,
  asker: string,
  vm: OfVm,
  args: PointWish & { readonly snapshot_name: string },
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { store, clock } = world;
  const { signal = new AbortController().signal } = options;
  const id = subTaskId(asker, vm.uuid, args);
  const view = await readTask(store, id, { signal });
  if (view !== undefined && !isEnded(view.status)) {
    const cancel = { by: `task ${asker}`, at: clock.now(), why: 'nobody needs it any more' };
    await cancelTask(store, id, cancel, { signal }).catch((error: unknown) => {
      // It has ended meanwhile.
      if (!isDroverError(error, 'REFUSED', 'NOT_FOUND')) throw error;
    });
    await ended(store, clock, id, signal);
  }
  const name = args.snapshot_name;
  const record = await readPointRecord(store, vm.uuid, name, { signal });
  if (record?.value.task === id) await dropPoint(world, { uuid: vm.uuid, name, record }, { signal });
}

/** An id of its own for a task that another one needs, the same for every attempt. */
function subTaskId(task: string, uuid: string, { origin, snapshot_name: name = '' }: PointWish): string {
  const digest = createHash('sha256').update(`${task} ${uuid} ${origin} ${name}`).digest('hex').slice(0, 8);
  return `${task.slice(0, 50)}-p${digest}`;
}

/** The end of a task. DEADLINE when it takes too long: its node may be gone. */
async function ended(store: Store, clock: Clock, id: string, signal: AbortSignal): Promise<TaskView> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const late = new DroverError('DEADLINE', {
    object: `task ${id}`,
    reason: `it has not ended within ${LIMITS.pointAskedMs} ms`,
    remedy: `see why: drover task watch ${id}`,
  });
  try {
    return await Promise.race([
      theEnd(store, id, either),
      clock.sleep(LIMITS.pointAskedMs, either).then(() => Promise.reject<TaskView>(late)),
    ]);
  } finally {
    over.abort(late);
  }
}

async function theEnd(store: Store, id: string, signal: AbortSignal): Promise<TaskView> {
  return await new Promise<TaskView>((resolve, reject) => {
    const finish = (end: () => void) => {
      watch.close();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = () => finish(() => reject(signal.reason as Error));
    const watch = watchTask(store, id, (view) => {
      if (view !== undefined && isEnded(view.status)) queueMicrotask(() => finish(() => resolve(view)));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
