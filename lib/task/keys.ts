import { requestId } from '../core/index.js';
import type { Store } from '../ports/index.js';
import { documentPath, type MaybeRecorded, tryReadRecord } from '../tree/index.js';

export const TASKS_PATH = '/drover/tasks';

/** The keys of one task as they were read. */
export interface TaskKeys {
  readonly id: string;
  readonly request: MaybeRecorded<'task'> | undefined;
  readonly status: MaybeRecorded<'task-status'> | undefined;
  readonly cancel: MaybeRecorded<'task-cancel'> | undefined;
  readonly claim: MaybeRecorded<'task-claim'> | undefined;
}

export function taskPath(id: string): string {
  return documentPath('task', { id });
}

/**
 * Reads the keys of a task. The claim comes last: whoever claims a task writes its status too, so while the status has
 * the version read here, a claim that was absent then is absent still.
 */
export async function readTaskKeys(store: Store, id: string): Promise<TaskKeys> {
  await store.sync();
  const [request, status, cancel] = await Promise.all([
    tryReadRecord(store, 'task', taskPath(id)),
    tryReadRecord(store, 'task-status', documentPath('task-status', { id })),
    tryReadRecord(store, 'task-cancel', documentPath('task-cancel', { id })),
  ]);
  const claim = await tryReadRecord(store, 'task-claim', documentPath('task-claim', { id }));
  return { id, request, status, cancel, claim };
}

/** Whether `id` can be the id of a task. */
export function isTaskId(id: string): boolean {
  try {
    return requestId(id, 'task') === id;
  } catch {
    return false;
  }
}
