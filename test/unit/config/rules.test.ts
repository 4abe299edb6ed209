import t from 'tap';
import { type Problem, readConfiguration } from '../../../lib/config/index.js';

const CLUSTER = 'cluster: { name: alpha, coordinators: { hv1: 10.0.0.1, hv2: 10.0.0.2, hv3: 10.0.0.3 } }\n';

/** Problems of the cluster above with more sections. */
function problems(more: string): readonly Problem[] {
  return readConfiguration(CLUSTER + more, { file: 'f' }).problems;
}

/** Text under the keys, one problem expected at `key`. */
const WRONG: readonly (readonly [name: string, text: string, key: string])[] = [
  [
    'coordinator outside the network',
    'networks: { cluster: { range: 10.0.0.0/30 } }',
    'cluster.coordinators.hv3',
  ],
  [
    'own address outside the network',
    'networks: { storage: { range: 10.1.0.0/24 } }\nnode: { addresses: { storage: 10.2.0.1 } }',
    'node.addresses.storage',
  ],
  [
    'own address is the broadcast',
    'networks: { storage: { range: 10.1.0.0/24 } }\nnode: { addresses: { storage: 10.1.0.255 } }',
    'node.addresses.storage',
  ],
  ['by-id without a range', 'node: { addresses: { storage: by-id } }', 'node.addresses.storage'],
  [
    'N46 by-id for a name without digits',
    'networks: { storage: { range: 10.1.0.0/24 } }\nnode: { name: alice, addresses: { storage: by-id } }',
    'node.addresses.storage',
  ],
  ['by-id beyond the range', 'networks: { storage: { range: 10.1.0.0/30 } }', 'networks.storage.range'],
  ['certificate without its key', 'store: { tls: { ca: /a, certificate: /b } }', 'store.tls.private_key'],
  ['key without its certificate', 'store: { tls: { ca: /a, private_key: /b } }', 'store.tls.certificate'],
  ['API certificate without its key', 'api: { tls: { certificate: /b } }', 'api.tls.private_key'],
  ['port that is none', "store: { servers: ['hv1:99999'] }", 'store.servers[0]'],
  ['session too short', 'store: { session_timeout: 500ms }', 'store.session_timeout'],
  [
    'one controller for all nodes',
    'fencing: { ipmi: { hostname: bmc, username: u, password: p } }',
    'fencing.ipmi.hostname',
  ],
  [
    'placeholder that is none',
    "fencing: { ipmi: { hostname: '{nodeid}', username: u, password: p } }",
    'fencing.ipmi.hostname',
  ],
  ['no controller', 'fencing: { ipmi: { username: u, password: p } }', 'fencing.ipmi.hostname'],
  [
    'a coordinator without controller',
    'fencing: { ipmi: { hostnames: { hv1: a, hv2: b }, username: u, password: p } }',
    'fencing.ipmi.hostname',
  ],
  [
    'the same controller twice',
    'fencing: { ipmi: { hostnames: { hv1: a, hv2: b, hv3: a }, username: u, password: p } }',
    'fencing.ipmi.hostnames.hv3',
  ],
  [
    'IPMI without password',
    "fencing: { ipmi: { hostname: '{node}', username: u } }",
    'fencing.ipmi.password',
  ],
  [
    'password twice',
    "fencing: { ipmi: { hostname: '{node}', username: u, password: p, password_file: /p } }",
    'fencing.ipmi.password_file',
  ],
  ['token missing', 'api: { tokens: [{ name: a, scopes: [read] }] }', 'api.tokens[0].token'],
  [
    'token name twice',
    'api: { tokens: [{ name: a, scopes: [read], token: x }, { name: a, scopes: [read], token: y }] }',
    'api.tokens[1].name',
  ],
  ['scope unknown', 'api: { tokens: [{ name: a, scopes: [reed], token: x }] }', 'api.tokens[0].scopes[0]'],
  ['published address of the network', 'api: { published_address: 10.0.0.0/24 }', 'api.published_address'],
  ['published address that is none', 'api: { published_address: 10.0.300.1/24 }', 'api.published_address'],
  ['backup root not absolute', 'backup: { targets: { a: { root: mnt } } }', 'backup.targets.a.root'],
  ['backup root that climbs', 'backup: { targets: { a: { root: /mnt/../etc } } }', 'backup.targets.a.root'],
  [
    'two targets, one directory',
    'backup: { targets: { a: { root: /m/x }, b: { root: /m, suffix: /x } } }',
    'backup.targets.b.root',
  ],
  [
    'command as one text',
    'backup: { targets: { a: { root: /m, mount: [mount /m] } } }',
    'backup.targets.a.mount[0]',
  ],
  [
    'placeholder of PVC in a command',
    "backup: { targets: { a: { root: /m, mount: [[mount, '{backup_root_path}']] } } }",
    'backup.targets.a.mount[0][1]',
  ],
  [
    'unmount alone',
    'backup: { targets: { a: { root: /m, unmount: [[umount, /m]] } } }',
    'backup.targets.a.mount',
  ],
  [
    'default peer unknown',
    'mirror: { peers: { b: { address: b, token: x } }, default_peer: c }',
    'mirror.default_peer',
  ],
  ['tags without a peer', 'mirror: { tags: [m] }', 'mirror.default_peer'],
  [
    'tags and two peers',
    'mirror: { tags: [m], peers: { b: { address: b, token: x }, c: { address: c, token: x } } }',
    'mirror.default_peer',
  ],
  [
    'tag with a peer in it',
    'mirror: { tags: ["m:b"], peers: { b: { address: b, token: x } } }',
    'mirror.tags[0]',
  ],
  ['peer without token', 'mirror: { peers: { b: { address: b } } }', 'mirror.peers.b.token'],
  [
    'authority without encryption',
    'mirror: { peers: { b: { address: b, token: x, tls: false, ca: /c } } }',
    'mirror.peers.b.ca',
  ],
  [
    'backup scheduled without target',
    "schedules: { n: { task: cluster.autobackup, cron: '0 0 * * *' } }",
    'schedules.n.task',
  ],
  [
    'mirror scheduled without peer',
    "schedules: { n: { task: cluster.automirror, cron: '0 0 * * *' } }",
    'schedules.n.task',
  ],
  [
    'schedule name that is no id',
    "schedules: { N_1: { task: storage.benchmark, cron: '0 0 * * *' } }",
    'schedules.N_1',
  ],
  [
    'time zone unknown',
    "schedules: { n: { task: storage.benchmark, cron: '0 0 * * *', time_zone: Mars/North } }",
    'schedules.n.time_zone',
  ],
  ['mail password without user', 'report: { mail: { to: [a@b], password: x } }', 'report.mail.username'],
  ['mail user without password', 'report: { mail: { to: [a@b], username: x } }', 'report.mail.password'],
  ['mail address with a header in it', 'report: { mail: { to: ["a@b\\nBcc: c@d"] } }', 'report.mail.to[0]'],
  ['webhook without address', 'report: { webhook: {} }', 'report.webhook.url'],
  ['size without unit', 'benchmark: { volume_size: 8 }', 'benchmark.volume_size'],
  ['size with a unit that means two things', 'benchmark: { volume_size: 8GB }', 'benchmark.volume_size'],
];

for (const [name, text, key] of WRONG) {
  void t.test(name, (t) => {
    t.same(
      problems(text).map((problem) => problem.key),
      [key],
    );
    t.end();
  });
}

void t.test('an unsound value hides no other problem of its section', (t) => {
  const found = problems('mirror: { peers: { b: { address: b, port: x } }, default_peer: c }');
  t.same(
    found.map(({ key }) => key),
    ['mirror.peers.b.token', 'mirror.peers.b.port', 'mirror.default_peer'],
  );
  t.end();
});

void t.test('advice is no problem', (t) => {
  const text =
    'cluster: { name: a, coordinators: { hv1: a, hv2: b } }\nlibvirt: { transport: tcp }\n' +
    'api: { listen: 0.0.0.0, tokens: [{ name: a, scopes: [read], token: x }] }\n' +
    'mirror: { peers: { b: { address: b, token: x, verify: false }, c: { address: b, token: x, tls: false } } }\n';
  const { config, notes } = readConfiguration(text, { file: 'f' });
  t.ok(config);
  t.same(notes.map(({ key }) => key).sort(), [
    'api.tls',
    'cluster.coordinators',
    'fencing',
    'libvirt.transport',
    'mirror.peers.b.verify',
    'mirror.peers.c.tls',
  ]);
  t.match(readConfiguration(CLUSTER + 'api: { authentication: "off" }', { file: 'f' }).notes, [
    { key: 'fencing' },
    { key: 'api.authentication', line: 2 },
  ]);
  t.match(readConfiguration(CLUSTER, { file: 'f' }).notes, [{ key: 'fencing' }, { key: 'api.tokens' }]);
  t.end();
});
