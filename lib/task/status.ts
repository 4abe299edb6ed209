import type { TaskCancel, TaskProgress, TaskStatus } from '../../schemas/index.js';
import { DroverError, LIMITS } from '../core/index.js';
import type { DocumentInput } from '../tree/index.js';
import { RunFailed } from './run-summary.js';

/** Attempts of a task whose workers may die before nobody tries again. */
export const DEATHS = 5;

export type StatusInput = DocumentInput<'task-status'>;

/** How a task ends; each is final. */
export type Ending =
  | { readonly state: 'done'; readonly result: unknown }
  | { readonly state: 'failed' | 'cancelled'; readonly error: DroverError };

const QUEUED: StatusInput = { state: 'queued', attempt: 0, at: 0 };

export function isEnded(status: { readonly state: TaskStatus['state'] } | undefined): boolean {
  return status !== undefined && status.state !== 'queued' && status.state !== 'running';
}

/** The status of a task that nobody has worked at; a missing one means the same. */
export function queued(now: number): StatusInput {
  return { ...QUEUED, at: now };
}

/** The status while `attempt` of `node` begins. A claim that went while the task ran was the death of its worker. */
export function claimed(
  from: TaskStatus | undefined,
  by: { readonly node: string; readonly now: number },
): StatusInput {
  const { waiting: _, ...rest } = from ?? QUEUED;
  const attempt = rest.attempt + 1;
  return { ...withDeath(rest), state: 'running', attempt, node: by.node, startedAt: by.now, at: by.now };
}

/** The status after a worker gave its attempt back; `died` counts it among those that may not go on for ever. */
export function released(from: TaskStatus, now: number, died: boolean): StatusInput {
  return { ...(died ? withDeath(from) : from), state: 'queued', at: now };
}

/** The status with the latest report of the attempt that runs. */
export function reported(
  from: TaskStatus,
  report: { readonly progress: TaskProgress | undefined; readonly resume: unknown },
  now: number,
): StatusInput {
  const { progress, resume } = report;
  return {
    ...from,
    ...(progress === undefined ? {} : { progress }),
    ...(resume === undefined ? {} : { resume }),
    at: now,
  };
}

/** The final status. */
export function ended(from: TaskStatus | undefined, ending: Ending, now: number): StatusInput {
  const { waiting: _, resume: __, ...rest } = from ?? QUEUED;
  const common = { ...rest, at: now, endedAt: now };
  if (ending.state === 'done')
    return {
      ...common,
      state: 'done',
      ...(ending.result === undefined ? {} : { result: ending.result }),
    };
  const { error } = ending;
  const result = error instanceof RunFailed ? { result: error.result } : {};
  return { ...common, state: ending.state, error: errorOf(error), ...result };
}

/** The status of a task that waits, with what for when it is more than its turn. */
export function waiting(from: TaskStatus | undefined, reason: string | undefined, now: number): StatusInput {
  const { waiting: _, ...rest } = from ?? QUEUED;
  return { ...rest, ...(reason === undefined ? {} : { waiting: reason }), at: now };
}

/** The ending that a cancel asks for, in the words of whoever asked. */
export function cancelledBy(id: string, cancel: TaskCancel | undefined): Ending {
  const who = cancel?.by === undefined ? 'on request' : `by ${cancel.by}`;
  const why = cancel?.why === undefined ? '' : `: ${cancel.why}`;
  return {
    state: 'cancelled',
    error: new DroverError('CANCELLED', { object: `task ${id}`, reason: `${who}${why}` }),
  };
}

/** Whether so many workers died over an unclaimed task that nobody tries again. */
export function gaveUp(status: TaskStatus | undefined): boolean {
  return status !== undefined && (withDeath(status).deaths ?? 0) >= DEATHS;
}

function withDeath<S extends StatusInput>(status: S): S {
  return status.state === 'running' ? { ...status, deaths: (status.deaths ?? 0) + 1 } : status;
}

function errorOf({ code, message, object, reason, remedy }: DroverError): NonNullable<TaskStatus['error']> {
  return { code, message: cut(message), object: cut(object), reason: cut(reason), remedy: cut(remedy) };
}

function cut(text: string): string {
  return text.slice(0, LIMITS.messageBytes);
}
