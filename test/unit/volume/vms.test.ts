import t from 'tap';
import { renamedWith } from '../../../lib/volume/index.js';
import { MIB, VM, VolumeCluster, vmKeys, vmXml } from '../../support/volume-cluster.js';
import { runOf } from '../../support/use-case-world.js';

const OTHER = '00000002-0000-4000-8000-000000000002';

/** A VM `web` that runs on n1 with the disk `web_a`. */
async function running(seed: string): Promise<VolumeCluster> {
  const cluster = await VolumeCluster.start(seed, vmKeys('web', ['web_a'], 'start'));
  cluster.ceph.images.add({ pool: 'vms', name: 'web_a' }, MIB);
  await cluster.does('adopt', 'volume.adopt', { pool: 'vms' });
  cluster.host('n1').create(vmXml('web', ['web_a']));
  await cluster.tasks.write(`/drover/runs/${VM}`, runOf('n1'));
  return cluster;
}

void t.test('the disk of a running VM grows where it runs', async (t) => {
  const cluster = await running('live');
  t.teardown(() => cluster.stop());
  const { status } = await cluster.done('r1', 'volume.resize', {
    pool: 'vms',
    volume: 'web_a',
    bytes: 3 * MIB,
  });
  t.match(status, { state: 'done', node: 'n1' });
  t.equal(cluster.image('web_a')?.bytes, 3 * MIB);
  t.equal(cluster.told('web_a')?.size, 3 * MIB);
  t.ok(cluster.passed.includes('volume-resize/grow-live/done'), 'QEMU was told');
  t.equal(
    await cluster.fails('r2', 'volume.resize', { pool: 'vms', volume: 'web_a', bytes: MIB }),
    'REFUSED',
  );
});

void t.test('a device is attached once, and is gone when the guest has given it up', async (t) => {
  const cluster = await running('device');
  t.teardown(() => cluster.stop());
  const disk = `<disk type='network'><source protocol='rbd' name='vms/more'/><target dev='vdb'/></disk>`;
  const args = { domain: 'web', xml: disk };
  const live = () => cluster.host('n1').find(VM)?.xml.includes("dev='vdb'");
  t.equal(await cluster.fails('a0', 'vm.device_attach', args), 'NOT_FOUND', 'an image that is not there');
  cluster.ceph.images.add({ pool: 'vms', name: 'more' }, MIB);
  const opened = cluster.ceph.images.open({ pool: 'vms', name: 'more' }, '198.18.0.9', () => undefined);
  t.equal(await cluster.fails('a1', 'vm.device_attach', args), 'HELD', 'N14 an image that somebody has open');
  opened.close();
  t.equal(live(), false);
  t.match((await cluster.done('a2', 'vm.device_attach', args)).status, { state: 'done', node: 'n1' });
  t.equal(live(), true);
  t.equal(await cluster.fails('a3', 'vm.device_attach', args), 'HYPERVISOR_REFUSED', 'a second one there');
  await cluster.does('d1', 'vm.device_detach', args);
  t.equal(live(), false);
  t.equal(await cluster.fails('d2', 'vm.device_detach', args), 'NOT_FOUND');
  t.equal(await cluster.fails('a4', 'vm.device_attach', { domain: 'web', xml: '<disk' }), 'BAD_INPUT');
});

void t.test(
  'nobody has the volumes of a stopped VM open any more, those of a running one stay',
  async (t) => {
    const cluster = await running('flush');
    t.teardown(() => cluster.stop());
    t.equal(await cluster.fails('f1', 'vm.flush_locks', { domain: 'web', force: true }), 'REFUSED');
    t.equal(cluster.host('n1').find(VM)?.state, 'running');
    const guest = cluster.host('n1').find(VM);
    if (guest !== undefined) cluster.host('n1').crash(guest);
    await cluster.tasks.change(`/drover/runs/${VM}`, runOf());
    t.equal(await cluster.fails('f2', 'vm.flush_locks', { domain: 'web' }), 'REFUSED', 'it is about to run');
    await cluster.tasks.change(`/domains/${VM}/state`, 'stop');
    const result = await cluster.does('f3', 'vm.flush_locks', { domain: 'web' });
    t.match(result, { shutOut: [/^198\.18\.0\.1:/] }, 'M46 and it says whom');
    t.equal(cluster.ceph.images.get({ pool: 'vms', name: 'web_a' }).watches.size, 0);
    await cluster.tasks.change(`/domains/${VM}/node`, 'n9');
    t.match(
      await cluster.does('f4', 'vm.flush_locks', { domain: 'web' }),
      { shutOut: [] },
      'its node is dead',
    );
  },
);

void t.test('a VM is renamed only at rest, and only what is its own with it', async (t) => {
  const other = Object.fromEntries(
    Object.entries(vmKeys('db', ['web_b'])).map(([path, text]) => [
      path.replace(VM, OTHER),
      text.replaceAll(VM, OTHER),
    ]),
  );
  const cluster = await VolumeCluster.start('rename', {
    ...vmKeys('web', ['web_a', 'web_b'], 'start'),
    ...other,
  });
  t.teardown(() => cluster.stop());
  for (const name of ['web_a', 'web_b', 'www_a']) cluster.ceph.images.add({ pool: 'vms', name }, MIB);
  const rename = (id: string, name: string) => cluster.fails(id, 'vm.rename', { domain: 'web', name });
  t.equal(await rename('m1', 'www'), 'REFUSED', 'it is about to run');
  await cluster.tasks.change(`/domains/${VM}/state`, 'mirror');
  t.equal(await rename('m2', 'www'), 'REFUSED', 'its source decides');
  await cluster.tasks.change(`/domains/${VM}/state`, 'stop');
  t.equal(await rename('m3', 'db'), 'REFUSED', 'the name is taken');
  t.equal(await rename('m4', 'a/b'), 'BAD_INPUT');
  t.equal(await rename('m5', 'www'), 'REFUSED', 'a volume of two VMs');
  await cluster.tasks.change(`/domains/${OTHER}/rbdlist`, '');
  t.equal(await rename('m6', 'www'), 'STORAGE_EXISTS', 'the name of a volume is taken');
  t.same(cluster.images, ['web_a', 'web_b', 'www_a'], 'and nothing has changed');
  t.equal(cluster.text(`/domains/${VM}`), 'web');
  t.match(await cluster.does('m7', 'vm.rename', { domain: 'web', name: 'shop' }), {
    volumes: ['vms/shop_a', 'vms/shop_b'],
  });
  t.same(cluster.images, ['shop_a', 'shop_b', 'www_a']);
  t.equal(await cluster.fails('m8', 'vm.rename', { domain: 'web', name: 'x' }), 'NOT_FOUND');
});

void t.test('volumes are renamed that are called after the VM', (t) => {
  const volumes = ['web', 'web_a', 'web-b', 'website', 'my_web', 'web.2'].map((volume) => ({
    pool: 'p',
    volume,
  }));
  t.same(
    renamedWith('web', 'www', [...volumes, { pool: 'q', volume: 'web_a' }]).map(({ pool, from, to }) => [
      `${pool}/${from}`,
      to,
    ]),
    [
      ['p/web', 'www'],
      ['p/web_a', 'www_a'],
      ['p/web-b', 'www-b'],
      ['p/web.2', 'www.2'],
      ['q/web_a', 'www_a'],
    ],
  );
  t.same(renamedWith('web', 'web', volumes), []);
  t.end();
});

void t.test(
  'of a VM that is removed its own volumes go into the trash, those of other VMs stay',
  async (t) => {
    const other = Object.fromEntries(
      Object.entries(vmKeys('db', ['web_b'])).map(([path, text]) => [
        path.replace(VM, OTHER),
        text.replaceAll(VM, OTHER),
      ]),
    );
    const cluster = await VolumeCluster.start('remove', {
      ...vmKeys('web', ['web_a', 'web_b', 'web_gone'], 'stop'),
      ...other,
    });
    t.teardown(() => cluster.stop());
    for (const name of ['web_a', 'web_b']) cluster.ceph.images.add({ pool: 'vms', name }, MIB);
    t.equal(
      await cluster.fails('x1', 'vm.remove_volumes', { domain: 'web' }),
      'REFUSED',
      'it is not being removed',
    );
    await cluster.tasks.change(`/domains/${VM}/state`, 'delete');
    t.match(await cluster.does('x2', 'vm.remove_volumes', { domain: 'web' }), { left: ['vms/web_b'] });
    t.same([cluster.images, cluster.trash], [['web_b'], ['web_a']]);
  },
);
