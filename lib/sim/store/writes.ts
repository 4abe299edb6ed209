import { DroverError, LIMITS } from '../../core/index.js';
import type { Conflict, ConflictReason, Write } from '../../ports/index.js';
import { validPath } from './path.js';

const REASONS: Record<ConflictReason, string> = {
  version: 'the version is another by now',
  missing: 'it, or its parent, does not exist',
  exists: 'it exists already',
  'not-empty': 'it has children',
  'ephemeral-parent': 'its parent is ephemeral',
};

/** The STORE_CONFLICT that carries `conflict`. */
export function conflictError(conflict: Conflict): DroverError {
  const { index, write, why } = conflict;
  const reason = `operation ${index}, ${write.op}: ${REASONS[why]}`;
  return new DroverError('STORE_CONFLICT', { object: write.path, reason }, conflict);
}

/** A copy of `writes` that later changes of their data do not touch; BAD_INPUT or STORE_TOO_LARGE if they cannot be. */
export function admitted(writes: readonly Write[]): Write[] {
  const encoder = new TextEncoder();
  let bytes = 0;
  const copies = writes.map((write) => {
    validPath(write.path);
    bytes += encoder.encode(write.path).length;
    if ('version' in write && (!Number.isInteger(write.version) || write.version < 0))
      throw new DroverError('BAD_INPUT', {
        object: write.path,
        reason: `a ${write.op} names the version it was decided from, not ${write.version}`,
      });
    if (!('data' in write)) return write;
    bytes += write.data.length;
    if (write.data.length > LIMITS.storeValueBytes)
      throw tooLarge(write.path, write.data.length, LIMITS.storeValueBytes);
    return { ...write, data: write.data.slice() };
  });
  if (bytes > LIMITS.storeTransactionBytes)
    throw tooLarge(`a transaction of ${writes.length} operations`, bytes, LIMITS.storeTransactionBytes);
  return copies;
}

function tooLarge(object: string, bytes: number, limit: number): DroverError {
  return new DroverError('STORE_TOO_LARGE', { object, reason: `${bytes} bytes are more than ${limit}` });
}
