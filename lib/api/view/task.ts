import type { TaskProgress, TaskRow, Tasks } from '../../../schemas/api.js';
import type { DocumentOf } from '../../../schemas/index.js';
import { DroverError } from '../../core/index.js';
import { decodeDocument, documentPath } from '../../tree/index.js';
import type { Sight } from './sight.js';

type State = TaskProgress['state'];
type Status = DocumentOf<'task-status'>;

/** What PVC's clients know as the states of Celery. */
const WORDS = {
  queued: 'PENDING',
  running: 'RUNNING',
  done: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'REVOKED',
} as const satisfies Record<Status['state'], State>;

interface Found {
  readonly task: DocumentOf<'task'>;
  /** Missing until somebody has looked at the request. */
  readonly status: Status | undefined;
  readonly claim: DocumentOf<'task-claim'> | undefined;
}

/** How far a task is, and how it ended. NOT_FOUND for an id that nobody asked for, or that was cleaned up. */
export async function taskProgress(sight: Sight, id: string): Promise<TaskProgress> {
  await sight.fresh();
  const found = (await sight.names('/drover/tasks')).includes(id) ? await readTask(sight, id) : undefined;
  if (found === undefined)
    throw new DroverError('NOT_FOUND', {
      object: `task '${id}'`,
      reason: 'no task has this id, or it ended long ago and was cleaned up',
    });
  const { task, status } = found;
  return {
    ...figuresOf(status),
    id,
    name: task.kind,
    ...(status?.state === 'running' && status.progress?.bytes ? { bytes: status.progress.bytes } : {}),
    ...(status?.error === undefined
      ? {}
      : { error: { code: status.error.code, message: status.error.message } }),
    ...(status?.result === undefined ? {} : { result: status.result }),
  };
}

/** The tasks that have not ended, by worker, and on demand those that have. */
export async function listTasks(sight: Sight, finished: boolean): Promise<Tasks> {
  const ids = await sight.names('/drover/tasks');
  const found = (await Promise.all(ids.map((id) => readTask(sight, id)))).filter(
    (task) => task !== undefined,
  );
  const rows = found.map(rowOf);
  const ended = (row: TaskRow) => row.state !== 'PENDING' && row.state !== 'RUNNING';
  return {
    scheduled: {},
    active: byWorker(rows.filter((row) => row.state === 'RUNNING')),
    reserved: byWorker(rows.filter((row) => row.state === 'PENDING')),
    ...(finished ? { finished: byWorker(rows.filter(ended)) } : {}),
  };
}

async function readTask(sight: Sight, id: string): Promise<Found | undefined> {
  const [task, status, claim] = await Promise.all([
    documentAt(sight, 'task', id),
    documentAt(sight, 'task-status', id),
    documentAt(sight, 'task-claim', id),
  ]);
  return task && { task, status, claim };
}

/** Undefined when it is missing or cannot be read. */
async function documentAt<K extends 'task' | 'task-status' | 'task-claim'>(
  sight: Sight,
  kind: K,
  id: string,
): Promise<DocumentOf<K> | undefined> {
  const path = documentPath<'task' | 'task-status' | 'task-claim'>(kind, { id });
  const entry = await sight.read(path);
  const document = entry && decodeDocument(kind, entry.data, path);
  return document?.ok === true ? document.value : undefined;
}

function figuresOf(status: Status | undefined): Pick<TaskProgress, 'state' | 'current' | 'total' | 'status'> {
  const state = WORDS[status?.state ?? 'queued'];
  const { current = 0, total = 1, text = '' } = status?.progress ?? {};
  switch (state) {
    case 'PENDING':
      return { state, current: 0, total: 1, status: text || 'Pending job start' };
    case 'FAILURE':
      return { state, current: 1, total: 1, status: status?.error?.message ?? text };
    case 'REVOKED':
      return { state, current: 1, total: 1, status: status?.error?.message ?? (text || 'Cancelled') };
    case 'SUCCESS':
      return {
        state,
        current: total,
        total,
        status: messageIn(status?.result) ?? (text || 'Done'),
      };
    case 'RUNNING':
      return { state, current, total, status: text };
  }
}

function rowOf({ task, status, claim }: Found): TaskRow {
  const figures = figuresOf(status);
  return {
    id: task.id,
    name: task.kind,
    type: task.kind,
    args: [],
    kwargs: withoutSecrets(task.args) as TaskRow['kwargs'],
    hostname: claim === undefined ? '' : `droverd@${claim.node}`,
    time_start: claim === undefined ? null : claim.since / 1000,
    acknowledged: claim !== undefined,
    state: figures.state,
    status: figures.status,
  };
}

const SECRET = /key|token|password|passphrase|secret/i;
const HIDDEN = '[hidden]';

/** Values under a name that sounds like a secret are hidden, at any depth. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET.test(name) && typeof inner === 'string' ? HIDDEN : withoutSecrets(inner),
    ]),
  );
}

function byWorker(rows: readonly TaskRow[]): Readonly<Record<string, readonly TaskRow[]>> {
  const workers: Record<string, TaskRow[]> = {};
  for (const row of rows) (workers[row.hostname || 'droverd'] ??= []).push(row);
  return workers;
}

/** The sentence of a result: the whole of it, or its `message`. */
function messageIn(result: unknown): string | undefined {
  if (typeof result === 'string') return result;
  if (typeof result !== 'object' || result === null || !('message' in result)) return undefined;
  return typeof result.message === 'string' ? result.message : undefined;
}
