import t from 'tap';
import type { Vm } from '../../../schemas/api.js';
import { plainXml, treeWith, UUID } from '../../support/api-tree.js';
import { ApiWorld } from '../../support/api-world.js';

async function shown(path: string, ...vms: Parameters<typeof treeWith>[0]): Promise<Vm> {
  const world = await ApiWorld.open(treeWith(vms));
  const { body } = await world.get(path);
  const [vm] = body as [Vm];
  return vm;
}

void t.test('D6 a VM without a console, or without anything, is shown', async (t) => {
  const vm = await shown('/vm/bare', { uuid: UUID, name: 'bare', xml: '<domain/>' });
  t.match(vm, {
    name: 'bare',
    console: '',
    memory: 0,
    vcpu: 0,
    vcpu_topology: '0/1/1',
    disks: [],
    networks: [],
    controllers: [],
    features: [],
    vnc: { listen: '', port: '' },
    memory_stats: {},
    snapshots: [],
    tags: [],
    xml: '<domain/>',
  });
});

void t.test('a VM whose definition is no XML is listed, its text as it is', async (t) => {
  const vm = await shown('/vm', { uuid: UUID, name: 'odd', xml: '<domain type="kvm"><name>' });
  t.match(vm, { name: 'odd', memory: 0, xml: "<domain type='kvm'><name>" });
});

void t.test('keys of another form are shown as they are, or as what schema 15 fills in', async (t) => {
  const vm = await shown('/vm', {
    uuid: UUID,
    name: 'odd',
    keys: {
      '/state': 'sideways',
      '/node_autostart': 'perhaps',
      '/migration_max_downtime': 'long',
      '/stats': '{',
    },
  });
  t.match(vm, { state: 'sideways', node_autostart: false, migration_max_downtime: 300, memory_stats: {} });
});

void t.test('the name 007 stays a text', async (t) => {
  const vm = await shown('/vm/007', { uuid: UUID, name: '007' });
  t.equal(vm.name, '007');
  t.match(vm.xml, /<name>007<\/name>/);
});

void t.test('hardware: units, topology, disks of any kind, figures by name and by bridge', async (t) => {
  const xml = `<domain type="kvm">
    <name>full</name><description>  A VM  </description><memory unit="GiB">2</memory><vcpu placement="static">4</vcpu>
    <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/><apic/></features>
    <devices>
      <disk type="file"><source file="/srv/a.img"/><target dev="sda" bus="scsi"/></disk>
      <disk type="block"><source dev="/dev/sdz"/><target dev="sdb" bus="scsi"/></disk>
      <disk type="network"><source protocol="rbd" name="vms/full_vda"/><target dev="vda" bus="virtio"/></disk>
      <interface type="bridge"><mac address="52:54:00:00:00:01"/><source bridge="vmbr100"/><model type="virtio"/></interface>
      <interface type="bridge"><source bridge="vmbr100"/></interface>
      <interface type="direct"><source dev="ens4"/></interface>
      <controller type="scsi"/>
    </devices></domain>`;
  const stats = {
    disk_stats: [{ name: 'vms/full_vda', rd_req: 1, rd_bytes: 2, wr_req: 3, wr_bytes: 4 }],
    net_stats: [
      { name: 'vnet0', bridge: 'vmbr100', rd_bytes: 10, wr_drops: 1 },
      { name: 'vnet1', bridge: 'vmbr100', rd_bytes: 20 },
    ],
  };
  const vm = await shown('/vm', { uuid: UUID, name: 'full', xml, keys: { '/stats': JSON.stringify(stats) } });
  t.match(vm, { description: 'A VM', memory: 2048, vcpu: 4, vcpu_topology: '4/1/1', machine: 'q35' });
  t.same(vm.features, ['acpi', 'apic']);
  t.same(
    vm.disks.map(({ type, name, dev }) => [type, name, dev]),
    [
      ['file', '/srv/a.img', 'sda'],
      ['block', '/dev/sdz', 'sdb'],
      ['rbd', 'vms/full_vda', 'vda'],
    ],
  );
  t.match(vm.disks[2], { rd_req: 1, rd_bytes: 2, wr_req: 3, wr_bytes: 4 });
  t.same(
    vm.networks.map(({ type, vni, source, rd_bytes }) => [type, vni, source, rd_bytes]),
    [
      ['bridge', '100', 'vmbr100', 10],
      ['bridge', '100', 'vmbr100', 20],
      ['direct', 'ens4', 'ens4', 0],
    ],
  );
  t.match(vm.networks[0], { mac: '52:54:00:00:00:01', model: 'virtio', wr_drops: 1 });
  t.same(vm.controllers, [{ type: 'scsi', model: null }]);
});

void t.test('placement, migration and VNC', async (t) => {
  const keys = {
    '/state': 'start',
    '/lastnode': 'pv2',
    '/node_limit': 'pv1,pv2',
    '/node_selector': 'mem',
    '/migration_method': 'live',
    '/node_autostart': 'True',
    '/vnc': '[::1]:5903',
  };
  t.match(await shown('/vm', { uuid: UUID, name: 'here', keys }), {
    migrated: 'from pv2',
    last_node: 'pv2',
    node_limit: ['pv1', 'pv2'],
    node_selector: 'mem',
    migration_method: 'live',
    node_autostart: true,
    vnc: { listen: '[::1]', port: '5903' },
  });
});

void t.test('a snapshot shows what changed since, and the definition may change afterwards', async (t) => {
  const before = '<domain>\n<name>x</name>\n<vcpu>1</vcpu>\n</domain>';
  const after = '<domain>\n<name>x</name>\n<vcpu>2</vcpu>\n</domain>';
  const snapshot = '/snapshots/s1';
  const keys = {
    [snapshot]: 's1',
    [`${snapshot}/timestamp`]: '1795334273.5',
    [`${snapshot}/xml`]: before,
    [`${snapshot}/rbdsnaplist`]: 'vms/x_vda@s1,vms/x_vdb@s1',
  };
  const world = await ApiWorld.open(treeWith([{ uuid: UUID, name: 'x', xml: after, keys }]));
  const first = async () => ((await world.get('/vm/x')).body as [Vm])[0].snapshots[0];
  t.same(await first(), {
    name: 's1',
    timestamp: '1795334273.5',
    age: 10,
    xml_diff_lines: [
      '--- current',
      '+++ snapshot',
      '@@ -2,3 +2,3 @@',
      ' <name>x</name>',
      '-<vcpu>2</vcpu>',
      '+<vcpu>1</vcpu>',
      ' </domain>',
    ],
    rbd_snapshots: ['vms/x_vda@s1', 'vms/x_vdb@s1'],
  });
  t.notOk('consistency' in ((await first()) ?? {}), 'nobody knows it of one that another program made');
  await world.change(`/domains/${UUID}/xml`, before);
  t.same((await first())?.xml_diff_lines, [], 'nothing that was kept outlives its stamp');
});

void t.test('M11 a snapshot of ours says who made it, and how its disks belong together', async (t) => {
  const keys = {
    '/snapshots/s1': 's1',
    '/snapshots/s1/timestamp': '1795334273.5',
    '/snapshots/s1/xml': '<domain/>',
    '/snapshots/s1/rbdsnaplist': '',
  };
  const world = await ApiWorld.open(treeWith([{ uuid: UUID, name: 'x', xml: '<domain/>', keys }]));
  const point = {
    v: 1,
    id: 'p',
    at: 1,
    origin: 'manual',
    state: 'complete',
    consistency: 'paused',
    disks: [],
  };
  for (const [path, text] of [
    ['/drover', ''],
    ['/drover/points', ''],
    [`/drover/points/${UUID}`, ''],
    [`/drover/points/${UUID}/s1`, JSON.stringify(point)],
  ] as const)
    await world.change(path, text);
  const { body } = await world.get('/vm/x');
  t.match((body as [Vm])[0].snapshots, [{ name: 's1', origin: 'manual', consistency: 'paused' }]);
});

void t.test('B.7 GET of state, meta, tags, node and console of one VM', async (t) => {
  const keys = {
    '/consolelog': 'one\ntwo\nthree\n',
    '/tags/kept': 'kept',
    '/tags/kept/type': 'user',
    '/tags/kept/protected': 'True',
  };
  const world = await ApiWorld.open(treeWith([{ uuid: UUID, name: 'vm1', keys }]));
  const body = async (path: string) => (await world.get(path)).body;
  t.same(await body('/vm/vm1/state'), { name: 'vm1', state: 'stop' });
  t.same(await body('/vm/vm1/node'), { name: 'vm1', node: 'pv1', last_node: '' });
  t.same(await body(`/vm/${UUID}/console?lines=2`), { name: 'vm1', data: 'two\nthree' });
  t.same(await body('/vm/vm1/tags'), {
    name: 'vm1',
    tags: [{ name: 'kept', type: 'user', protected: true }],
  });
  t.match(await body('/vm/vm1/meta'), { name: 'vm1', node_limit: null, migration_max_downtime: 300 });
  for (const part of ['', '/state', '/node', '/console', '/tags', '/meta'])
    t.equal((await world.get(`/vm/nobody${part}`)).status, 404, part);
});

void t.test('a name is a name, never a pattern', async (t) => {
  const other = UUID.replace(/1$/, '2');
  const vms = [
    { uuid: UUID, name: 'web.1', xml: plainXml('web.1') },
    { uuid: other, name: 'webx1' },
  ];
  const world = await ApiWorld.open(treeWith(vms));
  const names = async (path: string) => ((await world.get(path)).body as Vm[]).map(({ name }) => name);
  t.same(await names('/vm/web.1'), ['web.1']);
  t.equal((await world.get('/vm/web.*')).status, 404);
  t.same(await names(`/vm/${other.toUpperCase()}`), ['webx1'], 'a UUID in any case');
});
