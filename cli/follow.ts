import { Option } from 'commander';
import type { TaskTicket } from '../lib/client/index.js';
import { Pace } from './pace.js';
import { withApi } from './session.js';
import { EXIT, type Shell } from './world.js';

export interface FollowOptions {
  readonly wait: boolean;
}

/** `--no-wait`, as every command has it that asks for a task. */
export function noWaitOption(): Option {
  return new Option('--no-wait', 'end when the task is asked for, not when it has ended');
}

/**
 * Follows a task that was just asked for to its end, telling how far it is; the last line is what came of it. Ends with 1
 * when it fails.
 */
export async function follow(shell: Shell, ticket: TaskTicket, { wait }: FollowOptions): Promise<void> {
  const { world } = shell;
  if (!wait) {
    world.out(`${ticket.task_id}\n`);
    return;
  }
  world.err(`task ${ticket.task_id} (${ticket.task_name}) on ${ticket.run_on}\n`);
  const last = await withApi(shell, async (api) => {
    let latest: { readonly state: string; readonly status: string } | undefined;
    const pace = new Pace(world.clock);
    for await (const progress of api.tasks.watch(ticket.task_id)) {
      const { state, current, total, status } = progress;
      if (state === 'RUNNING') world.err(`${current}/${total}  ${status}${pace.of(progress)}\n`);
      latest = { state, status };
    }
    return latest;
  });
  world.out(`${last?.state ?? 'UNKNOWN'}: ${last?.status ?? ''}\n`);
  if (last?.state !== 'SUCCESS') shell.end(EXIT.failed);
}

/** Waits without a word; a failure is told, and is the exit code. */
export async function silently(shell: Shell, task: string, what: string): Promise<void> {
  const last = await withApi(shell, async (api) => {
    let latest: { readonly state: string; readonly status: string } | undefined;
    for await (const progress of api.tasks.watch(task)) latest = progress;
    return latest;
  });
  if (last?.state === 'SUCCESS') return;
  shell.world.err(`${what} ${task}: ${last?.state ?? 'UNKNOWN'}: ${last?.status ?? ''}\n`);
  shell.end(EXIT.failed);
}
