import { readFileSync } from 'node:fs';
import t from 'tap';
import { nodeHost, nodeOf, readConfiguration, type Reading } from '../../../lib/config/index.js';
import { memoryFiles } from '../../support/memory-files.js';

const FULL = readFileSync('test/fixtures/config/pvc.conf', 'utf8');

const MINIMAL = 'cluster: { name: alpha, coordinator_nodes: [hv1, hv2, hv3] }\n';

function read(text: string): Reading {
  return readConfiguration(text, { file: '/etc/pvc/pvc.conf' });
}

void t.test('a whole pvc.conf in our words', async (t) => {
  const config = read(FULL).config!;
  t.same(config.cluster, { name: 'alpha', coordinators: { hv1: 'hv1', hv2: 'hv2', hv3: 'hv3' } });
  t.same(config.store.servers, ['hv1:2181', 'hv2:2181', 'hv3:2181']);
  t.same(config.networks.cluster, { range: '198.18.2.0/24', domain: 'alpha.internal' });
  t.same(nodeOf(config, 'hv2').addresses, {
    cluster: '198.18.2.2',
    migration: '198.18.2.2',
    storage: '198.18.3.2',
  });
  t.equal(nodeHost(config, 'hv2', 'migration'), 'hv2.alpha.internal');
  t.same(config.timers, { keepaliveMs: 4000, healthMs: 30_000, vmShutdownMs: 120_000 });
  t.equal(config.fencing.missedKeepalives, 8);
  t.equal(config.fencing.afterPowerOff, 'recover');
  t.same(config.ceph.monitors, ['mon1:6790', 'mon2.alpha.storage:6790']);
  t.equal(config.ceph.keyringFile, '/etc/ceph/ceph.client.drover.keyring');
  t.equal(config.ceph.user, 'drover');
  t.equal(config.migration.selector, 'load');
  t.equal(config.libvirt.transport, 'tcp', 'as PVC dials');
  t.equal(config.paths.consoleLogs, '/var/log/libvirt');
  t.equal(config.api.metrics, false);
  t.equal(config.api.publishedAddress, '198.18.1.250/24');
  t.same(config.api.tls, { certificate: '/etc/pvc/alpha.pem', privateKey: '/etc/pvc/alpha.key' });
  t.same(
    config.api.tokens.map(({ name, scopes }) => [name, scopes]),
    [
      ['operators', ['admin']],
      ['token 2', ['admin']],
    ],
  );
  const none = memoryFiles({});
  t.equal(await config.api.tokens[0]?.token.reveal(none), 'secret-of-the-operators');
  t.equal(await config.fencing.ipmi?.password.reveal(none), 'secret-of-the-controller');
  t.equal(await config.mirror.peers['bravo']?.token.reveal(none), 'secret-of-bravo');
  t.same(config.backup.targets['autobackup'], {
    root: '/mnt/backup',
    directory: '/mnt/backup/alpha',
    tags: ['backup', 'backup-nightly'],
    fullEvery: 5,
    keepFulls: 3,
    mount: [['/usr/bin/mount', '-t', 'nfs', 'nas:/export', '/mnt/backup']],
    unmount: [['/usr/bin/umount', '/mnt/backup']],
    nodes: [],
  });
  t.match(config.mirror, { tags: ['mirror'], defaultPeer: 'bravo', keep: 4 });
  t.match(config.mirror.peers['bravo'], {
    url: 'https://api.bravo.example.org:7372/api/v1',
    protocol: 'pvc',
    verify: true,
    pools: { '*': 'mirrors' },
  });
});

void t.test('M34 autobackup and automirror that are null or missing are off', (t) => {
  for (const text of [MINIMAL, `${MINIMAL}autobackup: null\nautomirror:\n`]) {
    const { config, problems } = read(text);
    t.same(problems, []);
    t.same(config?.backup.targets, {});
    t.same(config?.mirror.peers, {});
  }
  t.end();
});

void t.test('N46 an upstream network without a gateway is no problem', (t) => {
  const { config, problems } = read(FULL.replace(/^ +gateway_address: 198\.18\.1\.254\n/m, ''));
  t.same(problems, []);
  t.ok(config);
  t.end();
});

void t.test('N46 line counts: false is none, a missing one is our default', (t) => {
  const logging = (more: string) =>
    read(`${MINIMAL}logging: { debug_logging: true, ${more} }`).config?.logging;
  t.match(logging('console_log_lines: false, node_log_lines: 7'), {
    consoleLines: 0,
    nodeLines: 7,
    level: 'debug',
  });
  t.match(logging(''), { consoleLines: 1000, nodeLines: 2000 });
  t.end();
});

void t.test('N46 by-id for a coordinator without digits is refused where it is chosen', (t) => {
  const { problems } = read(FULL.replaceAll('hv2', 'alice'));
  t.match(problems, [
    { key: 'cluster.networks.cluster.ipv4.node_ip_selection', line: 42 },
    { key: 'cluster.networks.storage.ipv4.node_ip_selection', line: 52 },
    { key: 'fencing.ipmi.hostname' },
  ]);
  t.end();
});

void t.test('a literal address of this node', (t) => {
  const text = FULL.replace('network_address: 198.18.3.0', 'network_address: 198.18.3.64').replace(
    /(198\.18\.3\.254\n +node_ip_selection: )by-id/,
    '$1198.18.3.77',
  );
  t.equal(nodeOf(read(text).config!, 'hv1').addresses.storage, '198.18.3.77');
  t.end();
});

void t.test('without a verdict PVC leaves the VMs of a fenced node down: so do we with its file', (t) => {
  t.equal(read(MINIMAL).config?.fencing.afterPowerOff, 'leave');
  const said = (word: string) => read(`${MINIMAL}fencing: { actions: { successful_fence: ${word} } }`);
  t.equal(said('none').config?.fencing.afterPowerOff, 'leave');
  t.equal(said('migrate').config?.fencing.afterPowerOff, 'recover');
  t.match(said('constructor').problems, [{ key: 'fencing.actions.successful_fence' }]);
  t.end();
});

void t.test('monitors: by default each coordinator in the storage domain', (t) => {
  const text = FULL.replace(/^ +monitor_hosts:.*\n/m, '');
  t.same(
    read(text).config?.ceph.monitors,
    ['hv1', 'hv2', 'hv3'].map((name) => `${name}.alpha.storage:6790`),
  );
  t.end();
});

void t.test('a suffix without a slash is part of the root, as PVC joins them', (t) => {
  const target = read(FULL.replace('backup_root_suffix: /alpha', 'backup_root_suffix: -alpha')).config?.backup
    .targets['autobackup'];
  t.equal(target?.directory, '/mnt/backup-alpha');
  t.same(target?.mount[0]?.at(-1), '/mnt/backup', 'what is mounted stays the same');
  t.end();
});

void t.test('mount commands and certificates have no effect while they are disabled', (t) => {
  const off = FULL.replace('auto_mount:\n    enabled: yes', 'auto_mount:\n    enabled: no').replace(
    'ssl:\n    enabled: yes',
    'ssl:\n    enabled: no',
  );
  const config = read(off).config;
  t.same(config?.backup.targets['autobackup']?.mount, []);
  t.equal(config?.api.tls, undefined);
  t.end();
});

void t.test('an open API stays open, and is told', (t) => {
  const text = FULL.replace('authentication:\n    enabled: yes', 'authentication:\n    enabled: no');
  const { config, notes } = read(text);
  t.equal(config?.api.authentication, 'off');
  t.match(
    notes.find(({ effect, key }) => effect === 'advice' && key === 'api.authentication.enabled'),
    { line: 124 },
  );
  t.end();
});

void t.test('a problem names the key and the line of pvc.conf, not of ours', (t) => {
  const text = FULL.replace('port: 7372', 'port: 737200')
    .replace('keepalive_interval: 4', 'keepalive_interval: four')
    .replace('      key: secret-of-bravo\n', '')
    .replace('default_destination: bravo', 'default_destination: brava')
    .replace('target_selector: load', 'target_selector: best')
    .replace('full_interval: 5', 'full_interval: 0');
  t.match(read(text).problems, [
    { key: 'timer.keepalive_interval', line: 74, column: 23, remedy: 'write a whole number of seconds' },
    { key: 'migration.target_selector', line: 90 },
    { key: 'autobackup.backup_schedule.full_interval', line: 140 },
    { key: 'automirror.destinations.bravo.key', line: 150 },
    { key: 'automirror.destinations.bravo.port', line: 152 },
    { key: 'automirror.default_destination', remedy: 'did you mean "bravo"?' },
  ]);
  t.end();
});

void t.test('a missing required key is named in the words of pvc.conf', (t) => {
  t.match(read('timer: { keepalive_interval: 5 }').problems, [{ key: 'cluster', line: 1 }]);
  t.match(read('cluster: { coordinator_nodes: [hv1] }').problems, [{ key: 'cluster.name', line: 1 }]);
  t.match(read('cluster: none').problems, [{ key: 'cluster', reason: 'this is no section' }]);
  t.end();
});

void t.test('a key that PVC does not have is named with the one that was meant', (t) => {
  const { config, notes } = read(`${MINIMAL}timer: { keepalive_intervall: 5 }\nfoo: { bar: 1 }\n`);
  t.ok(config);
  const told = new Map(notes.map(({ key, text }) => [key, text]));
  t.match(told.get('timer.keepalive_intervall'), 'did you mean "timer.keepalive_interval"?');
  t.match(told.get('foo'), 'PVC has no such key');
  t.end();
});

void t.test('the kind is told by what is in the file, then by its name', (t) => {
  const kind = (text: string, file: string) => readConfiguration(text, { file }).kind;
  t.equal(kind(FULL, '/etc/drover/drover.yaml'), 'pvc');
  t.equal(kind(MINIMAL, '/etc/pvc/pvc.conf'), 'pvc');
  t.equal(kind('cluster: {}\ntimer: {}', 'drover.yaml'), 'drover', 'one slip makes no pvc.conf');
  t.equal(readConfiguration(MINIMAL, { file: 'x', kind: 'pvc' }).config?.cluster.name, 'alpha');
  t.end();
});

void t.test('values as Python makes text of them, and netmasks in both forms', (t) => {
  const ipmi = `${MINIMAL}fencing: { ipmi: { hostname: 'bmc{node_id}', username: 1, password: 12345 } }`;
  t.equal(read(ipmi).config?.fencing.ipmi?.username, '1');
  const mask = (text: string) =>
    read(
      MINIMAL.replace(
        ' }',
        `, networks: { storage: { ipv4: { network_address: 10.0.0.0, netmask: ${text} } } } }`,
      ),
    );
  t.equal(mask('255.255.240.0').config?.networks.storage.range, '10.0.0.0/20');
  t.equal(mask('"20"').config?.networks.storage.range, '10.0.0.0/20');
  for (const bad of ['255.0.255.0', '33', '-1', '255.255.255.256', 'x']) {
    t.match(mask(bad).problems, [{ key: 'cluster.networks.storage.ipv4.netmask' }], bad);
  }
  t.end();
});
