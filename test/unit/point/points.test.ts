import t, { type Test } from 'tap';
import { askForPoint, withdrawPoint } from '../../../lib/point/index.js';
import { bytesOf, publish } from '../../../lib/tree/index.js';
import { MIB, VM, VolumeCluster, vmKeys, vmXml } from '../../support/volume-cluster.js';
import type { AnyTask } from '../../../lib/volume/index.js';
import { runOf } from '../../support/use-case-world.js';

const DISKS = ['web_a', 'web-b.1'];
const CUTS = ['before', 'guarded', 'done'];

/** A VM `web` with two disks, that runs on n1 or not. */
async function cluster(t: Test, seed: string, runs: boolean, disks = DISKS): Promise<VolumeCluster> {
  const made = await VolumeCluster.start(seed, {
    ...vmKeys('web', disks, runs ? 'start' : 'stop'),
    '/nodes/n1': 'coordinator',
  });
  t.teardown(() => made.stop());
  for (const name of disks) made.ceph.images.add({ pool: 'vms', name }, 2 * MIB);
  if (disks.length > 0) await made.does('adopt', 'volume.adopt', { pool: 'vms' });
  if (!runs) return made;
  made.host('n1').create(vmXml('web', disks));
  await made.tasks.write(`/drover/runs/${VM}`, runOf('n1'));
  return made;
}

function snapshots(made: VolumeCluster, disk: string): readonly string[] {
  return [...made.ceph.images.get({ pool: 'vms', name: disk }).snapshots.keys()];
}

function record(made: VolumeCluster, name: string): Record<string, unknown> | undefined {
  const text = made.text(`/drover/points/${VM}/${name}`);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

/** Its worker is started anew, as a node's daemon does it. */
function restartOnceKilled(made: VolumeCluster): void {
  const { clock } = made.tasks.world;
  const look = (): void => {
    if (made.killAt === undefined) void made.restart('n1');
    else clock.schedule(100, look);
  };
  look();
}

const create = { vm: 'web', snapshot_name: 's-1.a' };

void t.test('M11: all disks of a running VM at one instant, and it runs on', async (t) => {
  const made = await cluster(t, 'paused', true);
  const { status } = await made.done('c1', 'vm.create_snapshot', create);
  t.match(status, { state: 'done', node: 'n1', result: { snapshot: 's-1.a', consistency: 'paused' } });
  t.equal(made.host('n1').find(VM)?.state, 'running');
  for (const disk of DISKS) t.same(snapshots(made, disk), ['s-1.a']);
  t.match(record(made, 's-1.a'), { state: 'complete', origin: 'manual', consistency: 'paused' });
  const at = `/domains/${VM}/snapshots/s-1.a`;
  t.equal(made.text(`${at}/rbdsnaplist`), 'vms/web_a@s-1.a,vms/web-b.1@s-1.a');
  t.equal(made.text(`${at}/xml`), made.text(`/domains/${VM}/xml`));
  t.match(made.text(`${at}/timestamp`), /^\d+(\.\d+)?$/);
  t.ok(made.text('/ceph/snapshots/vms/web-b.1/s-1.a/stats'));
  t.equal(await made.fails('c2', 'vm.create_snapshot', create), 'REFUSED', 'the name is taken');
  t.equal(
    await made.fails('c3', 'vm.create_snapshot', { ...create, snapshot_name: 'a/b' }),
    'BAD_INPUT',
    'M50',
  );
  t.equal(
    await made.fails('c4', 'vm.create_snapshot', { vm: 'web', consistency: 'frozen' }),
    'REFUSED',
    'there is no agent',
  );
});

void t.test('M46: a VM without disks, with one, and one that does not run', async (t) => {
  const none = await cluster(t, 'none', false, []);
  t.match(await none.does('c1', 'vm.create_snapshot', create), { consistency: 'off' });
  const one = await cluster(t, 'one', true, ['web_a']);
  t.match(await one.does('c1', 'vm.create_snapshot', create), { consistency: 'crash' });
  const off = await cluster(t, 'off', false);
  t.match(await off.does('c1', 'vm.create_snapshot', create), { consistency: 'off' });
});

void t.test('M44: two snapshots in one second have two names', async (t) => {
  const made = await cluster(t, 'second', false);
  const names = await Promise.all(
    ['c1', 'c2'].map(async (id) => await made.does(id, 'vm.create_snapshot', { vm: 'web' })),
  );
  t.not((names[0] as { snapshot: string }).snapshot, (names[1] as { snapshot: string }).snapshot);
});

void t.test(
  'I2 I6: its worker killed at each step, it is taken whole by the next, and the guest runs',
  async (t) => {
    const points = ['intend', 'take'].flatMap((step) => CUTS.map((cut) => `point-take/${step}/${cut}`));
    for (const point of points) {
      const made = await cluster(t, point, true);
      made.killAt = point;
      restartOnceKilled(made);
      const { status } = await made.done('c1', 'vm.create_snapshot', create);
      t.match(status, { state: 'done', attempt: 2 }, `${point}: ${status.error?.message ?? ''}`);
      t.equal(made.killAt, undefined, `${point} was reached`);
      for (const disk of DISKS) t.same(snapshots(made, disk), ['s-1.a'], point);
      t.match(record(made, 's-1.a'), { state: 'complete' }, point);
      t.equal(made.host('n1').find(VM)?.state, 'running', point);
    }
  },
);

void t.test('its worker killed while the guest is held: the dead man lets it go on', async (t) => {
  const made = await cluster(t, 'dead man', true);
  const machine = made.host('n1');
  const { clock } = made.tasks.world;
  let resumedMs: number | undefined;
  const look = (): void => {
    if (machine.find(VM)?.state !== 'paused') {
      clock.schedule(1, look);
      return;
    }
    const since = clock.now();
    void made.restart('n1');
    const resumed = (): void => {
      if (machine.find(VM)?.state === 'running') resumedMs = clock.now() - since;
      else clock.schedule(10, resumed);
    };
    resumed();
  };
  look();
  const { status } = await made.done('c1', 'vm.create_snapshot', create);
  t.match(status, { state: 'done', attempt: 2 }, status.error?.message ?? '');
  t.equal(machine.find(VM)?.state, 'running');
  t.ok(resumedMs !== undefined && resumedMs < 1_000, `it stood still for ${resumedMs} ms more`);
});

void t.test('I2: of a copy nothing is taken while a point comes into its disks', async (t) => {
  const made = await cluster(t, 'copy', false);
  const path = `/drover/mirrors/${VM}`;
  const text = (state: string) => JSON.stringify({ v: 1, role: 'mirror', epoch: 1, head: { state } });
  await made.tasks.write(path, text('dirty'));
  t.equal(await made.fails('c1', 'vm.create_snapshot', create), 'BUSY');
  const disk = { pool: 'vms', volume: 'web_a', snapshot: 's-1.a' };
  t.equal(await made.fails('v1', 'volume.create_snapshot', disk), 'BUSY');
  await made.tasks.change(path, text('clean'));
  const { clock, service } = made.tasks.world;
  const look = (): void => {
    if (snapshots(made, 'web_a').length === 0) clock.schedule(1, look);
    else {
      const version = service.peek(path)?.stat.version ?? 0;
      void made.tasks.client.commit([{ op: 'set', path, data: bytesOf(text('dirty')), version }]);
    }
  };
  look();
  t.equal(await made.fails('c2', 'vm.create_snapshot', create), 'BUSY', 'one has begun to come meanwhile');
  t.equal(record(made, 's-1.a'), undefined);
  for (const name of DISKS) t.same(snapshots(made, name), [], name);
  await made.tasks.change(path, text('clean'));
  t.match(await made.does('c3', 'vm.create_snapshot', create), { consistency: 'off' });
});

void t.test(
  'a snapshot of the same name that somebody makes meanwhile stays, and nothing else does',
  async (t) => {
    const made = await cluster(t, 'foreign', true);
    const { clock } = made.tasks.world;
    const theirs = {
      id: 'theirs',
      bytes: MIB,
      data: made.ceph.images.get({ pool: 'vms', name: 'web_a' }).data,
    };
    const look = (): void => {
      if (made.host('n1').find(VM)?.state !== 'paused') clock.schedule(1, look);
      else made.ceph.images.get({ pool: 'vms', name: 'web_a' }).snapshots.set('s-1.a', theirs);
    };
    look();
    t.equal(
      await made.fails('c1', 'vm.create_snapshot', { ...create, consistency: 'paused' }),
      'STORAGE_EXISTS',
    );
    const [first = '', second = ''] = DISKS;
    t.same(snapshots(made, first), ['s-1.a']);
    t.same(snapshots(made, second), []);
    t.equal(record(made, 's-1.a'), undefined);
    t.equal(made.host('n1').find(VM)?.state, 'running');
  },
);

void t.test(
  'a guest that went on before all was taken: it is no point, and nothing of it is left',
  async (t) => {
    const made = await cluster(t, 'late', true);
    made.suspendMs = 16_000;
    t.equal(await made.fails('c1', 'vm.create_snapshot', { ...create, consistency: 'paused' }), 'DEADLINE');
    t.equal(made.host('n1').find(VM)?.state, 'running');
    t.equal(record(made, 's-1.a'), undefined);
    for (const disk of DISKS) t.same(snapshots(made, disk), [], disk);
    made.suspendMs = 0;
    t.match(await made.does('c2', 'vm.create_snapshot', create), { consistency: 'paused' });
  },
);

void t.test('a snapshot that took too long is tried once more, and only then', async (t) => {
  const made = await cluster(t, 'again', true);
  const { clock } = made.tasks.world;
  made.suspendMs = 16_000;
  clock.schedule(20_000, () => (made.suspendMs = 0));
  const before = clock.now();
  t.match(await made.does('c1', 'vm.create_snapshot', { ...create, consistency: 'paused' }), {
    snapshot: 's-1.a',
    consistency: 'paused',
  });
  t.ok(clock.now() - before >= 36_000, 'after a pause');
  for (const disk of DISKS) t.same(snapshots(made, disk), ['s-1.a'], disk);
  t.equal(made.host('n1').find(VM)?.state, 'running');
});

void t.test(
  'Ceph hangs while the guest stands still: it goes on, and the next snapshot sweeps',
  async (t) => {
    const made = await cluster(t, 'hangs', true);
    const { clock } = made.tasks.world;
    const machine = made.host('n1');
    let stoodMs: number | undefined;
    const look = (): void => {
      if (machine.find(VM)?.state !== 'paused') return void clock.schedule(1, look);
      const since = clock.now();
      made.ceph.server.hang();
      const resumed = (): void => {
        if (machine.find(VM)?.state === 'paused') return void clock.schedule(10, resumed);
        stoodMs = clock.now() - since;
        clock.schedule(200_000, () => made.ceph.server.start());
      };
      resumed();
    };
    look();
    const failed = await made.fails('c1', 'vm.create_snapshot', { ...create, consistency: 'paused' });
    t.equal(failed, 'DEADLINE');
    t.ok(stoodMs !== undefined && stoodMs <= 15_000, `it stood still for ${stoodMs} ms`);
    await clock.advance(60_000);
    t.match(await made.does('c2', 'vm.create_snapshot', { vm: 'web' }), { consistency: 'paused' });
    t.equal(record(made, 's-1.a'), undefined, 'what was half taken is swept');
    for (const disk of DISKS) t.equal(snapshots(made, disk).length, 1, disk);
  },
);

void t.test('M38: its worker killed at each moment of a removal, it is removed by the next', async (t) => {
  const made = await cluster(t, 'remove', false);
  await made.does('c1', 'vm.create_snapshot', create);
  // One disk has lost its snapshot already: somebody was cut here.
  made.ceph.images.get({ pool: 'vms', name: 'web_a' }).snapshots.clear();
  await made.does('r1', 'vm.remove_snapshot', create);
  for (const disk of DISKS) t.same(snapshots(made, disk), []);
  t.equal(record(made, 's-1.a'), undefined);
  t.equal(made.text(`/domains/${VM}/snapshots/s-1.a`), undefined);
  t.equal(made.text('/ceph/snapshots/vms/web_a/s-1.a'), undefined);
  t.equal(await made.fails('r2', 'vm.remove_snapshot', create), 'NOT_FOUND');
});

void t.test('a snapshot that another program has made is removed as well', async (t) => {
  const made = await cluster(t, 'foreign', false);
  const image = made.ceph.images.get({ pool: 'vms', name: 'web_a' });
  image.snapshots.set('old', { id: '77', bytes: MIB, data: '' });
  for (const [path, text] of [
    ['/snapshots/old', 'old'],
    ['/snapshots/old/timestamp', '1795334283.5'],
    ['/snapshots/old/xml', '<domain/>'],
    ['/snapshots/old/rbdsnaplist', 'vms/web_a@old'],
  ])
    await made.tasks.write(`/domains/${VM}${path ?? ''}`, text ?? '');
  await made.does('r1', 'vm.remove_snapshot', { vm: 'web', snapshot_name: 'old' });
  t.same(snapshots(made, 'web_a'), []);
  t.equal(made.text(`/domains/${VM}/snapshots/old`), undefined);
});

void t.test('M39: a rollback cut at each step ends with all disks at one moment', async (t) => {
  const points = ['roll-back', 'define'].flatMap((step) =>
    CUTS.map((cut) => `point-rollback/${step}/${cut}`),
  );
  for (const point of points) {
    const made = await cluster(t, point, false);
    for (const disk of DISKS) made.ceph.images.get({ pool: 'vms', name: disk }).data = 'then';
    await made.does('c1', 'vm.create_snapshot', create);
    for (const disk of DISKS) made.ceph.images.get({ pool: 'vms', name: disk }).data = 'now';
    const changed = new Map([
      [`/domains/${VM}/xml`, bytesOf(vmXml('web', ['web_a']))],
      [`/domains/${VM}/rbdlist`, bytesOf('vms/web_a')],
    ]);
    await made.tasks.settle(publish(made.tasks.client, changed));
    made.killAt = point;
    const { status } = await made.done('r1', 'vm.rollback_snapshot', create);
    t.match(status, { state: 'done', attempt: 2 }, `${point}: ${status.error?.message ?? ''}`);
    for (const disk of DISKS)
      t.equal(made.ceph.images.get({ pool: 'vms', name: disk }).data, 'then', `${point}: ${disk}`);
    t.equal(made.text(`/domains/${VM}/rbdlist`), 'vms/web_a,vms/web-b.1', point);
    t.match(made.text(`/domains/${VM}/xml`), /web-b\.1/, point);
  }
});

void t.test('what runs is not rolled back, nor is the copy of a mirror without force', async (t) => {
  const runs = await cluster(t, 'runs', true);
  await runs.does('c1', 'vm.create_snapshot', create);
  t.equal(await runs.fails('r1', 'vm.rollback_snapshot', create), 'REFUSED');
  const copy = await cluster(t, 'copy', false);
  await copy.does('c1', 'vm.create_snapshot', create);
  const mirror = { v: 1, role: 'mirror', epoch: 3, head: { state: 'clean', point: 'p' } };
  await copy.tasks.write(`/drover/mirrors/${VM}`, JSON.stringify(mirror));
  t.equal(await copy.fails('r1', 'vm.rollback_snapshot', create), 'REFUSED');
  await copy.does('r2', 'vm.rollback_snapshot', { ...create, force: true });
  t.match(JSON.parse(copy.text(`/drover/mirrors/${VM}`) ?? ''), {
    head: { state: 'clean', point: record(copy, 's-1.a')?.['id'] },
  });
});

/** A task that needs points, seen from outside. */
function asker(made: VolumeCluster) {
  const { client: store, world } = made.tasks;
  const process = world.clock.process('asker');
  const ground = { store, clock: process.clock, storage: made.ceph.storage(process, '198.18.0.8') };
  const task = { id: 'nightly', signal: new AbortController().signal } as AnyTask;
  const wish = (name: string) => ({ origin: 'backup', snapshot_name: name }) as const;
  const vm = { uuid: VM, vm: 'web' };
  const settled = <T>(work: Promise<T>) => world.clock.settle(work, 600_000);
  return {
    ask: (name: string) => settled(askForPoint(ground, task, vm, wish(name))),
    withdraw: (name: string) => settled(withdrawPoint(ground, task.id, vm, wish(name))),
  };
}

void t.test('a task asks for a point: again it is the same one, and withdrawn it is none', async (t) => {
  const made = await cluster(t, 'asked', true);
  const { ask, withdraw } = asker(made);
  const first = await ask('ab1');
  t.match(first, { name: 'ab1', origin: 'backup', consistency: 'paused' });
  t.equal((await ask('ab1')).id, first.id);
  t.not((await ask('ab2')).id, first.id, 'for another target of the same run');
  for (const disk of DISKS) t.same(snapshots(made, disk), ['ab1', 'ab2']);
  await made.does('c1', 'vm.create_snapshot', { vm: 'web', snapshot_name: 'ab3' });
  for (const name of ['ab1', 'ab3', 'ab4']) await withdraw(name);
  t.equal(record(made, 'ab1'), undefined);
  for (const disk of DISKS) t.same(snapshots(made, disk), ['ab2', 'ab3'], 'those of others are left');
});

void t.test(
  'I8: a point that nobody takes ends its asker in time, and withdrawn it never comes',
  async (t) => {
    const made = await cluster(t, 'nobody', false);
    // A node that is known and whose daemon is not there.
    await made.tasks.write('/nodes/n9', 'hypervisor');
    await made.tasks.write(`/drover/runs/${VM}`, runOf('n9'));
    const { ask, withdraw } = asker(made);
    await t.rejects(ask('ab1'), { code: 'DEADLINE' });
    await withdraw('ab1');
    const ids = (await made.tasks.settle(made.tasks.client.children('/drover/tasks')))?.names ?? [];
    const asked = ids.find((id) => id.startsWith('nightly-p')) ?? '';
    t.match(JSON.parse(made.text(`/drover/tasks/${asked}/status`) ?? '{}'), { state: 'cancelled' });
    t.equal(record(made, 'ab1'), undefined);
  },
);
