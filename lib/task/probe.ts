import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import type { Clock } from '../ports/index.js';
import { defineTask, type TaskKind } from './kinds.js';

const SECOND_MS = 1_000;

/** `task.probe`: waits and counts; shows that requests are taken, watched, resumed and cancelled. */
export function probeTask(clock: Clock): TaskKind {
  return defineTask({
    kind: 'task.probe',
    arguments: TASK_ARGUMENTS['task.probe'],
    where: 'any',
    async run({ id, args, node, attempt, resume, signal, progress, save }) {
      const total = args.seconds ?? 0;
      for (let current = typeof resume === 'number' ? resume : 0; current < total; current += 1) {
        progress({ current, total, text: 'waiting' });
        await clock.sleep(SECOND_MS, signal);
        await save(current + 1);
      }
      if (args.fail !== undefined)
        throw new DroverError('REFUSED', { object: `task ${id}`, reason: args.fail });
      return { node, attempt };
    },
  });
}
