import type { Answer, Call, Tools } from '../route.js';

/** Asks for a task and answers where to look for it. */
export async function ticket(
  call: Call,
  { useCases }: Tools,
  kind: string,
  args: Readonly<Record<string, unknown>>,
  id?: string,
): Promise<Answer> {
  const task = await useCases.tasks.request(call, { kind, args, ...(id === undefined ? {} : { id }) });
  return {
    status: 202,
    headers: { location: `/api/v1/tasks/${task.id}` },
    body: {
      task_id: task.id,
      task_name: kind,
      run_on: task.asPrimary ? `${task.node} (primary)` : task.node,
    },
  };
}
