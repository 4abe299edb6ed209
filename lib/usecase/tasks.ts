import { DroverError, type ErrorCode, ERROR_CODES, hexId } from '../core/index.js';
import { cancelTask, isEnded, noSuchTask, readTask, requestTask, type TaskView } from '../task/index.js';
import { documentPath } from '../tree/index.js';
import { reach } from './reach.js';
import type { Asked, TaskRequested } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** As long as those of PVC's clients. */
const ID_DIGITS = 8;

/** Asks for a task, once its arguments are sound. Without an id each request is one of its own. */
export async function requestATask(
  world: UseCaseWorld,
  asked: Asked,
  task: { readonly kind: string; readonly args: Readonly<Record<string, unknown>>; readonly id?: string },
): Promise<TaskRequested> {
  const { store, clock, random, kinds, node } = world;
  const { kind: name, args } = task;
  const kind = kinds.check({ kind: name, args });
  const found = typeof kind.where === 'function' ? await kind.where(args, store) : 'any';
  const place = found === 'any' ? { node } : found;
  const request = { id: task.id ?? hexId(random, ID_DIGITS), kind: name, args, by: asked.by.name };
  const { id } = await requestTask(store, request, clock.now(), { signal: asked.signal });
  return { id, node: place.node, asPrimary: kind.where === 'primary' };
}

/**
 * Asks for a task and waits for its end. Returns its result; fails as it failed. When the caller goes, or waits too long,
 * the task goes on.
 */
export async function taskDone(
  world: UseCaseWorld,
  asked: Asked,
  kind: string,
  args: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { id } = await requestATask(world, asked, { kind, args });
  const ended = await reach(world, asked, {
    what: `task ${id} (${kind}) to end`,
    paths: [documentPath('task-status', { id })],
    remedy: `it goes on: drover task watch ${id}`,
    look: async () => {
      const view = await readTask(world.store, id, { signal: asked.signal });
      if (view === undefined) throw noSuchTask(id);
      return isEnded(view.status) ? view : undefined;
    },
  });
  return resultOf(ended);
}

function resultOf({ id, status: { state, error, result } }: TaskView): unknown {
  if (state === 'done') return result;
  const {
    code = 'INTERNAL',
    object = `task ${id}`,
    reason,
    message = `it ended ${state}`,
    remedy,
  } = error ?? {};
  const known = (ERROR_CODES as readonly string[]).includes(code) ? (code as ErrorCode) : 'INTERNAL';
  throw new DroverError(known, {
    object,
    reason: reason ?? message,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Asks for the end of a task. */
export async function cancelATask(
  world: UseCaseWorld,
  asked: Asked,
  id: string,
  why: string | undefined,
): Promise<string> {
  const cancel = { by: asked.by.name, at: world.clock.now(), ...(why === undefined ? {} : { why }) };
  await cancelTask(world.store, id, cancel, { signal: asked.signal });
  return `Task ${id} shall end.`;
}
