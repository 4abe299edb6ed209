import { isDeepStrictEqual } from 'node:util';
import { DroverError, isDroverError, requestId } from '../core/index.js';
import { type CallOptions, conflictOf, type Store, type Write } from '../ports/index.js';
import { documentPath, writeRecord } from '../tree/index.js';
import { refuseLarge } from './job.js';
import { taskPath } from './keys.js';
import type { Arguments } from './kinds.js';
import { isEnded, queued } from './status.js';
import { readTask, type TaskView } from './view.js';

export interface TaskRequest {
  /** Chosen by the requester: asking again with the same id is the same request. */
  readonly id: string;
  readonly kind: string;
  readonly args: Arguments;
  /** Who asks. */
  readonly by?: string;
  /** The node that shall run it, for kinds that any node may run. */
  readonly runOn?: string;
  readonly schedule?: string;
}

const TRIES = 8;

/** The writes that make a request with its whole subtree. Fails with BAD_INPUT for what no reader would take. */
export function requestWrites(request: TaskRequest, now: number): readonly Write[] {
  const id = requestId(request.id, 'task');
  refuseLarge(request.args, `arguments of task ${id}`);
  return [
    writeRecord('task', taskPath(id), { ...request, at: now }, undefined),
    writeRecord('task-status', documentPath('task-status', { id }), queued(now), undefined),
  ];
}

/**
 * Asks for a task. Asking again with the same id and the same wish is the same request, also when a reply was lost;
 * with another wish it is REFUSED. Kind and arguments are not checked here: `Kinds.check` does that, and a task that
 * nobody understands fails. `now` is wall time.
 */
export async function requestTask(
  store: Store,
  request: TaskRequest,
  now: number,
  options?: CallOptions,
): Promise<TaskView> {
  const writes = requestWrites(request, now);
  for (let left = TRIES; ; left -= 1) {
    try {
      await store.commit(writes, options);
    } catch (error) {
      const there = conflictOf(error)?.why === 'exists';
      if (!there && (left === 1 || !isDroverError(error, 'STORE_OUTCOME_UNKNOWN'))) throw error;
      await store.sync(options);
    }
    const view = await readTask(store, request.id, options);
    if (view === undefined) {
      // Nothing was written, or it was deleted at once.
      if (left > 1) continue;
      throw new DroverError('STORE_CONFLICT', {
        object: taskPath(request.id),
        reason: 'it vanishes again and again',
      });
    }
    if (!isSame(view, request))
      throw new DroverError('REFUSED', {
        object: `task ${request.id}`,
        reason: 'another request has this id',
        remedy: 'choose another id',
      });
    return view;
  }
}

function isSame({ request }: TaskView, wanted: TaskRequest): boolean {
  const wish = ({ kind, args, runOn }: Pick<TaskRequest, 'kind' | 'args' | 'runOn'>) => ({
    kind,
    args,
    runOn,
  });
  return request !== undefined && isDeepStrictEqual(wish(request), wish(wanted));
}

/**
 * Asks for the end of a task: one that runs is told to stop, one that nobody runs ends at once. Again is fine.
 * NOT_FOUND when there is no such task, REFUSED when it has ended.
 */
export async function cancelTask(
  store: Store,
  id: string,
  cancel: { readonly by?: string; readonly why?: string; readonly at: number },
  options?: CallOptions,
): Promise<void> {
  const path = documentPath('task-cancel', { id: requestId(id, 'task') });
  for (let left = TRIES; ; left -= 1) {
    const view = await readTask(store, id, options);
    if (view === undefined) throw noSuchTask(id);
    if (isEnded(view.status))
      throw new DroverError('REFUSED', {
        object: `task ${id}`,
        reason: `it has ended: ${view.status.state}`,
      });
    // The key is what counts: whatever it holds, somebody has asked.
    if (view.cancel !== undefined) return;
    try {
      await store.commit([writeRecord('task-cancel', path, cancel, undefined)], options);
      return;
    } catch (error) {
      const why = conflictOf(error)?.why;
      if (why === 'exists') return;
      if (left === 1 || (why !== 'missing' && !isDroverError(error, 'STORE_OUTCOME_UNKNOWN'))) throw error;
      await store.sync(options);
    }
  }
}

export function noSuchTask(id: string): DroverError {
  return new DroverError('NOT_FOUND', {
    object: `task ${id}`,
    reason: 'there is none, or it ended so long ago that it was deleted',
  });
}
