import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { asDroverError, LIMITS, messageOf } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import {
  cancelTask,
  defineTask,
  isEnded,
  requestTask,
  type TaskKind,
  type TaskView,
  watchTask,
} from '../task/index.js';
import { documentPath, removalOf, withoutContenders } from '../tree/index.js';
import { sampleUntil, type SamplingWorld } from './sampling.js';

/** `node.sample`: what this node is busy with, for a while. */
export function sampleTask(world: SamplingWorld): TaskKind {
  const { clock } = world;
  return defineTask({
    kind: 'node.sample',
    arguments: TASK_ARGUMENTS['node.sample'],
    where: 'any',
    concurrency: 8,
    async run({ args: { afterMs = 0, forMs }, signal }) {
      await clock.sleep(afterMs, signal);
      const over = new AbortController();
      const alarm = clock.after(forMs, () => over.abort());
      try {
        const figures = await sampleUntil(world, AbortSignal.any([signal, over.signal]));
        signal.throwIfAborted();
        return figures;
      } finally {
        alarm.cancel();
      }
    },
  });
}

/** The figures of other nodes, by node; of one that had none to tell, why. */
export type OthersFigures = Readonly<Record<string, unknown>>;

export interface Asking {
  readonly store: Store;
  readonly clock: Clock;
  /** What the ids of the questions begin with. */
  readonly id: string;
  /** The node that looks at itself. */
  readonly node: string;
  readonly signal: AbortSignal;
}

/** Asks every other node that lives to look at itself. The answers are waited for when the returned function is called. */
export async function askOthers(
  asking: Asking,
  window: { readonly afterMs: number; readonly forMs: number },
): Promise<() => Promise<OthersFigures>> {
  const { store, clock, signal } = asking;
  const sessions = (await store.children('/drover/sessions', { signal }))?.names ?? [];
  const nodes = withoutContenders(sessions).filter((name) => name !== asking.node);
  const asked = nodes.map((node, at) => ({ node, id: `${asking.id}-${at}` }));
  for (const { node, id } of asked)
    await requestTask(store, { id, kind: 'node.sample', args: window, runOn: node }, clock.now(), { signal });
  return async () => {
    const figures = await Promise.all(
      asked.map(async ({ node, id }) => [node, await answerOf(asking, id)] as const),
    );
    return Object.fromEntries(figures);
  };
}

/** What one answered, or why there is none; the question is not kept. */
async function answerOf({ store, clock, signal }: Asking, id: string): Promise<unknown> {
  const view = await ended(store, clock, id, signal);
  if (view === undefined) {
    await cancelTask(store, id, { why: 'the test is over', at: clock.now() }, { signal }).catch(
      () => undefined,
    );
    return { missing: `it did not answer within ${LIMITS.samplesLateMs / 1_000} s` };
  }
  await forget(store, id, signal);
  const { state, result, error } = view.status;
  return state === 'done' ? result : { missing: error?.message ?? state };
}

function ended(store: Store, clock: Clock, id: string, signal: AbortSignal): Promise<TaskView | undefined> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      alarm.cancel();
      watch.close();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = () => finish(() => reject(asDroverError(signal.reason, `task ${id}`)));
    const alarm = clock.after(LIMITS.samplesLateMs, () => finish(() => resolve(undefined)));
    const watch = watchTask(store, id, (view) => {
      if (view !== undefined && isEnded(view.status)) finish(() => resolve(view));
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A question that was answered says nothing more; the clean-up of tasks would take what is left. */
async function forget(store: Store, id: string, signal: AbortSignal): Promise<void> {
  try {
    await store.commit(await removalOf(store, documentPath('task', { id }), { signal }), { signal });
  } catch (error) {
    if (signal.aborted) throw new Error(messageOf(error), { cause: error });
  }
}
