import t from 'tap';
import {
  chooseBase,
  CURSORS,
  type ImageNow,
  isRevocable,
  nextOf,
  peersOf,
  type PromoteSaga,
} from '../../../lib/mirror/index.js';
import type { Point } from '../../../lib/point/index.js';

const DISK = { pool: 'vms', volume: 'a', imageId: '1a', bytes: 4096 };

function point(id: string, at: number, more: Partial<Point> = {}): Point {
  return {
    ...{ id, at, name: `mr${id}`, origin: 'mirror', consistency: 'crash', xml: '<domain/>', unproven: false },
    meta: { tags: [] },
    disks: [{ ...DISK, snapshotId: id }],
    ...more,
  };
}

const images = (snapshots: readonly string[], id = '1a'): ReadonlyMap<string, ImageNow> =>
  new Map([['vms/a', { id, snapshots: new Set(snapshots), names: new Set<string>() }]]);
const offered = (...ids: string[]) => ({
  bases: ids.map((id) => ({ id, disks: [{ pool: 'vms', volume: 'a', bytes: 4096 }] })),
});

void t.test('D12 M4: the base is the newest point that both hold, whole', (t) => {
  const points = [point('1', 10), point('2', 20), point('3', 30)];
  const base = (offer: ReturnType<typeof offered>, now: ReadonlyMap<string, ImageNow>) =>
    chooseBase(offer, points, now).base?.id;
  t.equal(base(offered('3', '2', '1'), images(['1', '2', '3'])), '3');
  t.equal(base(offered('2', '1'), images(['1', '2', '3'])), '2', 'the source has lost the newest');
  t.equal(base(offered('3', '2', '1'), images(['1', '2'])), '2', 'its snapshot is gone here');
  t.equal(base(offered('9'), images(['1', '2', '3'])), undefined, 'none is common');
  t.equal(base(offered('3', '2', '1'), images(['1', '2', '3'], '2b')), undefined, 'it is another image');
  t.match(chooseBase(offered('9'), points, images([])).why, /no point is on both sides/);
  const other = { bases: [{ id: '3', disks: [{ pool: 'vms', volume: 'a', bytes: 8192 }] }] };
  t.match(chooseBase(other, points, images(['3'])), { base: undefined, why: /another size/ }, 'M14');
  const unproven = [point('1', 10), point('2', 20, { unproven: true })];
  t.equal(chooseBase(offered('2', '1'), unproven, images(['1', '2'])).base?.id, '1', 'I2');
  t.equal(chooseBase(offered('1'), [], images([])).base, undefined);
  t.end();
});

void t.test('a hand-over goes through every cursor once, and is revocable up to the hand-over', (t) => {
  let saga: PromoteSaga = {
    ...{
      id: 'p',
      cursor: 'pre-sync',
      peer: 'west',
      epoch: 4,
      nonce: 'n',
      remove: false,
      state: 'start',
      since: 1,
    },
    problem: 'an earlier one',
  };
  const seen = [saga.cursor];
  const revocable = [isRevocable(saga)];
  while (saga.cursor !== 'done') {
    const point = { id: '3', name: 'mr3', at: 30 };
    saga = nextOf(saga, saga.cursor === 'last-delta' ? { kind: 'delivered', point } : { kind: 'done' });
    seen.push(saga.cursor);
    revocable.push(isRevocable(saga));
  }
  t.same(seen, CURSORS);
  t.same(revocable, [true, true, true, true, true, false, false, false, false]);
  t.match(saga, { epoch: 4, point: { id: '3' }, problem: undefined });
  t.end();
});

void t.test('tags say where to: several, the default, and names that are none', (t) => {
  const world = { tags: ['automirror'], defaultPeer: 'west' };
  t.same(peersOf(world, ['web', 'automirror:north', 'automirror']), ['north', 'west']);
  t.same(peersOf(world, ['automirror:west', 'automirror']), ['west'], 'once each');
  t.same(peersOf(world, ['automirrored', 'other:west']), []);
  t.same(peersOf(world, ['automirror:']), [''], 'told as a peer that is not there');
  t.same(peersOf({ ...world, defaultPeer: undefined }, ['automirror']), ['']);
  t.end();
});
