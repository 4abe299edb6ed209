import t, { type Test } from 'tap';
import { MIB, VM, VolumeCluster, vmKeys } from '../../support/volume-cluster.js';
import { runOf } from '../../support/use-case-world.js';

const DISKS = ['web_a', 'web_b'];
const CUTS = ['before', 'guarded', 'done'];
const AT = { pool: 'vms', volume: 'web_a' };

async function cluster(t: Test, seed: string): Promise<VolumeCluster> {
  const made = await VolumeCluster.start(seed, { ...vmKeys('web', DISKS), '/nodes/n1': 'coordinator' });
  t.teardown(() => made.stop());
  for (const name of DISKS) made.ceph.images.add({ pool: 'vms', name }, 2 * MIB);
  await made.does('adopt', 'volume.adopt', { pool: 'vms' });
  return made;
}

function image(made: VolumeCluster, name = 'web_a') {
  return made.ceph.images.get({ pool: 'vms', name });
}

function told(made: VolumeCluster, snapshot: string): unknown {
  const text = made.text(`/ceph/snapshots/vms/web_a/${snapshot}/stats`);
  return text === undefined ? undefined : JSON.parse(text);
}

interface Row {
  readonly kind: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly steps: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const ROWS: readonly Row[] = [
  { kind: 'volume.create_snapshot', steps: ['take/take', 'take/tell'], before: [], after: ['s'] },
  {
    kind: 'volume.remove_snapshot',
    steps: ['remove/note', 'remove/drop', 'remove/forget'],
    before: ['s'],
    after: [],
  },
  {
    kind: 'volume.rename_snapshot',
    args: { to: 'u' },
    steps: ['rename/note', 'rename/rename', 'rename/tell'],
    before: ['s'],
    after: ['u'],
  },
  {
    kind: 'volume.rollback_snapshot',
    steps: ['rollback/note', 'rollback/roll-back', 'rollback/publish'],
    before: ['s'],
    after: ['s'],
  },
];

for (const { kind, args, steps, before, after } of ROWS)
  void t.test(`I5 M38: ${kind}, its worker killed at each step, is done by the next`, async (t) => {
    for (const point of steps.flatMap((step) => CUTS.map((cut) => `volume-snapshot-${step}/${cut}`))) {
      const made = await cluster(t, point);
      image(made).data = 'then';
      for (const snapshot of before) await made.does('b1', 'volume.create_snapshot', { ...AT, snapshot });
      image(made).data = 'now';
      image(made).bytes = 4 * MIB;
      await made.does('b2', 'volume.adopt', { pool: 'vms' });
      made.killAt = point;
      const { status } = await made.done('t1', kind, { ...AT, snapshot: 's', ...args });
      t.match(status, { state: 'done', attempt: 2 }, `${point}: ${status.error?.message ?? ''}`);
      t.equal(made.killAt, undefined, `${point} was reached`);
      t.same([...image(made).snapshots.keys()], after, point);
      for (const snapshot of ['s', 'u']) {
        const its = image(made).snapshots.get(snapshot);
        t.match(told(made, snapshot), its && { id: its.id, size: its.bytes, snapshot_name: snapshot }, point);
        if (its === undefined) t.equal(told(made, snapshot), undefined, point);
      }
      const back = kind === 'volume.rollback_snapshot';
      t.equal(image(made).data, back ? 'then' : 'now', point);
      if (back) t.equal(made.told('web_a')?.size, 2 * MIB, point);
    }
  });

void t.test(
  'M39: what is part of a snapshot of a VM is changed as a whole, by the command that is named',
  async (t) => {
    const made = await cluster(t, 'owned');
    await made.does('c1', 'vm.create_snapshot', { vm: 'web', snapshot_name: 's' });
    const asked = { ...AT, snapshot: 's' };
    const refusal = async (id: string, kind: string, more: object = {}) =>
      (await made.done(id, kind, { ...asked, ...more })).status.error;
    const part = { code: 'REFUSED', reason: "it is part of snapshot s of VM 'web'" };
    t.match(await refusal('r1', 'volume.remove_snapshot'), {
      ...part,
      remedy: /drover vm snapshot remove web s$/,
    });
    t.match(await refusal('r2', 'volume.rename_snapshot', { to: 'u' }), {
      ...part,
      remedy: /drover vm snapshot create web u$/,
    });
    t.match(await refusal('r3', 'volume.rollback_snapshot'), {
      ...part,
      remedy: /drover vm snapshot rollback web s;/,
    });
    for (const disk of DISKS) t.same([...image(made, disk).snapshots.keys()], ['s'], disk);
    await made.does('r4', 'volume.rollback_snapshot', { ...asked, force: true });
    image(made).snapshots.set('old', { id: '77', bytes: MIB, data: '' });
    for (const [path, text] of [
      ['', 'old'],
      ['/timestamp', '1'],
      ['/xml', '<domain/>'],
      ['/rbdsnaplist', 'vms/web_a@old'],
    ])
      await made.tasks.write(`/domains/${VM}/snapshots/old${path ?? ''}`, text ?? '');
    const foreign = { ...AT, snapshot: 'old' };
    t.equal(await made.fails('r5', 'volume.remove_snapshot', foreign), 'REFUSED', 'of another program too');
  },
);

void t.test('what is not there, what is taken, and what runs', async (t) => {
  const made = await cluster(t, 'refusals');
  const asked = { ...AT, snapshot: 's' };
  t.equal(await made.fails('n1', 'volume.remove_snapshot', asked), 'NOT_FOUND');
  t.equal(await made.fails('n2', 'volume.rename_snapshot', { ...asked, to: 'u' }), 'NOT_FOUND');
  t.equal(await made.fails('n3', 'volume.rollback_snapshot', asked), 'NOT_FOUND');
  t.equal(await made.fails('n4', 'volume.create_snapshot', { ...asked, volume: 'none' }), 'NOT_FOUND');
  t.equal(await made.fails('n5', 'volume.create_snapshot', { ...asked, snapshot: '../x' }), 'BAD_INPUT');
  for (const [id, snapshot] of [
    ['c1', 's'],
    ['c2', 'u'],
  ] as const)
    await made.does(id, 'volume.create_snapshot', { ...AT, snapshot });
  t.equal(await made.fails('t1', 'volume.create_snapshot', asked), 'STORAGE_EXISTS');
  t.equal(await made.fails('t2', 'volume.rename_snapshot', { ...asked, to: 'u' }), 'STORAGE_EXISTS');
  t.same([...image(made).snapshots.keys()], ['s', 'u']);
  await made.tasks.write(`/drover/runs/${VM}`, runOf('n1'));
  t.equal(await made.fails('h1', 'volume.rollback_snapshot', { ...asked, force: true }), 'REFUSED');
});

void t.test(
  'M21: the points of a renamed VM follow its volumes: they are rolled back to, and leave nothing',
  async (t) => {
    const made = await cluster(t, 'renamed');
    for (const name of DISKS) image(made, name).data = 'then';
    await made.does('c1', 'vm.create_snapshot', { vm: 'web', snapshot_name: 's' });
    for (const name of DISKS) image(made, name).data = 'now';
    await made.does('m1', 'vm.rename', { domain: 'web', name: 'www' });
    await made.does('r1', 'vm.rollback_snapshot', { vm: 'www', snapshot_name: 's' });
    for (const name of ['www_a', 'www_b']) t.equal(image(made, name).data, 'then', name);
    t.match(made.text(`/domains/${VM}/xml`), /vms\/www_a.*vms\/www_b/);
    await made.does('d1', 'vm.remove_snapshot', { vm: 'www', snapshot_name: 's' });
    for (const name of ['www_a', 'www_b']) t.same([...image(made, name).snapshots.keys()], [], name);
  },
);
