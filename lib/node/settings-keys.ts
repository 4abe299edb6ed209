import { isDroverError, type Log, Loop, type Plan } from '../core/index.js';
import type { Leadership } from '../ownership/index.js';
import type { Clock, Store } from '../ports/index.js';
import { encodeKey, keyPath, publish, type Selector } from '../tree/index.js';

/** What other programs read of the configuration, in the public tree. */
export interface PublishedSettings {
  /** The floating address with its mask; undefined: what is there stays. */
  readonly upstreamAddress: string | undefined;
  /** How a target is chosen where the VM does not say. */
  readonly targetSelector: Selector;
}

export interface SettingsKeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly leadership: Leadership;
  readonly settings: () => PublishedSettings;
}

/** Keeps what the public tree says of the configuration true, in a term of the primary. Wake it when that has changed. */
export function keepSettingsKeys(options: SettingsKeysOptions): { wake(): void } {
  const { store, clock, log, leadership } = options;
  const loop = new Loop<never>(leadership.scope, {
    name: 'settings',
    alarms: clock,
    pass: async (signal): Promise<Plan<never>> => {
      const values = valuesOf(options.settings());
      leadership.throwIfOver();
      await publish(store, values, { signal });
      return { do: 'rest', reason: 'told' };
    },
    onError: (error, retryMs) => {
      if (!isDroverError(error, 'NOT_LEADER', 'TREE_READ_ONLY'))
        log.warn({ err: error, retryMs }, 'the configuration cannot be told');
    },
  });
  for (const key of ['upstreamAddress', 'targetSelector'] as const) {
    const watch = store.watch(keyPath('cluster', key), () => loop.wake());
    leadership.scope.defer(() => watch.close());
  }
  void loop.start();
  return loop;
}

function valuesOf({ upstreamAddress, targetSelector }: PublishedSettings): ReadonlyMap<string, Uint8Array> {
  const values = new Map([
    [keyPath('cluster', 'targetSelector'), encodeKey('cluster', 'targetSelector', targetSelector)],
  ]);
  if (upstreamAddress !== undefined)
    values.set(
      keyPath('cluster', 'upstreamAddress'),
      encodeKey('cluster', 'upstreamAddress', upstreamAddress),
    );
  return values;
}
