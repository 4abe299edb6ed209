import t, { type Test } from 'tap';
import { MIB, VM, VolumeCluster, vmKeys } from '../../support/volume-cluster.js';

const POOL = { pool: 'vms' };
const force = true;

interface Row {
  readonly kind: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Images that are there before, adopted. */
  readonly images: readonly string[];
  readonly steps: readonly string[];
  /** What is there afterwards, and lies in the trash. */
  readonly left: readonly string[];
  readonly trash?: readonly string[];
  readonly keys?: Readonly<Record<string, string>>;
  readonly also?: (t: Test, cluster: VolumeCluster) => void;
}

const SNAPSHOT = {
  '/snapshots/s1': 's1',
  '/snapshots/s1/timestamp': '1795334283.5',
  '/snapshots/s1/xml': `<domain><name>web</name><devices><disk><source protocol='rbd' name='vms/web_a'/></disk></devices></domain>`,
  '/snapshots/s1/rbdsnaplist': 'vms/web_a@s1,vms/shared@s1',
};

const ROWS: readonly Row[] = [
  {
    kind: 'volume.create',
    args: { ...POOL, volume: 'a', bytes: MIB, force },
    images: [],
    steps: ['volume-make/fill', 'volume-make/name', 'volume-make/publish'],
    left: ['a'],
  },
  {
    kind: 'volume.clone',
    args: { ...POOL, volume: 'a', to: 'b', force },
    images: ['a'],
    steps: ['volume-make/fill', 'volume-make/name', 'volume-make/publish'],
    left: ['a', 'b'],
  },
  {
    kind: 'volume.resize',
    args: { ...POOL, volume: 'a', bytes: 3 * MIB, force },
    images: ['a'],
    steps: ['volume-resize/grow', 'volume-resize/publish'],
    left: ['a'],
    also: (t, cluster) => t.equal(cluster.image('a')?.bytes, 3 * MIB),
  },
  {
    kind: 'volume.rename',
    args: { ...POOL, volume: 'a', to: 'b' },
    images: ['a'],
    steps: ['volume-rename/image', 'volume-rename/publish', 'volume-rename/drop'],
    left: ['b'],
  },
  {
    kind: 'volume.remove',
    args: { ...POOL, volume: 'a' },
    images: ['a'],
    steps: ['volume-remove/note', 'volume-remove/trash', 'volume-remove/drop'],
    left: [],
    trash: ['a'],
  },
  {
    kind: 'vm.rename',
    args: { domain: 'web', name: 'www' },
    images: ['web_a', 'shared'],
    keys: vmKeys('web', ['web_a', 'shared'], 'stop', SNAPSHOT),
    steps: ['image', 'snapshot', 'publish', 'drop', 'definition'].map((step) => `volume-rename/${step}`),
    left: ['shared', 'www_a'],
    also: (t, cluster) => {
      const at = (key: string) => cluster.text(`/domains/${VM}${key}`);
      t.equal(at(''), 'www');
      t.equal(at('/rbdlist'), 'vms/www_a,vms/shared');
      t.match(at('/xml'), /<name>www<\/name>.*"vms\/www_a".*"vms\/shared"/s);
      t.equal(at('/snapshots/s1/rbdsnaplist'), 'vms/www_a@s1,vms/shared@s1');
      t.match(at('/snapshots/s1/xml'), /<name>www<\/name>.*"vms\/www_a"/s);
    },
  },
];

for (const row of ROWS)
  void t.test(`I5 N44: ${row.kind}, its worker killed at each step, is done by the next`, async (t) => {
    const points = row.steps.flatMap((step) => ['before', 'guarded', 'done'].map((cut) => `${step}/${cut}`));
    for (const point of points) {
      const cluster = await VolumeCluster.start(`${row.kind} ${point}`, row.keys);
      for (const name of row.images) cluster.ceph.images.add({ pool: 'vms', name }, 2 * MIB);
      if (row.images.length > 0) await cluster.does('adopt', 'volume.adopt', POOL);
      if (row.images.includes('web_a')) {
        await cluster.tasks.write('/ceph/snapshots/vms/web_a/s1', '');
        await cluster.tasks.write('/ceph/snapshots/vms/web_a/s1/stats', '{"size":1}');
      }
      cluster.killAt = point;
      const { status } = await cluster.done('t1', row.kind, row.args);
      t.equal(status.state, 'done', `${point}: ${status.error?.message ?? ''}`);
      t.equal(cluster.killAt, undefined, `${point} was reached`);
      t.equal(status.attempt, 2, point);
      t.same([cluster.images, cluster.trash], [row.left, row.trash ?? []], point);
      for (const name of row.left)
        t.equal(cluster.told(name)?.id, cluster.image(name)?.id, `${point}: ${name}`);
      const told = [...new Set([...row.images, ...row.left])].filter(
        (name) => cluster.told(name) !== undefined,
      );
      t.same(told.sort(), row.left, `${point}: nothing else is told`);
      row.also?.(t, cluster);
      await cluster.stop();
    }
  });

void t.test('M21 N3: a renamed VM keeps its snapshots, also in what is told of its volumes', async (t) => {
  const cluster = await VolumeCluster.start('snapshots', vmKeys('web', ['web_a'], 'stop', SNAPSHOT));
  t.teardown(() => cluster.stop());
  cluster.ceph.images.add({ pool: 'vms', name: 'web_a' }, MIB);
  await cluster.does('adopt', 'volume.adopt', POOL);
  await cluster.tasks.write('/ceph/snapshots/vms/web_a/s1', '');
  await cluster.tasks.write('/ceph/snapshots/vms/web_a/s1/stats', '{"size":1}');
  await cluster.does('m1', 'vm.rename', { domain: VM, name: 'www' });
  t.equal(cluster.text('/ceph/snapshots/vms/www_a/s1/stats'), '{"size":1}');
  t.equal(cluster.text('/ceph/snapshots/vms/web_a'), undefined);
});
