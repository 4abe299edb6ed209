import { Operations } from '../ownership/index.js';
import type { AnyTask } from '../volume/index.js';
import type { BackupWorld } from './world.js';

/** All backups of a VM have one id among its readers: so two of them never overlap, and all else that reads may. */
const ID = 'backup';

/** Does `work` while no other backup of the VM runs, and nothing changes its data. BUSY names who has it. */
export async function whileBackedUp<T>(
  { store, clock }: BackupWorld,
  task: AnyTask,
  uuid: string,
  operation: string,
  work: () => Promise<T>,
): Promise<T> {
  const slot = await new Operations(store).begin(
    uuid,
    { slot: 'read', id: ID, operation, node: task.node, proof: task.proof, now: clock.now() },
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
