import { setMaxListeners } from 'node:events';
import t from 'tap';
import { SILENT } from '../../../lib/core/index.js';
import { pointTasks } from '../../../lib/point/index.js';
import { SimRandom } from '../../../lib/sim/index.js';
import { Kinds } from '../../../lib/task/index.js';
import { type Asked, createUseCases, type UseCases } from '../../../lib/usecase/index.js';
import { volumeTasks } from '../../../lib/volume/index.js';
import { MIB, VM, VolumeCluster, vmKeys } from '../../support/volume-cluster.js';

/** The use cases of a cluster whose nodes carry out what is asked. */
async function open(seed: string, keys: Readonly<Record<string, string>> = {}) {
  const cluster = await VolumeCluster.start(seed, keys);
  const { client: store, world } = cluster.tasks;
  const process = world.clock.process('api');
  const { clock } = process;
  const storage = cluster.ceph.storage(process, '198.18.0.8');
  const hypervisor = cluster.hypervisor('n1', process);
  const ground = { store, storage, hypervisor, clock };
  const useCases = createUseCases({
    ...{ store, clock, log: SILENT, random: new SimRandom(seed), node: 'n1' },
    kinds: new Kinds([...volumeTasks(ground), ...pointTasks({ ...ground, random: new SimRandom(seed) })]),
    unlocked: () => Promise.resolve(),
    handOver: () => Promise.resolve(),
  });
  const { signal } = new AbortController();
  // Many reads of one request, as the API allows it.
  setMaxListeners(0, signal);
  const asked: Asked = { by: { name: 'test' }, request: 'r1', signal };
  const ask = <T>(call: (useCases: UseCases, asked: Asked) => Promise<T>) =>
    world.clock.settle(call(useCases, asked), 120_000);
  return { cluster, ask };
}

void t.test('what is done to a volume is answered when it is so, in a sentence that names it', async (t) => {
  const { cluster, ask } = await open('sentences');
  t.teardown(() => cluster.stop());
  const a = { pool: 'vms', name: 'a' };
  t.match(
    await ask(({ volumes }, by) => volumes.create(by, { ...a, bytes: MIB, force: false })),
    /vms\/a.* 1048576 bytes/,
  );
  t.equal(cluster.image('a')?.bytes, MIB);
  t.match(
    await ask(({ volumes }, by) => volumes.resize(by, { ...a, bytes: 2 * MIB, force: false })),
    /2097152/,
  );
  t.match(
    await ask(({ volumes }, by) => volumes.clone(by, { ...a, to: 'b', force: false })),
    /vms\/b.*vms\/a/,
  );
  t.match(
    await ask(({ volumes }, by) => volumes.rename(by, { ...a, to: 'c', force: false })),
    /vms\/a.*vms\/c/,
  );
  t.match(await ask(({ volumes }, by) => volumes.scan(by, { ...a, name: 'c' })), /vms\/c/);
  const s = { ...a, name: 'c', snapshot: 's' };
  t.match(await ask(({ volumes }, by) => volumes.takeSnapshot(by, s)), /vms\/c@s' is there/);
  t.match(await ask(({ volumes }, by) => volumes.rollBack(by, { ...s, force: false })), /vms\/c.*'s'/);
  t.match(await ask(({ volumes }, by) => volumes.renameSnapshot(by, { ...s, to: 'u' })), /c@s.*c@u/);
  t.match(
    await ask(({ volumes }, by) => volumes.removeSnapshot(by, { ...s, snapshot: 'u' })),
    /c@u' is removed/,
  );
  const id = cluster.image('c')?.id ?? '';
  t.match(await ask(({ volumes }, by) => volumes.remove(by, { ...a, name: 'c', force: false })), id);
  t.same([cluster.images, cluster.trash], [['b'], ['c']]);
});

void t.test('a refusal is that of the task: its code, object, reason and remedy', async (t) => {
  const { cluster, ask } = await open('refusals');
  t.teardown(() => cluster.stop());
  const a = { pool: 'vms', name: 'a' };
  await ask(({ volumes }, by) => volumes.create(by, { ...a, bytes: 2 * MIB, force: false }));
  await t.rejects(
    ask(({ volumes }, by) => volumes.resize(by, { ...a, bytes: MIB, force: true })),
    {
      ...{ code: 'REFUSED', status: 409, object: "volume 'vms/a'" },
      ...{ reason: /never shrinks/, remedy: /copy what is in it/ },
    },
  );
  await t.rejects(
    ask(({ volumes }, by) => volumes.create(by, { ...a, bytes: MIB, force: true })),
    {
      code: 'STORAGE_EXISTS',
    },
  );
  await t.rejects(
    ask(({ volumes }, by) => volumes.remove(by, { ...a, name: 'x', force: true })),
    {
      code: 'NOT_FOUND',
      status: 404,
    },
  );
  await t.rejects(
    ask(({ volumes }, by) => volumes.create(by, { pool: 'a/b', name: 'x', bytes: MIB, force: true })),
    {
      code: 'BAD_INPUT',
    },
  );
});

void t.test('M21: a VM is renamed, and removed with its disks', async (t) => {
  const { cluster, ask } = await open('vm', vmKeys('web', ['web_a', 'web_b']));
  t.teardown(() => cluster.stop());
  for (const name of ['web_a', 'web_b']) cluster.ceph.images.add({ pool: 'vms', name }, MIB);
  t.match(
    await ask(({ vms }, by) => vms.rename(by, 'web', 'www')),
    /'www', and its volumes vms\/www_a, vms\/www_b/,
  );
  await t.rejects(
    ask(({ vms }, by) => vms.rename(by, 'web', 'x')),
    { code: 'NOT_FOUND' },
  );
  const opened = cluster.ceph.images.open({ pool: 'vms', name: 'www_b' }, '198.18.0.9', () => undefined);
  const remove = () => ask(({ vms }, by) => vms.remove(by, 'www', { deleteDisks: true, force: false }));
  await t.rejects(remove(), { code: 'HELD', reason: /198\.18\.0\.9/ }, 'a dead client would be gone by then');
  t.equal(cluster.text(`/domains/${VM}/state`), 'delete', 'the wish stands');
  opened.close();
  t.match(await remove(), /24 hours the trash has vms\/www_a, vms\/www_b/, 'asked again it goes on');
  t.equal(cluster.text(`/domains/${VM}`), undefined);
  t.same([cluster.images, cluster.trash], [[], ['www_a', 'www_b']]);
});

void t.test('I6: the snapshots of a removed VM go on as those of its volumes', async (t) => {
  const { cluster, ask } = await open('points', vmKeys('web', ['web_a']));
  t.teardown(() => cluster.stop());
  cluster.ceph.images.add({ pool: 'vms', name: 'web_a' }, MIB);
  await ask(({ tasks }, by) => tasks.done(by, 'vm.create_snapshot', { vm: 'web', snapshot_name: 's' }));
  const s = { pool: 'vms', name: 'web_a', snapshot: 's' };
  await t.rejects(
    ask(({ volumes }, by) => volumes.removeSnapshot(by, s)),
    { code: 'REFUSED' },
  );
  await ask(({ vms }, by) => vms.remove(by, 'web', { deleteDisks: false, force: false }));
  t.equal(cluster.text(`/drover/points/${VM}`), undefined);
  t.match(await ask(({ volumes }, by) => volumes.removeSnapshot(by, s)), /is removed/);
  t.equal(cluster.ceph.images.get({ pool: 'vms', name: 'web_a' }).snapshots.size, 0);
});
