import t from 'tap';
import { createDomain, createObject, decodeDomain, parsePath, subtree } from '../../../lib/tree/index.js';
import { storeFixture } from '../../support/fixture.js';

const uuid = '00000001-0000-4000-8000-000000000002';
const required = {
  name: 'vm2',
  xml: '<domain/>',
  node: 'hv1',
  volumes: [{ pool: 'vms', volume: 'vm2_sda' }],
};

function texts(writes: ReturnType<typeof createDomain>): Record<string, string> {
  return Object.fromEntries(
    writes.map((write) => [
      write.path,
      write.op === 'create' ? Buffer.from(write.data).toString() : write.op,
    ]),
  );
}

void t.test('a definition creates the texts that tools expect', (t) => {
  const root = `/domains/${uuid}`;
  t.same(texts(createDomain(uuid, required)), {
    [root]: 'vm2',
    [`${root}/consolelog`]: '',
    [`${root}/failedreason`]: '',
    [`${root}/lastnode`]: '',
    [`${root}/migrate_sync_lock`]: '',
    [`${root}/migration_max_downtime`]: '300',
    [`${root}/migration_method`]: 'none',
    [`${root}/node`]: 'hv1',
    [`${root}/node_autostart`]: 'False',
    [`${root}/node_limit`]: '',
    [`${root}/node_selector`]: 'none',
    [`${root}/profile`]: 'None',
    [`${root}/rbdlist`]: 'vms/vm2_sda',
    [`${root}/snapshots`]: '',
    [`${root}/state`]: 'stop',
    [`${root}/stats`]: '',
    [`${root}/tags`]: '',
    [`${root}/vnc`]: '',
    [`${root}/xml`]: '<domain/>',
  });
  t.end();
});

void t.test('a definition has the keys that a recorded one has', (t) => {
  const recorded = [...storeFixture().keys()]
    .map(parsePath)
    .filter((what) => what.is === 'key' && ['domain', 'tag'].includes(what.group));
  const made = createDomain(uuid, { ...required, tags: [{ name: 'mytag1', protected: false }] })
    .map((write) => parsePath(write.path))
    .filter((what) => what.is === 'key');
  const keys = (all: readonly object[]) => all.map((what) => JSON.stringify({ ...what, names: {} })).sort();
  t.same(keys(made), keys(recorded));
  t.end();
});

void t.test('a new VM with tags and given values reads back as it was defined', (t) => {
  const writes = createDomain(uuid, {
    ...required,
    state: 'import',
    autostart: true,
    nodeSelector: 'memprov',
    nodeLimit: ['hv1', 'hv2'],
    tags: [{ name: 'backup', protected: true }],
  });
  const entries = writes.map(
    (write) => [write.path, write.op === 'create' ? write.data : Buffer.of()] as const,
  );
  const { value, problems, absent } = decodeDomain(uuid, subtree(entries));
  t.same(problems, []);
  t.equal(absent.size, 0);
  t.match(value, { ...required, state: 'import', autostart: true, nodeLimit: ['hv1', 'hv2'] });
  t.same(value.tags?.get('backup')?.value, { name: 'backup', type: 'user', protected: true });
  t.end();
});

void t.test('what could not be read back is not written', (t) => {
  t.throws(() => createDomain(uuid, { ...required, xml: '' }), { code: 'BAD_INPUT' });
  t.throws(
    () => createDomain(uuid, { ...required, nodeLimit: ["['hv1'", "'hv2']"] }),
    { code: 'BAD_INPUT' },
    'N48',
  );
  t.throws(() => createDomain(uuid, { ...required, nodeLimit: ['hv1,hv2'] }), { code: 'BAD_INPUT' });
  t.throws(() => createDomain(uuid, { ...required, migrationMaxDowntime: 0.5 }), { code: 'BAD_INPUT' });
  t.throws(() => createDomain('a/b', required), { code: 'BAD_INPUT' });
  t.throws(() => createDomain(uuid, { ...required, tags: [{ name: '..', protected: false }] }), {
    code: 'BAD_INPUT',
  });
  t.end();
});

void t.test('objects of other kinds are made from the same table', (t) => {
  const node = 'hv1';
  const made = texts(
    createObject(
      'node',
      { node },
      {
        mode: 'coordinator',
        daemonState: 'init',
        routerState: 'secondary',
        domainState: 'flushed',
        runningDomains: ['0'],
      },
    ),
  );
  t.match(made, {
    '/nodes/hv1': 'coordinator',
    '/nodes/hv1/daemonstate': 'init',
    '/nodes/hv1/runningdomains': '0',
    '/nodes/hv1/monitoring_data': '',
    '/nodes/hv1/sriov/vf': '',
    '/nodes/hv1/ipmipassword': '',
  });
  t.equal(texts(createObject('osd', { osd: '0' }, {}))['/ceph/osds/0/is_split'], 'False');
  t.equal(texts(createObject('pool', { pool: 'vms' }, {}))['/ceph/pools/vms/tier'], 'default');
  t.end();
});
