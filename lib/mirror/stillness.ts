import { DroverError, isDroverError, LIMITS } from '../core/index.js';
import { whereabouts } from '../domain/index.js';
import type { Clock, Store } from '../ports/index.js';
import { documentPath, keyPath, readKeys } from '../tree/index.js';

/**
 * Asks a VM to shut down, and returns once no node has a process of it: not when its state says so, but when nobody holds it
 * any more. A wish that somebody writes meanwhile is REFUSED: it is theirs.
 */
export async function stillness(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  uuid: string,
  { signal, wasRunning }: { readonly signal: AbortSignal; readonly wasRunning: boolean },
): Promise<void> {
  const options = { signal };
  const until = clock.monotonic() + LIMITS.stillnessMs;
  const changed = new Wakes(store, [keyPath('domain', 'state', { uuid }), documentPath('run', { uuid })]);
  try {
    for (;;) {
      await store.sync(options);
      const { name, state, holders } = await whereabouts(store, uuid, options);
      if (holders.length === 0 && state !== 'start' && state !== 'shutdown') return;
      if (state === 'start' && wasRunning) {
        const keys = await readKeys(store, 'domain', { uuid }, ['state'], options);
        if (keys.value('state') === 'start')
          await store.commit(keys.set('state', 'shutdown'), options).catch((error: unknown) => {
            if (!isDroverError(error, 'STORE_CONFLICT')) throw error;
          });
      } else if (!['shutdown', 'stop', 'disable', 'fail'].includes(state))
        throw new DroverError('REFUSED', {
          object: `VM '${name}'`,
          reason: `somebody wishes ${state} of it meanwhile`,
          remedy: 'ask again when it rests',
        });
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0)
        throw new DroverError('DEADLINE', {
          object: `VM '${name}'`,
          reason: `it does not stop: its state is ${state}, and ${holders.join(', ') || 'nobody'} holds it`,
          remedy: 'stop it by force, then ask again',
        });
      await changed.next(clock, Math.min(leftMs, LOOK_AGAIN_MS), signal);
    }
  } finally {
    changed.close();
  }
}

/** A watch that was missed is made up for by looking. */
const LOOK_AGAIN_MS = 5_000;

/** Tells that one of some keys has changed since it was last asked. */
class Wakes {
  readonly #watches: readonly { close(): void }[];
  #changed = false;
  #wake: () => void = () => undefined;

  constructor(store: Store, paths: readonly string[]) {
    this.#watches = paths.map((path) =>
      store.watch(path, () => {
        this.#changed = true;
        this.#wake();
      }),
    );
  }

  async next(clock: Clock, limitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    this.#wake = () => over.abort();
    if (this.#changed) over.abort();
    await clock.sleep(limitMs, AbortSignal.any([signal, over.signal])).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
    this.#changed = false;
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }
}
