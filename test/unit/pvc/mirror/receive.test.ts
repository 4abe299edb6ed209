import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { createObject } from '../../../../lib/tree/index.js';
import { guestXmlOf } from '../../../support/pvc-xml.js';
import { PvcSender, SentDisk } from '../../../support/pvc-sender.js';
import { PvcWorld, TOKEN } from '../../../support/pvc-world.js';

const MIB = 1024 ** 2;
const UUID = '00000041-0000-4000-8000-000000000041';
const VM = `/domains/${UUID}`;
const NOW = 1_795_337_000;

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A cluster of ours, and one of PVC with a VM of two disks, one of which does not end with an object. */
async function two(t: Test): Promise<{ readonly world: PvcWorld; readonly sender: PvcSender }> {
  const world = await PvcWorld.open();
  t.teardown(() => world.close());
  const disks = [new SentDisk('vms/wire1_vda', 24 * MIB), new SentDisk('vms/wire1_vdb', 10 * MIB - 512)];
  const [one, other] = disks;
  one?.set(0, 1);
  one?.set(2, 2);
  one?.set(3, 3);
  other?.set(2, 9);
  const xml = guestXmlOf(
    UUID,
    'wire1',
    disks.map(({ name }) => name),
  );
  return {
    world,
    sender: new PvcSender(world.uri, TOKEN, { name: 'wire1', uuid: UUID, xml, state: 'start' }, disks),
  };
}

function equal(t: Test, world: PvcWorld, sender: PvcSender, snapshot: string): void {
  for (const disk of sender.disks) {
    const [, name = ''] = disk.name.split('/');
    const here = world.streams.bytes({ pool: 'vms', name }, snapshot);
    t.equal(sha(here), sha(disk.image(snapshot)), `${disk.name}@${snapshot}`);
  }
}

void t.test('I2 all of a VM of PVC comes, and is seen only when it is complete', async (t) => {
  const { world, sender } = await two(t);
  const seen: (readonly string[])[] = [];
  sender.cut = (call) =>
    void (call === 'PATCH block' && seen.push([...world.ceph.images.pool('vms').images.keys()]));
  await sender.create('mr1', NOW);
  t.ok(
    seen[1]?.every((name) => name.startsWith('drover-receive-')),
    'its images have no name before',
  );
  t.same(world.images, ['wire1_vda', 'wire1_vdb']);
  equal(t, world, sender, 'mr1');
  t.equal(await world.text(VM), 'wire1');
  t.equal(await world.text(`${VM}/state`), 'mirror');
  t.equal(await world.text(`${VM}/node_autostart`), 'False', 'M5');
  t.match(await world.text(`${VM}/xml`), /198\.18\.0\.10/, 'with the monitors of this cluster');
  const mirror = await world.json(`/drover/mirrors/${UUID}`);
  t.match(mirror, { role: 'mirror', epoch: 0, head: { state: 'clean' }, source: { cluster: 'pvc:west' } });
  const point = await world.json(`/drover/points/${UUID}/mr1`);
  t.match(point, { origin: 'mirror', state: 'complete', received: { cluster: 'west', unproven: undefined } });
  t.same(await world.names('/drover/receives'), []);
  t.same(await sender.listed(), ['mr1']);
  t.same(await world.names(`${VM}/tags`), ['blue']);
});

void t.test('I2 changes come on top of the parent, unproven, and again on top of those', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  const [one, other] = sender.disks;
  one?.set(1, 7);
  one?.set(3, 8);
  other?.set(2, 10);
  // Somebody writes to the copy: M3.
  world.streams.put({ pool: 'vms', name: 'wire1_vda' }, Buffer.alloc(24 * MIB, 0xff));
  const mirror = JSON.parse((await world.text(`/drover/mirrors/${UUID}`)) ?? '') as {
    head: { state: string };
  };
  await world.write({
    [`/drover/mirrors/${UUID}`]: JSON.stringify({ ...mirror, head: { ...mirror.head, state: 'dirty' } }),
  });
  await sender.create('mr2', NOW + 60);
  equal(t, world, sender, 'mr2');
  t.match(await world.json(`/drover/points/${UUID}/mr2`), { received: { unproven: true } });
  await sender.create('mr3', NOW + 120);
  equal(t, world, sender, 'mr3');
  t.match(sender.calls.at(-1), /^PATCH .* 200$/, 'nothing has changed: no block at all');
  t.same(await sender.listed(), ['mr3', 'mr2', 'mr1']);
});

void t.test('M17 a tag that the copy was given here stays, beside those of the source', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  await world.store.commit(
    createObject('tag', { uuid: UUID, tag: 'dr' }, { name: 'dr', type: 'user', protected: true }),
  );
  sender.disks[0]?.set(1, 7);
  // Twice: with the first of them it must not become one of the source's.
  for (const [at, point] of ['mr2', 'mr3'].entries()) {
    await sender.create(point, NOW + 60 * (at + 1));
    t.same(await world.names(`${VM}/tags`), ['blue', 'dr'], point);
  }
  t.equal(await world.text(`${VM}/tags/dr/protected`), 'True', 'as it was given');
  t.match(await world.json(`/drover/mirrors/${UUID}`), { tags: ['blue'] });
  t.same(await sender.listed(), ['mr3', 'mr2', 'mr1']);
});

void t.test('M2 what PVC does not send stays told as unproven', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  sender.disks[0]?.set(2);
  await sender.create('mr2', NOW + 60);
  t.not(
    sha(world.streams.bytes({ pool: 'vms', name: 'wire1_vda' }, 'mr2')),
    sha(sender.disks[0]?.image('mr2') ?? Buffer.alloc(0)),
    'its wire has no word for a discard',
  );
  t.match(await world.json(`/drover/points/${UUID}/mr2`), { received: { unproven: true } });
});

void t.test('M1 D1 what is broken off is not seen, and comes again, from the same parent', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  for (let object = 0; object < 6; object += 1) sender.disks[0]?.set(object, 0x40 + object);
  const enough = new Error('the sender dies');
  sender.cut = (call, bytes) => {
    if (call === 'body' && bytes > 10 * MIB) throw enough;
  };
  await t.rejects(sender.create('mr2', NOW + 60));
  t.same(await sender.listed(), ['mr1']);
  t.match(await world.json(`/drover/mirrors/${UUID}`), { head: { state: 'dirty' } });
  // It dies between its disks the next time, and another primary takes over here.
  sender.cut = (call) => {
    if (call === 'GET wire1_vdb') throw enough;
  };
  await t.rejects(sender.create('mr3', NOW + 120));
  await world.start(sender);
  sender.cut = () => undefined;
  await sender.create('mr4', NOW + 180);
  t.match(sender.calls.join('\n'), /PUT .*PATCH/s);
  equal(t, world, sender, 'mr4');
  t.same(await sender.listed(), ['mr4', 'mr1']);
  t.match(await world.json(`/drover/mirrors/${UUID}`), { head: { state: 'clean' } });
});

void t.test('M1 a first transfer that broke leaves nothing in the way of the next (M35)', async (t) => {
  const { world, sender } = await two(t);
  sender.cut = (call, bytes) => {
    if (call === 'body' && bytes > 5 * MIB) throw new Error('the sender dies');
  };
  await t.rejects(sender.create('mr1', NOW));
  t.equal(await sender.listed(), undefined);
  sender.cut = () => undefined;
  await sender.create('mr2', NOW + 60);
  equal(t, world, sender, 'mr2');
  t.same(world.images, ['wire1_vda', 'wire1_vdb'], 'I6 no image of the first is left');
  t.same(await world.names('/drover/receives'), []);
});

void t.test('M1 a parent that the copy does not hold is refused, and nothing has changed', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  sender.take('mr2', NOW + 30);
  sender.take('mr3', NOW + 60);
  const before = await world.text(`/drover/mirrors/${UUID}`);
  await t.rejects(sender.send('mr3', 'mr2', true), /400|409/);
  // It is listed, and its snapshot of one disk is gone.
  world.ceph.images.get({ pool: 'vms', name: 'wire1_vdb' }).snapshots.delete('mr1');
  await t.rejects(
    sender.send('mr3', 'mr1', true),
    /its snapshot of volume vms\/wire1_vdb is gone.*nothing has changed/,
  );
  t.equal(await world.text(`/drover/mirrors/${UUID}`), before);
  t.same(await world.names('/drover/receives'), []);
  // All of it can come.
  await sender.send('mr3', undefined, true);
  equal(t, world, sender, 'mr3');
  t.match(await world.json(`/drover/points/${UUID}/mr3`), { received: { unproven: undefined } });
});

void t.test('M7 a VM that is active here, runs, or is of another source, is not overwritten', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  const path = `/drover/mirrors/${UUID}`;
  const mirror = JSON.parse((await world.text(path)) ?? '') as object;
  sender.take('mr2', NOW + 60);
  for (const [change, said] of [
    [{ role: 'active' }, /not a copy/],
    [{ role: 'handing-over' }, /not a copy/],
    [{ source: { cluster: 'pvc:north', name: 'north' } }, /copy of another cluster: north/],
  ] as const) {
    await world.write({ [path]: JSON.stringify({ ...mirror, ...change }) });
    await t.rejects(sender.send('mr2', 'mr1', true), said);
  }
  await world.write({ [path]: JSON.stringify(mirror) });
  const run = {
    v: 1,
    epoch: 1,
    edges: [],
    holders: [{ node: 'pv2', boot: '00000000-0000-4000-8000-0000000000b0', role: 'run', since: 1 }],
  };
  await world.write({ [`/drover/runs/${UUID}`]: JSON.stringify(run) });
  await t.rejects(sender.send('mr2', 'mr1', true), /it runs on pv2/);
  equal(t, world, sender, 'mr1');
});

void t.test('M14 a disk that has grown comes whole, told or not', async (t) => {
  const { world, sender } = await two(t);
  await sender.create('mr1', NOW);
  const [one, other] = sender.disks;
  if (one === undefined || other === undefined) throw new Error('it has two disks');
  one.bytes = 28 * MIB;
  one.set(6, 6);
  // Less than PVC's rounding shows: it does not tell.
  other.bytes = 10 * MIB;
  other.set(2, 11);
  await sender.create('mr2', NOW + 60);
  equal(t, world, sender, 'mr2');
  t.same(
    sender.calls.filter((call) => call.startsWith('PUT /storage')),
    ['PUT /storage/ceph/volume/vms/wire1_vda 200'],
  );
});

void t.test('a hand-over of PVC: the copy is the active one, in the state that it had there', async (t) => {
  for (const state of ['stop', 'disable'] as const) {
    const { world, sender } = await two(t);
    await sender.create('mr1', NOW);
    sender.vm.state = state;
    sender.disks[0]?.set(4, 4);
    await sender.promote('mr2', NOW + 60);
    equal(t, world, sender, 'mr2');
    t.equal(await world.text(`${VM}/state`), state);
    t.match(await world.json(`/drover/mirrors/${UUID}`), { role: 'active', epoch: 1 }, 'M10');
    sender.take('mr3', NOW + 90);
    await t.rejects(
      sender.send('mr3', 'mr2', true),
      /not a copy/,
      'M7 and takes nothing of the former source any more',
    );
  }
});
