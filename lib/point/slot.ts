import { Operations } from '../ownership/index.js';
import type { AnyTask } from '../volume/index.js';
import type { PointWorld } from './world.js';

/**
 * Does `work` while nothing changes the data of a VM; others may read it too. One name at a time: `id` is the same for
 * works that must not overlap, by default the task's own. BUSY names who has it.
 */
export async function whileRead<T>(
  { store, clock }: Pick<PointWorld, 'store' | 'clock'>,
  task: AnyTask,
  uuid: string,
  operation: string,
  work: () => Promise<T>,
  id = task.id,
): Promise<T> {
  const slot = await new Operations(store).begin(
    uuid,
    { slot: 'read', id, operation, node: task.node, proof: task.proof, now: clock.now() },
    { signal: task.signal },
  );
  try {
    return await work();
  } finally {
    await slot.end().catch((error: unknown) => {
      // It goes with the claim: its owner's proof of life.
      task.log.warn({ task: task.id, err: error }, 'a slot could not be given back');
    });
  }
}
