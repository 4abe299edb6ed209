import t from 'tap';
import { placementWrite, readPlaces, refuseWithoutRoom } from '../../../lib/domain/index.js';
import { clusterWith, definitionOf, UseCaseWorldOfTest, vmKeys, WEB } from '../../support/use-case-world.js';

const uuid = (n: number) => `0000000${n}-0000-4000-8000-000000000009`;
const other = (n: number, keys: Readonly<Record<string, string>>) => vmKeys(uuid(n), `vm${n}`, keys);
const BEAT = { '/nodes/pv2/keepalive': '1795334290' };

async function reservedWith(entries: Readonly<Record<string, string>>, but?: string) {
  const world = await UseCaseWorldOfTest.open({ ...clusterWith({}, BEAT), ...entries });
  const read = async () => Object.fromEntries((await world.run(readPlaces(world.store, but))).reserved);
  return { world, read };
}

void t.test('N11: what is on its way to a node, or shall start there, has its memory there', async (t) => {
  for (const state of ['migrate', 'migrate-live', 'unmigrate', 'start', 'restart']) {
    const { read } = await reservedWith(other(1, { '/state': state, '/node': 'pv2' }));
    t.same(await read(), { pv2: 512 }, state);
  }
  for (const state of ['stop', 'shutdown', 'disable', 'mirror', 'fail', 'delete', 'rubbish']) {
    const { read } = await reservedWith(other(1, { '/state': state, '/node': 'pv2' }));
    t.same(await read(), {}, state);
  }
  const { read } = await reservedWith({
    ...other(1, { '/state': 'migrate', '/node': 'pv2' }),
    ...other(2, {
      '/state': 'start',
      '/node': 'pv2',
      '/xml': definitionOf(uuid(2), 'vm2').replace('512', '100'),
    }),
    ...other(3, { '/state': 'start', '/node': 'pv3' }),
  });
  t.same(await read(), { pv2: 612, pv3: 512 });
});

void t.test('N11: one that runs has it until the node has told its figures again', async (t) => {
  const { world, read } = await reservedWith({
    ...other(1, { '/state': 'migrate', '/node': 'pv2' }),
    '/nodes/pv2/runningdomains': uuid(1),
  });
  t.same(await read(), { pv2: 512 }, 'it is being received');
  await world.write({ [`/domains/${uuid(1)}/state`]: 'start' });
  t.same(await read(), { pv2: 512 }, 'the figures are older than its arrival');
  await world.write({ '/nodes/pv2/keepalive': '1795334295' });
  t.same(await read(), {}, 'now they show it');
  await world.write({ '/nodes/pv2/runningdomains': '0' });
  t.same(await read(), { pv2: 512 }, 'it is to start again');
});

void t.test('a VM takes nothing from itself', async (t) => {
  const { read } = await reservedWith({ [`/domains/${WEB}/state`]: 'start' }, WEB);
  t.same(await read(), {});
});

void t.test('N11: two that place VMs at once learn of each other', async (t) => {
  const { world } = await reservedWith({});
  const place = (places: Awaited<ReturnType<typeof readPlaces>>, n: number) =>
    world.run(world.store.commit([placementWrite(places, { vm: uuid(n), node: 'pv2', at: 1 })]));
  const first = await world.run(readPlaces(world.store, undefined));
  await place(first, 1);
  await t.rejects(place(first, 2), { code: 'STORE_CONFLICT' }, 'when there was none before');
  const second = await world.run(readPlaces(world.store, undefined));
  await place(second, 2);
  await t.rejects(place(second, 3), { code: 'STORE_CONFLICT' });
});

void t.test('a refusal has the figures, and what is not known refuses nothing', async (t) => {
  const { world } = await reservedWith(other(1, { '/state': 'migrate', '/node': 'pv2' }));
  const places = await world.run(readPlaces(world.store, undefined));
  const refuse = (memory: number | undefined, node = 'pv2') =>
    refuseWithoutRoom(places, { name: 'web', memory }, node, 'give force');
  t.throws(() => refuse(1489), {
    code: 'REFUSED',
    reason: 'it needs 1489 MiB, and pv2 has 1488 MiB free besides the 512 MiB of VMs on their way there',
    remedy: 'give force',
  });
  t.throws(() => refuse(3001, 'pv1'), {
    code: 'REFUSED',
    reason: 'it needs 3001 MiB, and pv1 has 3000 MiB free',
  });
  refuse(1488);
  refuse(undefined);
  refuse(1_000_000, 'pv9');
});
