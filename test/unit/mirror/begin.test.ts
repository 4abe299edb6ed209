import t, { type Test } from 'tap';
import { HostClock } from '../../../lib/adapters/host/index.js';
import { SILENT, Turns } from '../../../lib/core/index.js';
import { foundReceive } from '../../../lib/mirror/begin.js';
import { chooseBase, type ReceiverWorld } from '../../../lib/mirror/index.js';
import type { ReceivingWorld } from '../../../lib/mirror/world.js';
import { stageOf } from '../../../lib/mirror/names.js';
import { receiveWrite } from '../../../lib/mirror/records.js';
import { Room } from '../../../lib/mirror/room.js';
import type { ImageName, Pool, Storage, Store } from '../../../lib/ports/index.js';
import { documentPath, encodeDocument, ensureFolders, publish } from '../../../lib/tree/index.js';
import type { MirrorOffer } from '../../../schemas/mirror-wire.js';
import { failure } from '../../support/failure.js';
import { simStoreFixture } from '../../support/sim-store.js';

const offer: MirrorOffer = {
  source: { cluster: 'c-east', name: 'east' },
  epoch: 0,
  vm: { uuid: '00000001-0000-4000-8000-000000000001', name: 'vm1' },
  point: {
    ...{ id: 'p-1', name: 'mr1', at: 1, origin: 'mirror', consistency: 'crash', xml: '<domain/>' },
    meta: { tags: [] },
  },
  disks: [{ of: 'vms/vm1', pool: 'vms', volume: 'vm1', bytes: 8192, data: 4096 }],
  bases: [],
};

async function openStore(t: Test): Promise<Store> {
  const fixture = simStoreFixture('begin');
  t.teardown(() => fixture.close());
  const store = await fixture.open();
  await publish(store, new Map([['/domains', new Uint8Array()]]));
  await ensureFolders(store);
  await publish(
    store,
    new Map([
      ['/drover/election/epoch', encodeDocument('election-epoch', { epoch: 3 })],
      [documentPath('leader'), encodeDocument('leader', { node: 'w1', epoch: 3, since: 1 })],
      [documentPath('term', { term: '0000000003' }), encodeDocument('term', { node: 'w1', epoch: 3 })],
    ]),
  );
  return store;
}

void t.test(
  'what a dead receive left is discarded, and never the image of one that begins beside',
  async (t) => {
    const store = await openStore(t);
    const discarded: string[] = [];
    const storage: Partial<Storage> = {
      pools: () => Promise.resolve([{ name: 'vms', storedBytes: 0, freeBytes: 2 ** 40 } as Pool]),
      images: async () => {
        // At this very moment another VM's receive begins: its record is there before its image is.
        const { vm, point } = { ...offer, vm: { uuid: '00000002-0000-4000-8000-000000000001', name: 'vm2' } };
        const { xml, meta, ...rest } = { ...point, id: 'p-2' };
        const other = {
          ...{ uuid: vm.uuid, epoch: 0, source: offer.source, since: 1, state: 'receiving' as const },
          ...{ point: rest, vm: { name: vm.name, xml, meta }, disks: [] },
        };
        await store.commit([receiveWrite('p-2', other, undefined)]);
        return ['vm9', stageOf('p-2', 0), stageOf('p-0', 0)];
      },
      image: (name: ImageName) => {
        discarded.push(name.name);
        return Promise.resolve(undefined);
      },
    };
    const parts = { store, storage, clock: new HostClock(), node: 'w1', log: SILENT };
    const plain = parts as unknown as ReceiverWorld;
    const world: ReceivingWorld = { ...plain, room: new Room(plain), stages: new Turns() };
    const { receive } = await foundReceive(world, offer, {
      base: (points, images) => chooseBase(offer, points, images),
      unproven: false,
    });
    t.same(discarded, [stageOf('p-0', 0)]);
    t.match(receive.value, { state: 'receiving', disks: [{ cursor: 0, stage: stageOf('p-1', 0) }] });
  },
);

void t.test(
  'M24: a point of whose name the copy has another one is refused before anything changes',
  async (t) => {
    const store = await openStore(t);
    await publish(
      store,
      new Map([
        [`/drover/points/${offer.vm.uuid}`, new Uint8Array()],
        [
          documentPath('point', { uuid: offer.vm.uuid, point: offer.point.name }),
          encodeDocument('point', {
            ...{
              id: 'p-9',
              at: 1,
              origin: 'manual',
              state: 'complete',
              consistency: 'crash',
              xml: '<domain/>',
            },
            ...{ meta: { tags: [] }, disks: [] },
          }),
        ],
      ]),
    );
    const storage: Partial<Storage> = {
      pools: () => Promise.resolve([{ name: 'vms', storedBytes: 0, freeBytes: 2 ** 40 } as Pool]),
      images: () => Promise.resolve([]),
    };
    const plain = {
      store,
      storage,
      clock: new HostClock(),
      node: 'w1',
      log: SILENT,
    } as unknown as ReceiverWorld;
    const world: ReceivingWorld = { ...plain, room: new Room(plain), stages: new Turns() };
    const how = { base: () => ({ base: undefined, why: 'all of it' }), unproven: false };
    t.match(await failure(foundReceive(world, offer, how)), {
      code: 'REFUSED',
      message: /snapshot mr1 of VM 'vm1'.*the copy has another one of this name/,
    });
    t.equal((await store.children('/drover/receives'))?.names.length ?? 0, 0);
  },
);
