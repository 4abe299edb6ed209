import { memoryOf } from '../domain/index.js';
import type { Store } from '../ports/index.js';
import { keyPath, readKeys, withoutContenders } from '../tree/index.js';

/**
 * The memory, in MiB, of the VMs that belong to a node and are not among `running`: what they would take if they were
 * started. What cannot be read counts nothing.
 */
export async function provisionedBeside(
  store: Store,
  node: string,
  running: ReadonlySet<string>,
): Promise<number> {
  const uuids = withoutContenders((await store.children('/domains'))?.names ?? []);
  const sizes = await Promise.all(
    uuids
      .filter((uuid) => !running.has(uuid))
      .map(async (uuid) => {
        const entry = await store.read(keyPath('domain', 'node', { uuid }));
        if (entry === undefined || new TextDecoder().decode(entry.data) !== node) return 0;
        const keys = await readKeys(store, 'domain', { uuid }, ['xml']);
        return memoryOf(keys.sound('xml') ?? '') ?? 0;
      }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}
