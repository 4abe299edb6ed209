import t from 'tap';
import { MIB, VM, VolumeCluster, vmKeys } from '../../support/volume-cluster.js';

const G = 1024 ** 3;

void t.test('M14: a volume is made, grown and told to the byte, and never shrinks', async (t) => {
  const cluster = await VolumeCluster.start('sizes');
  t.teardown(() => cluster.stop());
  const volume = { pool: 'vms', volume: 'a' };
  await cluster.does('c1', 'volume.create', { ...volume, bytes: 20 * G + 1 });
  t.equal(cluster.image('a')?.bytes, 20 * G + 1);
  t.match(cluster.told('a'), { id: cluster.image('a')?.id ?? '', size: 20 * G + 1 });
  t.equal(cluster.text('/ceph/snapshots/vms/a'), '', 'the folder of its snapshots');
  t.equal(await cluster.fails('c2', 'volume.create', { ...volume, bytes: MIB }), 'STORAGE_EXISTS');
  t.equal(cluster.image('a')?.bytes, 20 * G + 1, 'and is what it was');
  await cluster.does('r1', 'volume.resize', { ...volume, bytes: 20 * G + 513 });
  t.equal(cluster.image('a')?.bytes, 20 * G + 513);
  t.equal(cluster.told('a')?.size, 20 * G + 513);
  t.equal(await cluster.fails('r2', 'volume.resize', { ...volume, bytes: 20 * G }), 'REFUSED');
  t.equal(cluster.image('a')?.bytes, 20 * G + 513);
  t.equal(await cluster.fails('r3', 'volume.resize', { pool: 'vms', volume: 'b', bytes: G }), 'NOT_FOUND');
  t.same(cluster.images, ['a'], 'nothing else is left');
});

void t.test('M47: what does not fit is not made, and force goes up to what is free', async (t) => {
  const cluster = await VolumeCluster.start('space');
  t.teardown(() => cluster.stop());
  const make = { pool: 'vms', volume: 'a', bytes: 900 * G };
  await cluster.does('seed', 'volume.create', { pool: 'vms', volume: 'seed', bytes: G, force: true });
  t.equal(await cluster.fails('c1', 'volume.create', make), 'REFUSED');
  t.equal(await cluster.fails('c2', 'volume.create', { ...make, bytes: 1024 * G, force: true }), 'REFUSED');
  await cluster.does('c3', 'volume.create', { ...make, force: true });
  t.equal(await cluster.fails('r1', 'volume.resize', { ...make, bytes: 1100 * G, force: true }), 'REFUSED');
  t.equal(cluster.image('a')?.bytes, 900 * G);
  t.same(cluster.images, ['a', 'seed']);
});

void t.test('a clone has its name when it is whole, and its source must be closed', async (t) => {
  const cluster = await VolumeCluster.start('clone');
  t.teardown(() => cluster.stop());
  await cluster.does('c1', 'volume.create', { pool: 'vms', volume: 'a', bytes: 3 * MIB, force: true });
  const opened = cluster.ceph.images.open({ pool: 'vms', name: 'a' }, '198.18.0.9', () => undefined);
  const copy = { pool: 'vms', volume: 'a', to: 'b' };
  t.equal(await cluster.fails('k1', 'volume.clone', copy), 'REFUSED');
  t.same(cluster.images, ['a'], 'nothing of it is left');
  await cluster.does('k2', 'volume.clone', { ...copy, force: true });
  opened.close();
  t.equal(cluster.told('b')?.id, cluster.image('b')?.id);
  t.equal(await cluster.fails('k3', 'volume.clone', copy), 'STORAGE_EXISTS');
  t.equal(await cluster.fails('k4', 'volume.clone', { ...copy, volume: 'x', to: 'y' }), 'NOT_FOUND');
  t.same(cluster.images, ['a', 'b']);
});

void t.test('what a task that is no more was making is discarded by the next', async (t) => {
  const cluster = await VolumeCluster.start('sweep');
  t.teardown(() => cluster.stop());
  cluster.ceph.images.add({ pool: 'vms', name: 'drover-stage-long-gone-2' }, MIB);
  cluster.ceph.images.open({ pool: 'vms', name: 'drover-stage-long-gone-2' }, '198.18.0.9', () => undefined);
  await cluster.does('c1', 'volume.create', { pool: 'vms', volume: 'a', bytes: MIB, force: true });
  t.same(cluster.images, ['a']);
  t.same(cluster.trash, []);
});

void t.test(
  'a removed volume lies in the trash, comes back the same, and goes for good after a day',
  async (t) => {
    const cluster = await VolumeCluster.start('trash');
    t.teardown(() => cluster.stop());
    const volume = { pool: 'vms', volume: 'a' };
    await cluster.does('c1', 'volume.create', { ...volume, bytes: MIB, force: true });
    const id = cluster.image('a')?.id ?? '';
    t.equal(
      await cluster.fails('d0', 'volume.remove', { ...volume, id: 'abc' }),
      'REFUSED',
      'another is meant',
    );
    t.match(await cluster.does('d1', 'volume.remove', { ...volume, id }), { id });
    t.same([cluster.images, cluster.trash], [[], ['a']]);
    t.equal(cluster.text('/ceph/volumes/vms/a'), undefined);
    t.equal(cluster.text('/ceph/snapshots/vms/a'), undefined);
    t.equal(await cluster.fails('d2', 'volume.remove', volume), 'NOT_FOUND');

    await cluster.does('c2', 'volume.create', { ...volume, bytes: 2 * MIB, force: true });
    t.equal(await cluster.fails('b1', 'volume.restore', { pool: 'vms', id }), 'STORAGE_EXISTS');
    await cluster.does('m1', 'volume.rename', { ...volume, to: 'other' });
    await cluster.does('b2', 'volume.restore', { pool: 'vms', id });
    t.equal(cluster.image('a')?.id, id);
    t.equal(cluster.told('a')?.id, id);
    t.equal(await cluster.fails('b3', 'volume.restore', { pool: 'vms', id: 'abc' }), 'NOT_FOUND');

    await cluster.does('d3', 'volume.remove', volume);
    t.match(await cluster.does('p1', 'volume.purge', { pool: 'vms' }), { purged: 0 });
    await cluster.tasks.world.clock.advance(24 * 3_600_000);
    t.match(await cluster.does('p2', 'volume.purge', {}), { purged: 1 }, 'of all pools');
    t.same([cluster.images, cluster.trash], [['other'], []]);
  },
);

void t.test('the volume of a VM is not taken from it', async (t) => {
  const cluster = await VolumeCluster.start('used', vmKeys('web', ['web_a'], 'start'));
  t.teardown(() => cluster.stop());
  const volume = { pool: 'vms', volume: 'web_a', force: true };
  await cluster.does('c1', 'volume.create', { ...volume, bytes: MIB });
  t.equal(await cluster.fails('d1', 'volume.remove', volume), 'REFUSED', 'it is about to run');
  t.equal(await cluster.fails('m1', 'volume.rename', { ...volume, to: 'x' }), 'REFUSED');
  await cluster.tasks.change(`/domains/${VM}/state`, 'stop');
  t.equal(
    await cluster.fails('d2', 'volume.remove', { ...volume, force: false }),
    'REFUSED',
    'without a word',
  );
  await cluster.tasks.change(`/domains/${VM}/rbdlist`, 'no list');
  t.equal(await cluster.fails('d3', 'volume.remove', volume), 'TREE_UNREADABLE', 'it may be anybody’s');
  await cluster.tasks.change(`/domains/${VM}/rbdlist`, 'vms/web_a');
  const opened = cluster.ceph.images.open({ pool: 'vms', name: 'web_a' }, '198.18.0.9', () => undefined);
  t.equal(await cluster.fails('d4', 'volume.remove', volume), 'STORAGE_REFUSED', 'N14 somebody has it open');
  opened.close();
  await cluster.does('m2', 'volume.rename', { ...volume, to: 'x' });
  t.equal(cluster.text(`/domains/${VM}/rbdlist`), 'vms/x');
  t.match(cluster.text(`/domains/${VM}/xml`), /name="vms\/x"/);
  await cluster.does('d5', 'volume.remove', { ...volume, volume: 'x' });
  t.same([cluster.images, cluster.trash], [[], ['web_a', 'x'].slice(1)]);
});

void t.test('what Ceph has is adopted, and what it has not is named and left', async (t) => {
  const cluster = await VolumeCluster.start('adopt');
  t.teardown(() => cluster.stop());
  for (const name of ['a', 'b']) cluster.ceph.images.add({ pool: 'vms', name }, MIB);
  await cluster.does('a1', 'volume.adopt', { pool: 'vms', volume: 'a' });
  t.equal(cluster.told('a')?.size, MIB);
  t.equal(cluster.told('b'), undefined);
  t.equal(cluster.text('/ceph/pools/vms'), '', 'the pool is told too');
  await cluster.tasks.write('/ceph/volumes/vms/gone', '');
  t.match(await cluster.does('a2', 'volume.adopt', { pool: 'vms' }), { count: 2, missing: ['gone'] });
  t.equal(cluster.told('b')?.size, MIB);
  t.equal(await cluster.fails('a3', 'volume.adopt', { pool: 'vms', volume: 'x' }), 'NOT_FOUND');
  t.equal(await cluster.fails('a4', 'volume.adopt', { pool: 'nowhere' }), 'NOT_FOUND');
  t.equal(cluster.text('/ceph/pools/nowhere'), undefined);
});
