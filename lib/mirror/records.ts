import type { DocumentOf } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { termGuard } from '../ownership/index.js';
import type { CallOptions, Store, Write } from '../ports/index.js';
import { documentPath, type Recorded, readRecord, withoutContenders, writeRecord } from '../tree/index.js';

export type Mirror = DocumentOf<'mirror'>;
export type MirrorRecord = Recorded<'mirror'>;
export type Receive = DocumentOf<'receive'>;
export type ReceiveRecord = Recorded<'receive'>;

export async function readMirror(
  store: Store,
  uuid: string,
  options?: CallOptions,
): Promise<MirrorRecord | undefined> {
  return await readRecord(store, 'mirror', documentPath('mirror', { uuid }), options);
}

export function mirrorWrite(uuid: string, value: Omit<Mirror, 'v'>, from: MirrorRecord | undefined): Write {
  return writeRecord('mirror', documentPath('mirror', { uuid }), value, from);
}

export async function readReceive(
  store: Store,
  id: string,
  options?: CallOptions,
): Promise<ReceiveRecord | undefined> {
  return await readRecord(store, 'receive', documentPath('receive', { id }), options);
}

export function receiveWrite(id: string, value: Omit<Receive, 'v'>, from: ReceiveRecord | undefined): Write {
  return writeRecord('receive', documentPath('receive', { id }), value, from);
}

/** Every receive in progress, by its id. */
export async function readReceives(
  store: Store,
  options?: CallOptions,
): Promise<ReadonlyMap<string, ReceiveRecord>> {
  const ids = withoutContenders((await store.children('/drover/receives', options))?.names ?? []);
  const records = await Promise.all(ids.map((id) => readReceive(store, id, options)));
  return new Map(ids.flatMap((id, at) => (records[at] === undefined ? [] : [[id, records[at]]])));
}

/** Ties a transaction to the term of this node. NOT_LEADER when it is another's. */
export async function termOf(store: Store, node: string, options?: CallOptions): Promise<Write> {
  const leader = (await readRecord(store, 'leader', documentPath('leader'), options))?.value;
  if (leader?.node === node) return termGuard(leader.epoch);
  throw new DroverError('NOT_LEADER', {
    object: `node ${node}`,
    reason: leader === undefined ? 'there is no primary' : `${leader.node} is the primary`,
  });
}

/** The id of this cluster. */
export async function clusterId(store: Store, options?: CallOptions): Promise<string> {
  const record = await readRecord(store, 'cluster', documentPath('cluster'), options);
  if (record !== undefined) return record.value.id;
  throw new DroverError('QUARANTINE', { object: '/drover/cluster', reason: 'it is not there' });
}
