import { DroverError, LIMITS } from '../../core/index.js';
import {
  Conflict,
  type ConflictReason,
  type CreateMode,
  type Write,
  type Written,
} from '../../ports/index.js';
import { CODE } from './codes.js';
import { statOf } from './decode.js';
import { refusal } from './failures.js';
import type { RawOperation, RawResult } from './internals.js';
import { checkPath } from './paths.js';
import type { Call } from './pipe.js';

/** What an operation takes on the wire beside its path and value: headers, lengths, the ACL. */
const OPERATION_BYTES = 64;

const FLAGS: Readonly<Record<CreateMode, number>> = {
  persistent: 0,
  ephemeral: 1,
  sequential: 2,
  'ephemeral-sequential': 3,
};

const WHY: Readonly<Record<number, ConflictReason>> = {
  [CODE.badVersion]: 'version',
  [CODE.noNode]: 'missing',
  [CODE.nodeExists]: 'exists',
  [CODE.notEmpty]: 'not-empty',
  [CODE.noChildrenForEphemerals]: 'ephemeral-parent',
};

/**
 * One transaction. Copies the values, so that the caller may reuse its buffers. Throws BAD_INPUT and STORE_TOO_LARGE
 * before anything is sent: a packet that is too large would cost the connection, and every call in flight its answer.
 */
export function commitCall(
  writes: readonly Write[],
  chroot: string,
  session: string | undefined,
): Call<readonly RawResult[], readonly Written[]> {
  const operations = writes.map(operationOf);
  const object = `commit ${writes
    .map((write) => `${write.op} ${write.path}`)
    .join(', ')
    .slice(0, 200)}`;
  const bytes = operations.reduce((sum, operation) => sum + sizeOf(operation, chroot), 0);
  if (bytes > LIMITS.storeTransactionBytes)
    throw new DroverError('STORE_TOO_LARGE', {
      object,
      reason: `the transaction has ${bytes} bytes, at most ${LIMITS.storeTransactionBytes} are allowed`,
    });
  return {
    object,
    kind: 'write',
    session,
    send: (protocol, done) => protocol.multi(operations, done),
    answer: (results) => writtenOf(writes, results, object),
  };
}

function operationOf(write: Write): RawOperation {
  checkPath(write.path);
  switch (write.op) {
    case 'create':
      return { ...value(write), op: 'create', flags: FLAGS[write.mode ?? 'persistent'] };
    case 'set':
      return { ...value(write), op: 'set', version: version(write) };
    case 'delete':
    case 'check':
      return { op: write.op, path: write.path, version: version(write) };
  }
}

function value(write: { readonly path: string; readonly data: Uint8Array }): { path: string; data: Buffer } {
  const { path, data } = write;
  if (data.length > LIMITS.storeValueBytes)
    throw new DroverError('STORE_TOO_LARGE', {
      object: `store path ${path}`,
      reason: `the value has ${data.length} bytes, at most ${LIMITS.storeValueBytes} are allowed`,
    });
  return { path, data: Buffer.from(data) };
}

/** A negative one would mean "any version" to the server. */
function version(write: { readonly path: string; readonly version: number }): number {
  if (Number.isInteger(write.version) && write.version >= 0 && write.version <= 0x7fff_ffff)
    return write.version;
  throw new DroverError('BAD_INPUT', {
    object: `store path ${write.path}`,
    reason: `${write.version} is not the version of a value that was read`,
  });
}

function sizeOf(operation: RawOperation, chroot: string): number {
  const data = operation.op === 'create' || operation.op === 'set' ? operation.data.length : 0;
  return OPERATION_BYTES + Buffer.byteLength(chroot) + Buffer.byteLength(operation.path) + data;
}

function writtenOf(writes: readonly Write[], results: readonly RawResult[], object: string): Written[] {
  // Operations before the failed one carry 0, those after it "runtime inconsistency": the first code is the one.
  const at = results.findIndex((result) => result.err !== undefined && result.err !== 0);
  const write = writes[at];
  if (write !== undefined) throw failure(at, write, results[at]?.err ?? 0, object);
  if (results.length !== writes.length)
    throw new DroverError('STORE_PROTOCOL', {
      object,
      reason: `${writes.length} operations were answered by ${results.length} results`,
    });
  return writes.map((one, index) => {
    const result = results[index];
    const path = result?.path ?? one.path;
    return result?.stat === undefined ? { path } : { path, stat: statOf(result.stat) };
  });
}

function failure(index: number, write: Write, code: number, object: string): DroverError {
  const why = WHY[code];
  if (why === undefined) return refusal({ object, kind: 'write' }, code);
  const conflict = new Conflict(index, write, why);
  return new DroverError('STORE_CONFLICT', { object, reason: conflict.message }, conflict);
}
