import { Type } from 'typebox';
import { Amount, args, body, flag, orNull, type Shape, text, Word } from './api-parts.js';

/** The words of PVC's clients for the state of a task. */
export const TASK_STATES = ['PENDING', 'RUNNING', 'SUCCESS', 'FAILURE', 'REVOKED'] as const;

export const TaskProgress = body(
  {
    state: Type.Enum([...TASK_STATES]),
    current: Amount,
    total: Amount,
    status: Type.String({ description: 'What it is doing, or how it ended.' }),
    id: Word,
    name: Word,
    bytes: Type.Optional(
      body({ done: Type.Number(), total: Type.Number() }, 'While it runs, where it moves any.'),
    ),
    error: Type.Optional(body({ code: Word, message: Word })),
    result: Type.Optional(Type.Unknown()),
  },
  'A task. `state` to `status` are what PVC answers.',
);
export type TaskProgress = Shape<typeof TaskProgress>;

export const TaskRow = body({
  id: Word,
  name: Word,
  type: Word,
  args: Type.Array(Type.Unknown()),
  kwargs: Type.Record(Type.String(), Type.Unknown(), { description: 'Secrets are hidden.' }),
  hostname: Type.String({ description: 'The worker; empty while nobody has taken it.' }),
  time_start: orNull(Type.Number({ description: 'Seconds since 1970 UTC.' })),
  acknowledged: Type.Boolean(),
  state: Type.Enum([...TASK_STATES]),
  status: Word,
});
export type TaskRow = Shape<typeof TaskRow>;

const Workers = Type.Record(Type.String(), Type.Array(TaskRow), {
  description: 'The tasks of each worker, by its name.',
});

export const Tasks = body({
  scheduled: Workers,
  active: Workers,
  reserved: Workers,
  finished: Type.Optional(Workers),
});
export type Tasks = Shape<typeof Tasks>;

export const TasksArgs = args({ finished: flag('Also the tasks that have ended.') });

export const TaskRequestArgs = args({
  kind: text('What to do, such as vm.create_snapshot.', 64),
  args: Type.Optional(text('The arguments of the kind, as a JSON object.', 256 * 1024)),
  id: Type.Optional(text('An id of the requester: asking again with the same one is the same request.', 64)),
});

export const TaskCancelArgs = args({ why: Type.Optional(text('Why it shall end.')) });

export const TaskTicket = body(
  { task_id: Word, task_name: Word, run_on: Word },
  'Answered with 202 and the address of the task in the header Location.',
);
export type TaskTicket = Shape<typeof TaskTicket>;
