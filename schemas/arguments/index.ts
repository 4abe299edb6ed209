import { ProbeArguments } from './probe.js';

export { type ArgumentsSchema, taskArguments } from './form.js';

/** Kind of task → what it takes. Each one is also a file in `schemas/json`. */
export const TASK_ARGUMENTS = {
  'task.probe': ProbeArguments,
} as const;
