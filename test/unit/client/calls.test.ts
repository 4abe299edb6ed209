import t from 'tap';
import { isRefused } from '../../../lib/client/index.js';
import { LIMITS } from '../../../lib/core/index.js';
import { clientOf } from '../../support/api-client.js';
import { ApiWorld, TOKENS } from '../../support/api-world.js';

void t.test('reads are typed values of the API', async (t) => {
  const { client } = clientOf(await ApiWorld.open());
  t.equal(await client.cluster.greeting(), 'PVC API version 1.0');
  t.equal(await client.cluster.primaryNode(), 'pv1');
  t.equal((await client.cluster.status()).cluster_name, 'cluster1');
  t.equal((await client.cluster.faults()).length, 4);
  t.same(
    (await client.nodes.list({ limit: 'pv' })).map(({ name }) => name),
    ['pv1'],
  );
  t.equal((await client.nodes.get('pv1'))?.cpu_count, 8);
  t.match(await client.nodes.log('pv1', 1), { name: 'pv1' });
  t.same(
    (await client.vms.list({ state: 'start', tag: 'mytag1' })).map(({ name }) => name),
    ['vm1'],
  );
  t.equal((await client.vms.get('vm1'))[0]?.memory, 192);
  t.match(await client.vms.meta('vm1'), { migration_max_downtime: 300 });
  t.match(await client.vms.tags('vm1'), { tags: [{ name: 'mytag1' }] });
  t.equal((await client.vms.console('vm1', 3)).data.split('\n').length, 3);
  t.equal((await client.storage.volume('vms', 'vm1_vda'))?.stats['size'], '2048M');
  t.equal((await client.storage.volumes({ pool: 'vms' })).length, 1);
  t.equal((await client.storage.snapshots({ limit: 'manual' })).length, 1);
  t.equal((await client.storage.pools()).length, 1);
  t.equal((await client.storage.osds()).length, 1);
  t.match(await client.storage.ceph('status'), { ceph_data: /HEALTH_OK/ });
  t.same((await client.tasks.list()).active, {});
});

void t.test(
  'nothing that matches is an empty list, nothing of this name is undefined or refused',
  async (t) => {
    const world = await ApiWorld.open();
    const { client } = clientOf(world);
    t.same(await client.vms.list({ limit: 'nobody' }), []);
    t.equal(await client.nodes.get('pv9'), undefined);
    t.equal(await client.storage.volume('vms', 'none'), undefined);
    await t.rejects(client.vms.get('nobody'), { name: 'Refused', status: 404 });
    await world.change('/config/primary_node', '');
    t.equal(await client.cluster.primaryNode(), undefined);
  },
);

void t.test('every change reaches its use case with what was given', async (t) => {
  const world = await ApiWorld.open();
  const { client, sent } = clientOf(world);
  const { cluster, nodes, vms, storage, tasks } = client;
  const said = [
    await cluster.setMaintenance(true),
    await cluster.acknowledge('F1'),
    await cluster.acknowledge(undefined),
    await cluster.deleteFault('F1'),
    await nodes.setCoordinatorState('pv1', 'primary'),
    await nodes.setDomainState('pv1', 'flush', true),
    await vms.define({ xml: '<domain a="ü&=+"/>', node: 'pv1', user_tags: ['a', 'b'] }),
    await vms.modify('vm1', '<domain/>', true),
    await vms.remove('vm1', { delete_disks: true }),
    await vms.rename('vm1', 'vm 2/x'),
    await vms.setMeta('vm1', { autostart: false }),
    await vms.addTag('vm1', 'a', true),
    await vms.removeTag('vm1', 'a'),
    await vms.setState('a/b?c', { state: 'stop', wait: true }),
    await vms.place('vm1', { action: 'migrate', force_live: true }),
    await storage.createVolume('vms', 'a', '1G'),
    await storage.resizeVolume('vms', 'a', '2G', true),
    await storage.renameVolume('vms', 'a', 'b'),
    await storage.cloneVolume('vms', 'a', 'b', true),
    await storage.scanVolume('vms', 'a'),
    await storage.removeVolume('vms', 'a'),
    await storage.takeSnapshot('vms', 'a', 's'),
    await storage.renameSnapshot('vms', 'a', 's', 'u'),
    await storage.rollBack('vms', 'a', 'u', true),
    await storage.removeSnapshot('vms', 'a', 'u/x'),
    await tasks.cancel('t-1', 'enough'),
  ];
  t.ok(said.every((sentence) => sentence === 'Done.'));
  t.matchOnly(
    world.recording.calls.map(({ what, args }) => [what, ...args]),
    [
      ['cluster.setMaintenance', true],
      ['faults.acknowledge', 'F1'],
      ['faults.acknowledge', undefined],
      ['faults.remove', 'F1'],
      ['nodes.setCoordinatorState', 'pv1', 'primary'],
      ['nodes.setDomainState', 'pv1', { state: 'flush', wait: true }],
      [
        'vms.define',
        {
          xml: '<domain a="ü&=+"/>',
          node: 'pv1',
          force: false,
          meta: { autostart: false },
          tags: [
            { name: 'a', protected: false },
            { name: 'b', protected: false },
          ],
        },
      ],
      ['vms.modify', 'vm1', { xml: '<domain/>', restart: true }],
      ['vms.remove', 'vm1', { deleteDisks: true, force: false }],
      ['vms.rename', 'vm1', 'vm 2/x'],
      ['vms.setMeta', 'vm1', { autostart: false }],
      ['vms.addTag', 'vm1', { name: 'a', protected: true }],
      ['vms.removeTag', 'vm1', 'a'],
      ['vms.setState', 'a/b?c', { state: 'stop', force: false, wait: true }],
      ['vms.place', 'vm1', { action: 'migrate', node: undefined, force: false, wait: false, live: true }],
      ['volumes.create', { pool: 'vms', name: 'a', bytes: 1024 ** 3, force: false }],
      ['volumes.resize', { pool: 'vms', name: 'a', bytes: 2 * 1024 ** 3, force: true }],
      ['volumes.rename', { pool: 'vms', name: 'a', to: 'b', force: false }],
      ['volumes.clone', { pool: 'vms', name: 'a', to: 'b', force: true }],
      ['volumes.scan', { pool: 'vms', name: 'a' }],
      ['volumes.remove', { pool: 'vms', name: 'a', force: false }],
      ['volumes.takeSnapshot', { pool: 'vms', name: 'a', snapshot: 's' }],
      ['volumes.renameSnapshot', { pool: 'vms', name: 'a', snapshot: 's', to: 'u' }],
      ['volumes.rollBack', { pool: 'vms', name: 'a', snapshot: 'u', force: true }],
      ['volumes.removeSnapshot', { pool: 'vms', name: 'a', snapshot: 'u/x' }],
      ['tasks.cancel', 't-1', 'enough'],
    ],
  );
  const waits = sent.filter(({ limitMs }) => limitMs === LIMITS.clientWaitMs).map(({ path }) => path);
  t.same(
    waits,
    [
      '/api/v1/node/pv1/domain-state',
      '/api/v1/vm/vm1',
      '/api/v1/vm/vm1/rename',
      '/api/v1/vm/a%2Fb%3Fc/state',
      '/api/v1/storage/ceph/volume/vms/a',
      '/api/v1/storage/ceph/volume/vms/a',
      '/api/v1/storage/ceph/volume/vms/a',
      '/api/v1/storage/ceph/volume/vms/a/clone',
      '/api/v1/storage/ceph/volume/vms/a/scan',
      '/api/v1/storage/ceph/volume/vms/a',
      '/api/v1/storage/ceph/snapshot/vms/a/s',
      '/api/v1/storage/ceph/snapshot/vms/a/s',
      '/api/v1/storage/ceph/snapshot/vms/a/u/rollback',
      '/api/v1/storage/ceph/snapshot/vms/a/u%2Fx',
    ],
    'what waits has its own limit',
  );
  t.ok(
    sent.every(({ path }) => !path.includes('?')),
    'M53 no argument of a change is in an address',
  );
});

void t.test('tasks are asked for by a ticket', async (t) => {
  const world = await ApiWorld.open();
  const { client } = clientOf(world);
  world.recording.answer = { id: '84629c06', node: 'pv1', asPrimary: false };
  const ticket = { task_id: '84629c06', run_on: 'pv1' };
  t.match(await client.vms.flushLocks('vm1'), { ...ticket, task_name: 'vm.flush_locks' });
  t.match(await client.vms.attachDevice('vm1', '<disk/>'), { ...ticket, task_name: 'vm.device_attach' });
  t.match(await client.vms.detachDevice('vm1', '<disk/>'), { ...ticket, task_name: 'vm.device_detach' });
  t.match(await client.snapshots.create('vm1', { consistency: 'paused' }), {
    ...ticket,
    task_name: 'vm.create_snapshot',
  });
  t.match(await client.snapshots.remove('vm1', 's'), { ...ticket, task_name: 'vm.remove_snapshot' });
  t.match(await client.snapshots.rollBack('vm1', 's', true), {
    ...ticket,
    task_name: 'vm.rollback_snapshot',
  });
  t.same(world.recording.calls.at(-1)?.args, [
    { kind: 'vm.rollback_snapshot', args: { vm: 'vm1', snapshot_name: 's', force: true } },
  ]);
  t.match(await client.tasks.request('storage.benchmark', { pool: 'vms' }, 'mine'), {
    task_name: 'storage.benchmark',
  });
  t.same(world.recording.calls.at(-1)?.args, [
    { kind: 'storage.benchmark', args: { pool: 'vms' }, id: 'mine' },
  ]);
});

void t.test('a refusal carries the sentence of the API, and each argument that was wrong', async (t) => {
  const world = await ApiWorld.open();
  const stranger = clientOf(world, {}).client;
  await t.rejects(stranger.cluster.status(), { name: 'Refused', status: 401, message: /^X-Api-Key: / });
  const reader = clientOf(world, { token: TOKENS.reader }).client;
  await t.rejects(reader.vms.setState('vm1', { state: 'start' }), { status: 403, message: /scope operate/ });
  const { client } = clientOf(world);
  const wrong = client.vms.define({ xml: '', node: 'pv1' });
  const error: unknown = await wrong.catch((caught: unknown) => caught);
  t.match(error, { status: 400, complaints: { xml: /as libvirt takes it/ }, message: /^xml: / });
  t.ok(isRefused(error) && isRefused(error, 400, 404) && !isRefused(error, 404));
});

void t.test('M55 a token goes to its own cluster only', async (t) => {
  const world = await ApiWorld.open();
  const [one, other] = [clientOf(world, { token: TOKENS.admin }), clientOf(world, {})];
  await one.client.cluster.status();
  await t.rejects(other.client.cluster.status());
  t.same(
    other.sent.map(({ headers }) => headers['x-api-key']),
    [undefined],
  );
});

void t.test('the prefix of a connection may be another, however it is written', async (t) => {
  const world = await ApiWorld.open();
  for (const prefix of ['/api/v1', 'api/v1/', '//api/v1//']) {
    const { client } = clientOf(world, { prefix });
    t.equal(await client.cluster.greeting(), 'PVC API version 1.0', prefix);
  }
});
