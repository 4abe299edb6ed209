import t, { type Test } from 'tap';
import { HostClock } from '../../../lib/adapters/host/index.js';
import { judgePoint, sumsOfPoint } from '../../../lib/mirror/prove.js';
import type { ReceiverWorld } from '../../../lib/mirror/index.js';
import type { ImageStreams, Storage, Store } from '../../../lib/ports/index.js';
import { bannerBytes, endBytes, sizeBytes, writeBytes } from '../../../lib/ship/index.js';
import { documentPath, encodeDocument, publish, readRecord } from '../../../lib/tree/index.js';
import type { DocumentOf } from '../../../schemas/index.js';
import { codeOf } from '../../support/failure.js';
import { simStoreFixture } from '../../support/sim-store.js';

const UUID = '00000001-0000-4000-8000-000000000001';
const DISK = { pool: 'vms', volume: 'a', imageId: '1a', snapshotId: '4', bytes: 8192 };
const POINT: DocumentOf<'point'> = {
  v: 1,
  ...{ id: 'p-1', at: 1, origin: 'mirror', state: 'complete', consistency: 'crash', xml: '<domain/>' },
  meta: { tags: [] },
  disks: [DISK],
  received: { cluster: 'east', unproven: true },
};

async function world(t: Test, snapshots: () => readonly string[] = () => ['4']) {
  const fixture = simStoreFixture(7);
  t.teardown(() => fixture.close());
  const store: Store = await fixture.open();
  const { received: _, ...rest } = POINT;
  const here = { ...rest, id: 'p-2' };
  await publish(
    store,
    new Map([
      ['/drover', new Uint8Array()],
      ['/drover/points', new Uint8Array()],
      ['/drover/election', new Uint8Array()],
      ['/drover/election/epoch', new Uint8Array()],
      [`/drover/points/${UUID}`, new Uint8Array()],
      [documentPath('leader'), encodeDocument('leader', { v: 1, node: 'w1', epoch: 3, since: 1 })],
      [documentPath('term', { term: '0000000003' }), encodeDocument('term', { v: 1, node: 'w1', epoch: 3 })],
      [documentPath('point', { uuid: UUID, point: 'mr1' }), encodeDocument('point', POINT)],
      [documentPath('point', { uuid: UUID, point: 'mr2' }), encodeDocument('point', here)],
    ]),
  );
  const storage: Pick<Storage, 'image' | 'snapshots'> = {
    image: () => Promise.resolve({ id: '1a', bytes: 8192, features: [], flags: [], info: '{}' }),
    snapshots: () => Promise.resolve(snapshots().map((id) => ({ id, name: 'mr1', bytes: 8192 }))),
  };
  const streams: Pick<ImageStreams, 'read' | 'touchedBytes'> = {
    touchedBytes: () => Promise.resolve(4096),
    async *read() {
      await Promise.resolve();
      yield Buffer.concat([
        bannerBytes(),
        sizeBytes(8192),
        writeBytes(4096, 4096),
        Buffer.alloc(4096, 1),
        endBytes(),
      ]);
    },
  };
  const parts = { store, storage, streams, clock: new HostClock(), node: 'w1' };
  const received = async (name: string) =>
    (await readRecord(store, 'point', documentPath('point', { uuid: UUID, point: name })))?.value.received;
  return { world: parts as unknown as ReceiverWorld, received };
}

void t.test('a point that differs is marked, one that is equal loses the mark', async (t) => {
  const { world: west, received } = await world(t);
  t.same(await judgePoint(west, UUID, 'p-1', true), { unproven: false });
  t.same(await received('mr1'), { cluster: 'east' }, 'its zeroes were compared too');
  t.same(await judgePoint(west, UUID, 'p-1', true), { unproven: false }, 'again is fine');
  t.same(await judgePoint(west, UUID, 'p-1', false), { unproven: true });
  t.same(await received('mr1'), { cluster: 'east', unproven: true });
  t.same(await judgePoint(west, UUID, 'p-2', false), { unproven: false }, 'made here: it carries no mark');
  t.same(await received('mr2'), undefined);
  t.equal(await codeOf(judgePoint(west, UUID, 'p-3', true)), 'NOT_FOUND');
  const another = { ...west, node: 'w2' };
  t.equal(await codeOf(judgePoint(another, UUID, 'p-1', true)), 'NOT_LEADER');
});

void t.test('sums end well only when the point was there to the end', async (t) => {
  const how = { disk: { pool: 'vms', name: 'a' }, signal: new AbortController().signal };
  const all = async (lines: AsyncIterable<unknown>) => {
    const seen = [];
    for await (const line of lines) seen.push(line);
    return seen;
  };
  let snapshots = ['4'];
  const { world: west } = await world(t, () => snapshots);
  const lines = await all(await sumsOfPoint(west, UUID, 'p-1', how));
  t.match(lines, [{ size: 8192 }, { at: 0, sum: /^[0-9a-f]{64}$/ }, { read: Number }]);
  const other = { ...how, disk: { pool: 'vms', name: 'b' } };
  t.equal(await codeOf(sumsOfPoint(west, UUID, 'p-1', other)), 'NOT_FOUND', 'no such disk');
  const begun = await sumsOfPoint(west, UUID, 'p-1', how);
  snapshots = [];
  t.equal(await codeOf(all(begun)), 'NOT_FOUND', 'its snapshot went while it was read');
  t.equal(await codeOf(sumsOfPoint(west, UUID, 'p-1', how)), 'NOT_FOUND', 'nothing is told of it');
});
