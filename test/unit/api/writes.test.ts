import t from 'tap';
import { ApiWorld } from '../../support/api-world.js';

const G = 1024 ** 3;
type Row = readonly [
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  form: Readonly<Record<string, string>>,
  what: string,
  args: readonly unknown[],
];

/** Each route that changes something: what it asks the use cases. */
const ROWS: readonly Row[] = [
  ['POST', '/status', { state: 'true' }, 'cluster.setMaintenance', [true]],
  ['PUT', '/faults', {}, 'faults.acknowledge', [undefined]],
  ['PUT', '/faults/F1', {}, 'faults.acknowledge', ['F1']],
  ['DELETE', '/faults', {}, 'faults.remove', [undefined]],
  ['DELETE', '/faults/F1', {}, 'faults.remove', ['F1']],
  [
    'POST',
    '/node/pv1/coordinator-state',
    { state: 'secondary' },
    'nodes.setCoordinatorState',
    ['pv1', 'secondary'],
  ],
  [
    'POST',
    '/node/pv1/domain-state',
    { state: 'flush', wait: 'True' },
    'nodes.setDomainState',
    ['pv1', { state: 'flush', wait: true }],
  ],
  [
    'POST',
    '/vm',
    { xml: '<domain/>', node: 'pv1' },
    'vms.define',
    [{ xml: '<domain/>', node: 'pv1', force: false, meta: { autostart: false }, tags: [] }],
  ],
  [
    'POST',
    '/vm/any',
    {
      xml: '<domain/>',
      node: 'pv1',
      force: 'yes',
      limit: 'pv1, pv2',
      selector: 'mem',
      autostart: 'yes',
      migration_method: 'live',
      migration_max_downtime: '250',
      user_tags: 'u',
      protected_tags: 'p',
    },
    'vms.define',
    [
      {
        xml: '<domain/>',
        node: 'pv1',
        force: true,
        meta: {
          nodeLimit: ['pv1', 'pv2'],
          nodeSelector: 'mem',
          autostart: true,
          migrationMethod: 'live',
          migrationMaxDowntime: 250,
        },
        tags: [
          { name: 'u', protected: false },
          { name: 'p', protected: true },
        ],
      },
    ],
  ],
  [
    'PUT',
    '/vm/vm1',
    { xml: '<domain/>', restart: '1' },
    'vms.modify',
    ['vm1', { xml: '<domain/>', restart: true }],
  ],
  ['DELETE', '/vm/vm1', { delete_disks: 'true' }, 'vms.remove', ['vm1', { deleteDisks: true, force: false }]],
  [
    'POST',
    '/vm/vm1/meta',
    { limit: '', profile: 'x' },
    'vms.setMeta',
    ['vm1', { nodeLimit: [], profile: 'x' }],
  ],
  ['POST', '/vm/vm1/tags', { action: 'remove', tag: 'a' }, 'vms.removeTag', ['vm1', 'a']],
  [
    'POST',
    '/vm/vm1/state',
    { state: 'stop', force: 'True' },
    'vms.setState',
    ['vm1', { state: 'stop', force: true, wait: false }],
  ],
  [
    'POST',
    '/vm/vm1/node',
    { action: 'move', node: 'pv2', force_live: 'true', wait: 'true' },
    'vms.place',
    ['vm1', { action: 'move', node: 'pv2', force: false, wait: true, live: true }],
  ],
  [
    'POST',
    '/vm/vm1/node',
    { action: 'unmigrate' },
    'vms.place',
    ['vm1', { action: 'unmigrate', node: undefined, force: false, wait: false, live: false }],
  ],
  ['POST', '/vm/vm1/rename', { new_name: 'vm2' }, 'vms.rename', ['vm1', 'vm2']],
  [
    'POST',
    '/storage/ceph/volume',
    { pool: 'vms', volume: 'a', size: '20G' },
    'volumes.create',
    [{ pool: 'vms', name: 'a', bytes: 20 * G, force: false }],
  ],
  [
    'POST',
    '/storage/ceph/volume/vms/a',
    { size: '1G', force: 'false' },
    'volumes.create',
    [{ pool: 'vms', name: 'a', bytes: G, force: false }],
  ],
  [
    'PUT',
    '/storage/ceph/volume/vms/a',
    { new_size: '2G' },
    'volumes.resize',
    [{ pool: 'vms', name: 'a', bytes: 2 * G, force: false }],
  ],
  [
    'PUT',
    '/storage/ceph/volume/vms/a',
    { new_name: 'b' },
    'volumes.rename',
    [{ pool: 'vms', name: 'a', to: 'b', force: false }],
  ],
  ['DELETE', '/storage/ceph/volume/vms/a', {}, 'volumes.remove', [{ pool: 'vms', name: 'a', force: false }]],
  ['POST', '/storage/ceph/volume/vms/a/scan', {}, 'volumes.scan', [{ pool: 'vms', name: 'a' }]],
  [
    'POST',
    '/storage/ceph/volume/vms/a/clone',
    { new_volume: 'b', force: 'y' },
    'volumes.clone',
    [{ pool: 'vms', name: 'a', to: 'b', force: true }],
  ],
  [
    'POST',
    '/storage/ceph/snapshot',
    { pool: 'vms', volume: 'a', snapshot: 's' },
    'volumes.takeSnapshot',
    [{ pool: 'vms', name: 'a', snapshot: 's' }],
  ],
  [
    'POST',
    '/storage/ceph/snapshot/vms/a/s',
    {},
    'volumes.takeSnapshot',
    [{ pool: 'vms', name: 'a', snapshot: 's' }],
  ],
  [
    'PUT',
    '/storage/ceph/snapshot/vms/a/s',
    { new_name: 'b' },
    'volumes.renameSnapshot',
    [{ pool: 'vms', name: 'a', snapshot: 's', to: 'b' }],
  ],
  [
    'DELETE',
    '/storage/ceph/snapshot/vms/a/s',
    {},
    'volumes.removeSnapshot',
    [{ pool: 'vms', name: 'a', snapshot: 's' }],
  ],
  [
    'POST',
    '/storage/ceph/snapshot/vms/a/s/rollback',
    { force: 'yes' },
    'volumes.rollBack',
    [{ pool: 'vms', name: 'a', snapshot: 's', force: true }],
  ],
  ['DELETE', '/tasks/t-1', { why: 'enough' }, 'tasks.cancel', ['t-1', 'enough']],
];

void t.test('each change asks its use case, and answers its sentence', async (t) => {
  const world = await ApiWorld.open();
  world.recording.answer = 'It is "so".';
  for (const [method, path, form, what, args] of ROWS) {
    world.recording.calls.length = 0;
    const { status, body } = await world.form(method, path, form);
    t.equal(status, 200, `${method} ${path}`);
    t.same(body, { message: "It is 'so'." });
    t.same(world.recording.calls, [{ what, args }], `${method} ${path}`);
  }
  t.same(world.reads, [], 'whoever decides reads');
});

void t.test('a task is answered with 202 and its address', async (t) => {
  const world = await ApiWorld.open();
  const rows = [
    ['POST', '/vm/vm1/locks', {}, 'vm.flush_locks', { domain: 'vm1' }],
    ['POST', '/vm/vm1/device', { xml: '<disk/>' }, 'vm.device_attach', { domain: 'vm1', xml: '<disk/>' }],
    ['DELETE', '/vm/vm1/device', { xml: '<disk/>' }, 'vm.device_detach', { domain: 'vm1', xml: '<disk/>' }],
    ['POST', '/vm/vm1/snapshot', {}, 'vm.create_snapshot', { vm: 'vm1' }],
    [
      'POST',
      '/vm/vm1/snapshot',
      { snapshot_name: 's', consistency: 'frozen' },
      'vm.create_snapshot',
      { vm: 'vm1', snapshot_name: 's', consistency: 'frozen' },
    ],
    [
      'DELETE',
      '/vm/vm1/snapshot',
      { snapshot_name: 's' },
      'vm.remove_snapshot',
      { vm: 'vm1', snapshot_name: 's', force: false },
    ],
    [
      'POST',
      '/vm/vm1/snapshot/rollback',
      { snapshot_name: 's', force: 'yes' },
      'vm.rollback_snapshot',
      { vm: 'vm1', snapshot_name: 's', force: true },
    ],
  ] as const;
  for (const [asPrimary, run_on] of [
    [true, 'pv1 (primary)'],
    [false, 'pv1'],
  ] as const) {
    world.recording.answer = { id: '84629c06', node: 'pv1', asPrimary };
    for (const [method, path, form, kind, args] of rows) {
      world.recording.calls.length = 0;
      const { status, headers, body } = await world.form(method, path, form);
      t.equal(status, 202, `${method} ${path}`);
      t.equal(headers.location, '/api/v1/tasks/84629c06');
      t.same(body, { task_id: '84629c06', task_name: kind, run_on });
      t.same(world.recording.calls, [{ what: 'tasks.request', args: [{ kind, args }] }]);
    }
  }
  world.recording.calls.length = 0;
  await world.form('POST', '/tasks', { kind: 'storage.benchmark', args: '{"pool":"vms"}', id: 'mine-1' });
  t.same(world.recording.calls, [
    { what: 'tasks.request', args: [{ kind: 'storage.benchmark', args: { pool: 'vms' }, id: 'mine-1' }] },
  ]);
});

void t.test('what contradicts itself is 400 and asks nobody', async (t) => {
  const world = await ApiWorld.open();
  const rows = [
    ['POST', '/vm/vm1/meta', {}],
    ['POST', '/vm/vm1/node', { action: 'unmigrate', node: 'pv2' }],
    ['POST', '/vm/vm1/node', { action: 'teleport' }],
    ['PUT', '/storage/ceph/volume/vms/a', {}],
    ['PUT', '/storage/ceph/volume/vms/a', { new_size: '1G', new_name: 'b' }],
    ['POST', '/storage/ceph/volume/vms/a', { size: 'big' }],
    ['POST', '/vm/vm1/snapshot', { consistency: 'scattered' }],
    ['DELETE', '/vm/vm1/snapshot', {}],
    ['PUT', '/storage/ceph/snapshot/vms/a/s', {}],
    ['POST', '/storage/ceph/snapshot', { pool: 'vms', volume: 'a' }],
    ['POST', '/vm/vm1/snapshot/rollback', {}],
    ['POST', '/tasks', { kind: 'x', args: '[1]' }],
    ['POST', '/tasks', { kind: 'x', args: '{' }],
    ['POST', '/tasks', { kind: 'x', id: '../x' }],
    ['POST', '/status', { state: 'perhaps' }],
    ['POST', '/status', {}],
  ] as const;
  for (const [method, path, form] of rows)
    t.equal((await world.form(method, path, form)).status, 400, `${method} ${path} ${JSON.stringify(form)}`);
  t.same(world.recording.calls, []);
});

void t.test('M45 requests that wait hold up no other', async (t) => {
  const world = await ApiWorld.open();
  const waiting = world.recording.hold();
  const slow = Array.from({ length: 20 }, () =>
    world.form('POST', '/vm/vm1/state', { state: 'stop', wait: 'true' }),
  );
  t.equal((await world.get('/vm')).status, 200, 'while twenty wait');
  t.equal(world.recording.asked.length, 20);
  waiting.release('Stopped.');
  for (const { status } of await Promise.all(slow)) t.equal(status, 200);
});
