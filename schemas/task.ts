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
    runOn: Type.Optional(NodeName),
    schedule: Type.Optional(Type.String({ description: 'The schedule that fired it.' })),
  },
);
export type Task = Value<typeof Task>;

export const TaskProgress = part(
  {
    current: Type.Number({ minimum: 0, description: 'Items that are done: steps, disks, VMs.' }),
    total: Type.Number({ minimum: 0, description: 'Items in all, as far as is known.' }),
    bytes: Type.Optional(part({ done: Type.Number({ minimum: 0 }), total: Type.Number({ minimum: 0 }) })),
    text: Type.Optional(Text),
  },
  'How far an attempt is.',
);
export type TaskProgress = Value<typeof TaskProgress>;

export const TaskStatus = document(
  'task-status',
  'Task status',
  'How far a task is. done, failed and cancelled are final: a task reaches exactly one of them. No status: queued.',
  {
    state: Type.Enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    attempt: Type.Integer({ minimum: 0, description: 'Attempts begun; the present one while it runs.' }),
    deaths: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Attempts that ended with the death of their worker.' }),
    ),
    node: Type.Optional(NodeName),
    progress: Type.Optional(TaskProgress),
    resume: Type.Optional(Type.Unknown({ description: 'What the next attempt may go on from.' })),
    waiting: Type.Optional(Text),
    at: Time,
    startedAt: Type.Optional(Time),
    endedAt: Type.Optional(Time),
    result: Type.Optional(Type.Unknown()),
    error: Type.Optional(
      part({
        code: Type.String({ minLength: 1 }),
        message: Text,
        object: Type.Optional(Text),
        reason: Type.Optional(Text),
        remedy: Type.Optional(Text),
      }),
    ),
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
    cron: Type.Optional(Type.String({ description: 'The expression that the record was written for.' })),
    timeZone: Type.Optional(Type.String()),
    since: Type.Optional(Time),
    last: Type.Optional(Time),
    next: Type.Optional(Time),
    task: Type.Optional(Type.String({ description: 'Id of the task that it fired last.' })),
    outcome: Type.Optional(Text),
    skipped: Type.Optional(part({ planned: Time, reason: Text }, 'The last planned time that was let go.')),
  },
);
export type Schedule = Value<typeof Schedule>;
