import t from 'tap';
import type { Fault, Status } from '../../../schemas/api.js';
import { ApiWorld } from '../../support/api-world.js';

void t.test('the primary: 204 before the first one, 503 while a new one is being found', async (t) => {
  const world = await ApiWorld.open();
  const primary = async () => await world.get('/status/primary_node', { headers: {} });
  t.same((await primary()).body, { primary_node: 'pv1' });
  await world.change('/config/primary_node', 'none');
  t.equal((await primary()).status, 503);
  await world.change('/config/primary_node', '');
  t.equal((await primary()).status, 204);
  t.equal((await primary()).text, '');
});

void t.test('health counts what nobody has acknowledged', async (t) => {
  const world = await ApiWorld.open();
  const health = async () => ((await world.get('/status')).body as Status).cluster_health;
  t.equal((await health()).health, 0);
  for (const id of ['MEMORY_OVERPROVISIONED', 'CEPH_OSD_OUT_0'])
    await world.change(`/faults/${id}/status`, 'ack');
  const { health: percent, messages } = await health();
  t.equal(percent, 70);
  t.same(
    messages.map(({ id }) => id),
    ['NODE_PLUGIN_LOAD_PV1', 'NODE_PLUGIN_IPMI_PV1'],
  );
  t.equal(((await world.get('/status')).body as Status).detail.faults.length, 4, 'they are still listed');
});

void t.test('B.7 faults without a sort key are sorted by time; with one by it', async (t) => {
  const world = await ApiWorld.open();
  const order = async (query: string) =>
    ((await world.get(`/faults${query}`)).body as Fault[]).map(({ id }) => id);
  t.same(await order(''), await order('?sort_key=last_reported'));
  t.same((await order('?sort_key=first_reported'))[0], 'CEPH_OSD_OUT_0');
  t.same((await order('?sort_key=health_delta')).at(-1), 'NODE_PLUGIN_IPMI_PV1');
  t.same((await order('?sort_key=message'))[0], 'MEMORY_OVERPROVISIONED');
  t.equal((await world.get('/faults?sort_key=taste')).status, 400);
  t.match((await world.get('/faults/CEPH_OSD_OUT_0')).body, [{ id: 'CEPH_OSD_OUT_0', health_delta: 50 }]);
  t.same((await world.get('/faults/NONE')).body, []);
});

void t.test('maintenance is told as true or false', async (t) => {
  const world = await ApiWorld.open();
  for (const text of ['true', 'false']) {
    await world.change('/config/maintenance', text);
    t.equal(((await world.get('/status')).body as Status).maintenance, text);
  }
});

void t.test('a tree without anything has a status', async (t) => {
  const world = await ApiWorld.open(new Map());
  const { status, body } = await world.get('/status');
  t.equal(status, 200);
  t.match(body, {
    cluster_health: { health: 100 },
    nodes: { total: 0 },
    resources: { cpu: { utilization: 0 }, memory: { utilization: 0 } },
  });
  for (const path of [
    '/vm',
    '/node',
    '/faults',
    '/storage/ceph/volume',
    '/storage/ceph/pool',
    '/storage/ceph/osd',
  ])
    t.same((await world.get(path)).body, [], path);
});

void t.test('nodes: filters are alternatives, states by themselves, the log by its end', async (t) => {
  const world = await ApiWorld.open();
  const names = async (query: string) => {
    const { status, body } = await world.get(`/node${query}`);
    return status === 200 ? (body as { name: string }[]).map(({ name }) => name) : status;
  };
  t.same(await names('?limit=pv&daemon_state=dead'), ['pv1']);
  t.same(await names('?coordinator_state=primary'), ['pv1']);
  t.same(await names('?domain_state=ready'), ['pv1']);
  t.equal(await names('?limit=other&daemon_state=dead'), 404);
  for (const [part, value] of [
    ['daemon', 'run'],
    ['coordinator', 'primary'],
    ['domain', 'ready'],
  ] as const)
    t.same((await world.get(`/node/pv1/${part}-state`)).body, { name: 'pv1', [`${part}_state`]: value });
  await world.change('/logs/pv1/messages', 'a\nb\nc');
  t.same((await world.get('/node/pv1/log?lines=2')).body, { name: 'pv1', data: 'b\nc' });
  for (const path of ['', '/log', '/daemon-state'])
    t.equal((await world.get(`/node/pv9${path}`)).status, 404, path);
});

void t.test('health of a node: what its checks found', async (t) => {
  const world = await ApiWorld.open();
  const root = '/nodes/pv1/monitoring_data';
  const texts = {
    '': '',
    '/load': 'load',
    '/load/last_run': '1795334218',
    '/load/health_delta': '50',
    '/load/message': 'Too much',
    '/load/data': '{"load":9}',
  };
  await world.write(
    new Map(Object.entries(texts).map(([at, text]) => [root + at, new TextEncoder().encode(text)])),
  );
  await world.change('/nodes/pv1/monitoring_health', 'None');
  t.match((await world.get('/node/pv1')).body, [
    {
      health: null,
      health_details: [
        { name: 'load', last_run: 1795334218, health_delta: 50, message: 'Too much', data: { load: 9 } },
      ],
    },
  ]);
  t.same(((await world.get('/status')).body as Status).node_health, {
    pv1: { health: null, messages: ['load: Too much'] },
  });
});

void t.test('storage: pools, OSDs, Ceph in its own words, lists that are narrowed', async (t) => {
  const world = await ApiWorld.open();
  t.match((await world.get('/storage/ceph/pool')).body, [
    { name: 'vms', volume_count: 1, pgs: 8, tier: 'default', stats: { id: 3 } },
  ]);
  t.match((await world.get('/storage/ceph/osd')).body, [
    { id: '0', node: 'pv1', device: '/dev/vdb', is_split: false },
  ]);
  t.match((await world.get('/storage/ceph/status')).body, {
    type: 'status',
    primary_node: 'pv1',
    ceph_data: /HEALTH_OK/,
  });
  t.match((await world.get('/storage/ceph/utilization')).body, {
    type: 'utilization',
    ceph_data: /RAW STORAGE/,
  });
  const count = async (path: string) => {
    const { status, body } = await world.get(`/storage/ceph/${path}`);
    return status === 200 ? (body as unknown[]).length : status;
  };
  t.equal(await count('volume?pool=vms&limit=vda'), 1);
  t.equal(await count('volume?limit=none'), 404);
  t.equal(await count('volume?pool=nowhere'), 404);
  t.equal(await count('volume/vms/vm1_vda'), 1);
  t.equal(await count('volume/vms/vm1_.*'), 404);
  t.equal(await count('snapshot?volume=vm1_vda&limit=manual'), 1);
  t.equal(await count('snapshot?volume=other'), 404);
  t.equal(await count('snapshot/vms/vm1_vda/manual1'), 1);
  t.equal(await count('snapshot/vms/vm1_vda/none'), 404);
});
