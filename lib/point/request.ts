import { createHash } from 'node:crypto';
import { DroverError } from '../core/index.js';
import type { Store } from '../ports/index.js';
import { isEnded, requestTask, type TaskView, watchTask } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { needPoint, type Point } from './points.js';
import type { PointWorld } from './world.js';

/**
 * A point that another task needs: taken by a task of its own, on the node that runs the VM. Asked for again, by a later
 * attempt, it is the same point.
 */
export async function askForPoint(
  { store, clock }: Pick<PointWorld, 'store' | 'clock'>,
  task: AnyTask,
  vm: { readonly uuid: string; readonly vm: string },
  args: { readonly origin: Point['origin']; readonly snapshot_name?: string },
): Promise<Point> {
  const options = { signal: task.signal };
  const id = subTaskId(task.id, `${vm.uuid} ${args.origin}`);
  const request = { id, kind: 'vm.create_snapshot', args: { vm: vm.uuid, ...args }, by: `task ${task.id}` };
  await requestTask(store, request, clock.now(), options);
  const { status } = await ended(store, id, task.signal);
  const name = (status.result as { readonly snapshot?: unknown } | undefined)?.snapshot;
  if (status.state === 'done' && typeof name === 'string') return await needPoint(store, vm, name, options);
  throw new DroverError('REFUSED', {
    object: `snapshot of VM '${vm.vm}'`,
    reason: status.error?.message ?? `task ${id} has ended: ${status.state}`,
    remedy: 'correct what is named, then ask again',
  });
}

/** An id of its own for a task that another one needs, the same for every attempt. */
function subTaskId(task: string, what: string): string {
  const digest = createHash('sha256').update(`${task} ${what}`).digest('hex').slice(0, 8);
  return `${task.slice(0, 50)}-p${digest}`;
}

async function ended(store: Store, id: string, signal: AbortSignal): Promise<TaskView> {
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
