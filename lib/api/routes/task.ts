import {
  Message,
  NO_ARGUMENTS,
  TaskCancelArgs,
  TaskProgress,
  TaskRequestArgs,
  Tasks,
  TasksArgs,
  TaskTicket,
} from '../../../schemas/api.js';
import { DroverError, requestId } from '../../core/index.js';
import { answer, route, type Route, said } from '../route.js';
import { listTasks, taskProgress } from '../view/task.js';
import { ticket } from './ticket.js';

export const taskRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/tasks',
    scope: 'read',
    summary: 'The tasks that have not ended, by worker.',
    args: TasksArgs,
    body: Tasks,
    handle: ({ sight, args }) => answer(listTasks(sight, args.finished)),
  }),
  route({
    method: 'POST',
    path: '/tasks',
    scope: 'admin',
    status: 202,
    summary: 'Asks for a task of any kind.',
    args: TaskRequestArgs,
    body: TaskTicket,
    handle: (call, tools) => {
      const { kind, args, id } = call.args;
      const own = id === undefined ? undefined : requestId(id, 'task');
      return ticket(call, tools, kind, objectIn(args ?? '{}'), own);
    },
  }),
  route({
    method: 'GET',
    path: '/tasks/{task}',
    scope: 'read',
    summary: 'How far a task is, and how it ended.',
    args: NO_ARGUMENTS,
    body: TaskProgress,
    handle: ({ sight, name }) => answer(taskProgress(sight, name('task'))),
  }),
  route({
    method: 'DELETE',
    path: '/tasks/{task}',
    scope: 'operate',
    summary: 'Asks for a task to end early.',
    args: TaskCancelArgs,
    body: Message,
    handle: (call, { useCases }) => said(useCases.tasks.cancel(call, call.name('task'), call.args.why)),
  }),
];

function objectIn(text: string): Readonly<Record<string, unknown>> {
  const refuse = (cause?: unknown) =>
    new DroverError('BAD_INPUT', { object: 'args', reason: 'they are no JSON object' }, cause);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse();
  return value as Readonly<Record<string, unknown>>;
}
