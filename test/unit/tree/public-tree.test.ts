import fc from 'fast-check';
import t from 'tap';
import {
  bytesOf,
  createTree,
  decodeDomain,
  decodeTree,
  encodeTree,
  parsePath,
  schemaAccess,
  sound,
  subtree,
} from '../../../lib/tree/index.js';
import { storeFixture } from '../../support/fixture.js';

const uuid = '00000001-0000-4000-8000-000000000001';
const fixture = storeFixture();
const known = new Map([...fixture].filter(([path]) => !path.startsWith('/cmd')));

function texts(values: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...values].map(([path, data]) => [path, Buffer.from(data).toString()]));
}

void t.test('the recorded store is read whole and written back byte for byte', (t) => {
  const tree = decodeTree(fixture);
  t.same(tree.cluster.problems, []);
  t.same(texts(encodeTree(tree)), texts(known));
  t.same([...encodeTree(tree).keys()], [...known.keys()].sort(), 'parents come first');
  t.end();
});

void t.test('stray keys of older schemas are reported and left alone', (t) => {
  t.same(decodeTree(fixture).unknown, ['/cmd', '/cmd/ceph', '/cmd/domains', '/cmd/nodes']);
  t.end();
});

void t.test('values of the recorded store', (t) => {
  const { value } = decodeTree(fixture).cluster;
  t.match(value, { schemaVersion: 15, name: 'cluster1', maintenance: undefined, targetSelector: 'mem' });
  t.match(value.nodes?.get('pv1')?.value, {
    mode: 'coordinator',
    daemonState: 'run',
    keepalive: 1795334218,
    cpuLoad: { number: 1.58, text: '1.58' },
    staticData: { cpus: 8, kernel: '6.18.44-fc-v657', os: 'GNU/Linux', arch: 'x86_64' },
    runningDomains: ['0', uuid],
    monitoringHealth: 90,
  });
  const domain = value.domains?.get(uuid)?.value;
  t.match(domain, {
    name: 'vm1',
    state: 'start',
    node: 'pv1',
    lastNode: undefined,
    profile: null,
    volumes: [{ pool: 'vms', volume: 'vm1_vda' }],
    autostart: false,
    migrationMaxDowntime: 300,
    nodeLimit: [],
  });
  t.same(domain?.tags?.get('mytag1')?.value, { name: 'mytag1', type: 'user', protected: false });
  t.match(domain?.snapshots?.get('manual1')?.value, {
    timestamp: { number: 1795334218.2033381, text: '1795334218.2033381' },
    volumeSnapshots: [{ pool: 'vms', volume: 'vm1_vda', snapshot: 'manual1' }],
  });
  t.equal(value.volumePools?.get('vms')?.value.volumes?.get('vm1_vda')?.value.stats?.object['size'], 2 ** 31);
  t.end();
});

void t.test('lock contenders under any key are passed over', (t) => {
  const contender = '0123456789abcdef0123456789abcdef__lock__0000000007';
  const paths = ['/domains', `/domains/${uuid}`, `/domains/${uuid}/state`, `/domains/${uuid}/tags`, '/nodes'];
  const locked = new Map([
    ...fixture,
    ...paths.map((path) => [`${path}/${contender}`, bytesOf('x')] as const),
  ]);
  const tree = decodeTree(locked);
  t.same(tree.cluster.problems, []);
  t.equal(tree.unknown.length, 4);
  t.same(texts(encodeTree(tree)), texts(known));
  t.end();
});

void t.test('garbage in any key is a problem that names the path, and touches nothing else', (t) => {
  const garbage = Uint8Array.of(0xff, 0xfe, 0x00);
  for (const path of known.keys()) {
    const tree = decodeTree(new Map([...fixture, [path, garbage]]));
    t.same(
      tree.cluster.problems.map((problem) => problem.path),
      [path],
    );
    const written = encodeTree(tree);
    const missing = [...known.keys()].filter((other) => !written.has(other));
    t.ok(
      missing.every((other) => other === path),
      `all but ${path} is still there`,
    );
  }
  t.end();
});

void t.test('any bytes under any key never throw, and are either kept or a problem', (t) => {
  const paths = [...known.keys()];
  const bytes = fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' }).map(bytesOf), fc.json().map(bytesOf));
  fc.assert(
    fc.property(fc.constantFrom(...paths), bytes, (path, data) => {
      const tree = decodeTree(new Map([...known, [path, data]]));
      const [problem] = tree.cluster.problems;
      if (problem !== undefined) return problem.path === path && problem.found.length <= 80;
      return Buffer.from(data).equals(encodeTree(tree).get(path) ?? Buffer.from('absent'));
    }),
    { numRuns: 500 },
  );
  t.end();
});

void t.test('a decision rests only on keys that were read', (t) => {
  const state = `/domains/${uuid}/state`;
  const reading = decodeDomain(uuid, subtree([...fixture, [state, bytesOf('strat')]]));
  t.equal(sound(reading, 'state', 'node'), undefined);
  t.match(sound(reading, 'node'), { node: 'pv1' });
  t.match(reading.problems, [{ path: state, expected: /^one of start, /, found: '"strat"' }]);
  t.end();
});

void t.test('a key that is missing shows what the schema fills in; a required one is a problem', (t) => {
  const without = (...names: string[]) =>
    subtree([...fixture].filter(([path]) => !names.includes(path.slice(`/domains/${uuid}/`.length))));
  const older = decodeDomain(uuid, without('migration_max_downtime', 'snapshots'));
  t.same(older.problems, []);
  t.equal(older.value.migrationMaxDowntime, 300);
  t.same([...older.absent], ['migrationMaxDowntime', 'snapshots']);
  const torn = decodeDomain(uuid, without('xml'));
  t.match(torn.problems, [{ path: `/domains/${uuid}/xml`, found: 'nothing' }]);
  t.notOk('xml' in torn.value);
  t.end();
});

void t.test('only schema 15 is written to', (t) => {
  t.same(schemaAccess(bytesOf('15')), { access: 'full' });
  for (const bytes of [bytesOf('14'), bytesOf('16'), bytesOf(''), bytesOf('fifteen'), undefined])
    t.match(schemaAccess(bytes), {
      access: 'readonly',
      problem: { path: '/schema/version', expected: 'schema 15' },
    });
  t.end();
});

void t.test('a new tree is one that can be read, and has only keys of the schema', (t) => {
  const writes = createTree('site1');
  const created = new Map(
    writes.map((write) => [write.path, write.op === 'create' ? write.data : bytesOf('')]),
  );
  const tree = decodeTree(created);
  t.same(tree.cluster.problems, []);
  t.equal(tree.cluster.absent.size, 0);
  t.match(tree.cluster.value, { name: 'site1', schemaVersion: 15 });
  const base = [...known.keys()].filter((path) => {
    const what = parsePath(path);
    return 'names' in what && Object.keys(what.names).length === 0;
  });
  t.same([...created.keys()], base.sort());
  t.end();
});
