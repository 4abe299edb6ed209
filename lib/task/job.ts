import type { Task } from '../../schemas/index.js';
import { DroverError, isDroverError, LIMITS, requestId } from '../core/index.js';
import { bytesOf, problemError } from '../tree/index.js';
import type { TaskKeys } from './keys.js';
import type { Kinds, TaskKind } from './kinds.js';

/** A request that can be carried out. */
export interface Job {
  readonly request: Task;
  readonly kind: TaskKind;
}

/** Why a request that its writer's session owns is left alone. */
export const EPHEMERAL_REQUEST = 'the request is ephemeral: nothing can be kept under it';

/** Whether `error` says that the request can never be carried out, rather than not now. */
export function isFinal(error: unknown): error is DroverError {
  return isDroverError(error, 'BAD_INPUT', 'TREE_UNREADABLE', 'NOT_FOUND', 'REFUSED');
}

/** What the request asks for. An error of the table says what is wrong with it: then the task fails with that. */
export function jobOf(keys: TaskKeys, kinds: Kinds): Job {
  const { id, request } = keys;
  requestId(id, 'task');
  if (request === undefined)
    throw new DroverError('NOT_FOUND', { object: `task ${id}`, reason: 'there is no request' });
  if (request.problem !== undefined) throw problemError(request.problem);
  if (request.value.id !== id)
    throw new DroverError('BAD_INPUT', {
      object: `task ${id}`,
      reason: `its request has the id ${JSON.stringify(request.value.id)}`,
    });
  refuseLarge(request.value.args, `arguments of task ${id}`);
  return { request: request.value, kind: kinds.check(request.value) };
}

/** BAD_INPUT when `value` is larger, as JSON, than a task may carry. */
export function refuseLarge(value: unknown, object: string, limit: number = LIMITS.taskValueBytes): void {
  const text = JSON.stringify(value) as string | undefined;
  const size = text === undefined ? 0 : bytesOf(text).length;
  if (size > limit)
    throw new DroverError('BAD_INPUT', {
      object,
      reason: `it has ${size} bytes of JSON, more than ${limit}`,
    });
}
