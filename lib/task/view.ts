import type { Task, TaskCancel, TaskStatus } from '../../schemas/index.js';
import type { CallOptions, Entry, Store, Watch } from '../ports/index.js';
import { documentPath, type Problem, tryRecordOf } from '../tree/index.js';
import { taskPath, TASKS_PATH } from './keys.js';
import { queued } from './status.js';

/** A task as a client sees it. */
export interface TaskView {
  readonly id: string;
  /** Undefined when it cannot be read; then `problem` says why. */
  readonly request: Task | undefined;
  readonly status: TaskStatus;
  /** Somebody has asked for its end. */
  readonly cancel: TaskCancel | undefined;
  readonly problem: Problem | undefined;
}

/** The task as it stands, after a `sync`; undefined when there is none. */
export async function readTask(
  store: Store,
  id: string,
  options?: CallOptions,
): Promise<TaskView | undefined> {
  await store.sync(options);
  return read(store, id, options);
}

/** Tasks read at once. */
const READS = 64;

/** All tasks that `wanted` lets through, the oldest first. */
export async function listTasks(
  store: Store,
  wanted: (task: TaskView) => boolean = () => true,
  options?: CallOptions,
): Promise<readonly TaskView[]> {
  await store.sync(options);
  const names = (await store.children(TASKS_PATH, options))?.names ?? [];
  const views: TaskView[] = [];
  for (let at = 0; at < names.length; at += READS) {
    const some = await Promise.all(names.slice(at, at + READS).map((id) => read(store, id, options)));
    views.push(...some.filter((view) => view !== undefined));
  }
  return views.filter(wanted).sort((a, b) => ageOf(a) - ageOf(b));
}

/**
 * Delivers the task now and whenever it changed, the latest state each time; undefined while there is none. Close the
 * watch when `isEnded(view.status)`: it does not change any more.
 */
export function watchTask(store: Store, id: string, listener: (task: TaskView | undefined) => void): Watch {
  const seen = new Map<string, Entry | undefined>();
  const paths = pathsOf(id);
  const watches = paths.map((path) =>
    store.watch(path, (entry) => {
      seen.set(path, entry);
      if (seen.size < paths.length) return;
      const [request, status, cancel] = paths.map((key) => seen.get(key));
      listener(request && viewOf(id, request, status, cancel));
    }),
  );
  return {
    close: () => {
      for (const watch of watches) watch.close();
    },
  };
}

function pathsOf(id: string): readonly string[] {
  return [taskPath(id), documentPath('task-status', { id }), documentPath('task-cancel', { id })];
}

async function read(store: Store, id: string, options?: CallOptions): Promise<TaskView | undefined> {
  const [request, status, cancel] = await Promise.all(pathsOf(id).map((path) => store.read(path, options)));
  return request && viewOf(id, request, status, cancel);
}

function viewOf(
  id: string,
  requestEntry: Entry,
  statusEntry: Entry | undefined,
  cancelEntry: Entry | undefined,
): TaskView {
  const request = tryRecordOf('task', requestEntry);
  const status = statusEntry && tryRecordOf('task-status', statusEntry);
  const cancel = cancelEntry && tryRecordOf('task-cancel', cancelEntry);
  return {
    id,
    request: request.value,
    status: status?.value ?? { v: 1, ...queued(request.value?.at ?? 0) },
    cancel: cancel && (cancel.value ?? { v: 1 }),
    problem: request.problem ?? status?.problem,
  };
}

function ageOf({ request, status }: TaskView): number {
  return request?.at ?? status.at;
}
