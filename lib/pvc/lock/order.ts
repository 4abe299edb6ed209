import type { Contender } from '../../tree/index.js';

/**
 * - `exclusive`: alone among exclusive and write locks; does not mind readers.
 * - `write`: alone.
 * - `read`: shared; after the exclusive and write locks before it.
 */
export type LockKind = 'exclusive' | 'write' | 'read';

/** What a contender of each kind calls itself. */
export const CONTENDER_KIND: Readonly<Record<LockKind, Contender['kind']>> = {
  exclusive: 'lock',
  write: 'lock',
  read: 'rlock',
};

const BLOCKED_BY: Readonly<Record<LockKind, readonly Contender['kind'][]>> = {
  exclusive: ['lock'],
  write: ['lock', 'rlock'],
  read: ['lock'],
};

/**
 * The contender to wait for: the last one before `ours` that keeps `ours` from having the lock. None: the lock is ours.
 *
 * @param contenders by sequence
 */
export function blockerOf(
  contenders: readonly Contender[],
  ours: Contender,
  kind: LockKind,
): Contender | undefined {
  return contenders.findLast(
    (other) => other.sequence < ours.sequence && BLOCKED_BY[kind].includes(other.kind),
  );
}
