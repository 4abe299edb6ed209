import { DroverError } from '../core/index.js';
import { zxidText } from '../ownership/index.js';
import { documentPath, readRecord } from '../tree/index.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** BUSY when an operation whose owner lives is at work on the VM. */
export async function refuseBusy(
  world: UseCaseWorld,
  asked: Asked,
  uuid: string,
  name: string,
): Promise<void> {
  const options = { signal: asked.signal };
  const ops = await readRecord(world.store, 'ops', documentPath('ops', { uuid }), options);
  for (const { proof, operation, id, node } of ops?.value.slots ?? []) {
    const entry = await world.store.read(proof.path, options);
    if (entry === undefined || zxidText(entry.stat.czxid) !== proof.czxid) continue;
    throw new DroverError('BUSY', {
      object: `VM '${name}'`,
      reason: `${operation} (${id}) has it on ${node}`,
    });
  }
}
