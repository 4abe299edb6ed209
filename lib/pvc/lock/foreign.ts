import { DroverError, LIMITS } from '../../core/index.js';
import type { Clock, Store } from '../../ports/index.js';
import { type Contender, contendersOf } from '../../tree/index.js';
import { childrenSo } from './wait.js';

/**
 * The first contender among the children of a key that is not ours. While one stands under a key of
 * /domains/{uuid}/{state,node,lastnode} or /nodes/{node}/domainstate, somebody is about to write there, and loses that
 * write without a word when the version moves meanwhile.
 *
 * @param ours tokens of the contenders that are our own
 */
export function foreignLock(
  names: readonly string[],
  ours: ReadonlySet<string> = new Set(),
): Contender | undefined {
  return contendersOf(names).find((contender) => !ours.has(contender.token));
}

/**
 * Waits until no foreign contender stands under `path`, at most `LIMITS.foreignLockMs`: a lock that is never given back
 * must not keep us from writing. Answers whether the key is free.
 */
export async function waitForForeignLock(
  ports: { readonly store: Store; readonly clock: Clock },
  path: string,
  signal: AbortSignal,
  ours?: ReadonlySet<string>,
): Promise<boolean> {
  const limit = new AbortController();
  const alarm = ports.clock.after(LIMITS.foreignLockMs, () => {
    const reason = `a foreign lock stands for ${LIMITS.foreignLockMs} ms`;
    limit.abort(new DroverError('DEADLINE', { object: path, reason }));
  });
  const free = (names: readonly string[]) => foreignLock(names, ours) === undefined;
  try {
    await childrenSo(ports.store, path, free, AbortSignal.any([signal, limit.signal]));
    return true;
  } catch (error) {
    if (error === limit.signal.reason) return false;
    throw error;
  } finally {
    alarm.cancel();
  }
}
