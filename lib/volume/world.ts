import { DroverError, type KillPoint, type Kinded, reconcileOnce, type Reconciler } from '../core/index.js';
import { Operations, type Operation } from '../ownership/index.js';
import type { Clock, Hypervisor, Storage, Store } from '../ports/index.js';
import type { TaskContext } from '../task/index.js';

/** What tasks about volumes work with. */
export interface VolumeWorld {
  readonly store: Store;
  readonly storage: Storage;
  /** That of this node. */
  readonly hypervisor: Hypervisor;
  readonly clock: Clock;
  readonly killPoint?: KillPoint;
}

/** What a task of any kind has in hand here. */
export type AnyTask = Pick<
  TaskContext,
  'id' | 'node' | 'attempt' | 'resume' | 'proof' | 'signal' | 'log' | 'progress' | 'save' | 'throwIfOver'
>;

/** What is planned from, and how; the guard is always that the attempt is still ours. */
export type Work<Facts, Step extends Kinded> = Omit<Reconciler<Facts, Step>, 'guard' | 'killPoint'>;

/** Steps of one piece of work: more than any needs, and an end of one that never comes to rest. */
const STEPS = 10_000;

/** Reads, plans and carries out until there is nothing left to do. */
export async function carryOut<Facts, Step extends Kinded>(
  world: VolumeWorld,
  task: AnyTask,
  work: Work<Facts, Step>,
): Promise<void> {
  const { killPoint } = world;
  const reconciler: Reconciler<Facts, Step> = {
    ...work,
    guard: () => {
      task.throwIfOver();
      return Promise.resolve();
    },
    ...(killPoint === undefined ? {} : { killPoint }),
  };
  for (let left = STEPS; left > 0; left -= 1) {
    const plan = await reconcileOnce(reconciler, task.signal);
    if (plan.do === 'rest') return;
    task.log.debug({ task: task.id, plan: plan.do }, `${work.name}: ${plan.reason}`);
  }
  throw new DroverError('INTERNAL', { object: `task ${task.id}`, reason: `${work.name} does not end` });
}

/** Does `work` while the data of these VMs is this task's alone. BUSY names who has one of them. */
export async function withData<T>(
  { store, clock }: VolumeWorld,
  task: AnyTask,
  operation: string,
  uuids: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const operations = new Operations(store);
  const held: Operation[] = [];
  try {
    // In one order, so that two tasks never wait for each other.
    for (const uuid of [...new Set(uuids)].sort())
      held.push(
        await operations.begin(
          uuid,
          { slot: 'data', id: task.id, operation, node: task.node, proof: task.proof, now: clock.now() },
          { signal: task.signal },
        ),
      );
    return await work();
  } finally {
    for (const operation of held.reverse())
      await operation.end().catch((error: unknown) => {
        // It goes with the claim: its owner's proof of life.
        task.log.warn({ task: task.id, err: error }, 'a slot could not be given back');
      });
  }
}
