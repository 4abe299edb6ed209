import type { CallOptions, Store } from '../ports/index.js';
import { decodeKey, keyPath } from '../tree/index.js';

/**
 * Whether the guest of a VM was seen running since its present wish was written: by the figures that its node tells of it. That
 * a node holds it says only that a process is there or about to be.
 */
export async function wasSeenRunning(store: Store, uuid: string, options?: CallOptions): Promise<boolean> {
  const [state, stats] = await Promise.all([
    store.read(keyPath('domain', 'state', { uuid }), options),
    store.read(keyPath('domain', 'stats', { uuid }), options),
  ]);
  if (state === undefined || stats === undefined || stats.stat.mzxid <= state.stat.mzxid) return false;
  const decoded = decodeKey('domain', 'stats', stats.data, stats.path);
  return decoded.ok && decoded.value?.object['state'] === 'RUNNING';
}
