import { Type } from 'typebox';
import { BootId, document, NodeName, part, RequestId, Text, Time, type Value, Who } from './parts.js';

export const Task = document(
  'task',
  'Task request',
  'Somebody asks for work. Creating the same id again is the same request.',
  {
    id: RequestId,
    kind: Type.String({ minLength: 1, maxLength: 64, description: 'What to do, e.g. vm.create_snapshot.' }),
    args: Type.Record(Type.String(), Type.Unknown(), { description: 'Arguments of the kind.' }),
    by: Type.Optional(Who),
    at: Type.Optional(Time),
    schedule: Type.Optional(Type.String({ description: 'The schedule that fired it.' })),
  },
);
export type Task = Value<typeof Task>;

export const TaskStatus = document(
  'task-status',
  'Task status',
  'How far a task is. done, failed and cancelled are final: a task reaches exactly one of them.',
  {
    state: Type.Enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    attempt: Type.Integer({ minimum: 0 }),
    progress: Type.Optional(
      part({
        current: Type.Number({ minimum: 0 }),
        total: Type.Number({ minimum: 0 }),
        text: Type.Optional(Text),
      }),
    ),
    at: Time,
    result: Type.Optional(Type.Unknown()),
    error: Type.Optional(part({ code: Type.String({ minLength: 1 }), message: Text })),
  },
);
export type TaskStatus = Value<typeof TaskStatus>;

export const TaskClaim = document(
  'task-claim',
  'Task claim',
  'Ephemeral of the worker: while it stands the attempt is his, and each status write checks it.',
  { node: NodeName, boot: BootId, attempt: Type.Integer({ minimum: 1 }), since: Time },
);
export type TaskClaim = Value<typeof TaskClaim>;

export const TaskCancel = document('task-cancel', 'Task cancel', 'Somebody wants a task to end early.', {
  by: Type.Optional(Who),
  why: Type.Optional(Text),
  at: Type.Optional(Time),
});
export type TaskCancel = Value<typeof TaskCancel>;

export const Schedule = document(
  'schedule',
  'Schedule record',
  'When a schedule fired last and will fire next. Written in the transaction that makes the task.',
  {
    last: Type.Optional(Time),
    next: Type.Optional(Time),
    outcome: Type.Optional(Text),
  },
);
export type Schedule = Value<typeof Schedule>;
