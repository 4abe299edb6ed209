import { readFileSync } from 'node:fs';
import t from 'tap';
import { type Configuration, problemText, readConfiguration } from '../../../lib/config/index.js';

/** The configuration of a text that must be without problems. */
function good(text: string): Configuration {
  const { config, problems } = readConfiguration(text, { file: 'drover.yaml' });
  t.same(problems.map(problemText), []);
  return config!;
}

const CLUSTER = 'cluster: { name: alpha, coordinators: { hv1: 10.0.0.1 } }\n';

void t.test('the shortest example is short, and enough', (t) => {
  const text = readFileSync('docs/examples/drover.yaml', 'utf8');
  t.ok(text.split('\n').length < 25);
  const reading = readConfiguration(text, { file: 'drover.yaml' });
  const config = reading.config!;
  t.same(reading.problems, []);
  t.same(
    reading.notes.map(({ key }) => key),
    ['fencing'],
    'and nothing to be warned of, but what is not there yet',
  );
  t.same(config.store.servers, ['10.0.0.1:2181', '10.0.0.2:2181', '10.0.0.3:2181']);
  t.equal(config.store.sessionTimeoutMs, 8000);
  t.equal(config.ceph.keyringFile, '/etc/ceph/ceph.client.admin.keyring');
  t.equal(config.api.listen, '127.0.0.1');
  t.same(config.api.tokens[0]?.scopes, ['admin']);
  t.end();
});

void t.test('a full file: every time in milliseconds, every size in bytes, every text joined', (t) => {
  const config = good(readFileSync('test/fixtures/config/full.yaml', 'utf8'));
  t.equal(config.timers.vmShutdownMs, 300_000);
  t.equal(config.migration.bytesPerSecond, 500 * 1024 ** 2);
  t.equal(config.benchmark.volumeBytes, 16 * 1024 ** 3);
  t.same(config.ceph.monitors, ['[fd00::1]:3300']);
  t.equal(config.backup.targets['nas']?.directory, '/mnt/backup/alpha');
  t.same(config.backup.targets['nas']?.mount, [['mount', '-t', 'nfs', 'nas:/my export', '/mnt/backup']]);
  t.equal(config.mirror.peers['bravo']?.url, 'https://bravo.example.org:7370/api/v1');
  t.equal(config.mirror.peers['bravo']?.verify, true, 'a certificate is checked unless said otherwise');
  t.equal(config.mirror.defaultPeer, 'bravo', 'the only peer');
  t.equal(config.schedules['nightly']?.timeZone, 'Europe/Berlin');
  t.same(config.schedules['weekly-full']?.arguments, { force_full: true });
  t.equal(config.report.mail?.login?.username, 'drover');
  t.same(config.store.tls, {
    ca: '/etc/drover/ca.pem',
    certificate: '/etc/drover/node.pem',
    privateKey: '/etc/drover/node.key',
  });
  t.end();
});

void t.test('a key without a value is as good as no key', (t) => {
  const config = good(`${CLUSTER}backup:\nmirror:\n  peers:\ntimers:\n  keepalive:\n`);
  t.equal(config.timers.keepaliveMs, 5000);
  t.same(config.backup.targets, {});
  t.end();
});

void t.test('every problem of a file is told at once, in the order of the file', (t) => {
  const text = readFileSync('test/fixtures/config/broken.yaml', 'utf8');
  const { config, problems } = readConfiguration(text, { file: 'broken.yaml' });
  t.equal(config, undefined);
  const expected = readFileSync('test/fixtures/config/broken.problems.txt', 'utf8').trimEnd().split('\n');
  t.same(problems.map(problemText), expected);
  t.end();
});

void t.test('a problem points at the line and column of its key or value', (t) => {
  const text = `${CLUSTER}timers:\n  keepalive: 5\n  helth: 10s\n`;
  const { problems } = readConfiguration(text, { file: 'f' });
  t.match(problems, [
    { file: 'f', line: 3, column: 14, key: 'timers.keepalive', remedy: /such as 10s/ },
    { line: 4, column: 3, key: 'timers.helth', remedy: 'did you mean "health"?' },
  ]);
  t.end();
});

void t.test('what is no document at all', (t) => {
  for (const text of ['', '# nothing\n', '- a\n', 'hello\n', '42']) {
    const { config, problems } = readConfiguration(text, { file: 'f' });
    t.equal(config, undefined);
    t.match(problems, [{ line: 1, column: 1, key: '' }], JSON.stringify(text));
  }
  t.end();
});

void t.test('yes is text here, and the same word in quotes is a name', (t) => {
  const { problems } = readConfiguration(`${CLUSTER}api:\n  metrics: yes\n`, { file: 'f' });
  t.match(problems, [{ key: 'api.metrics', remedy: 'write true or false' }]);
  t.end();
});

void t.test('a node may have a number for its name', (t) => {
  const config = good('cluster: { name: alpha, coordinators: { 7: 10.0.0.7 } }\n');
  t.same(config.cluster.coordinators, { 7: '10.0.0.7' });
  const { problems } = readConfiguration('cluster: { name: a, coordinators: { 7: [] } }', { file: 'f' });
  t.match(problems, [{ key: 'cluster.coordinators.7', column: 40 }]);
  t.end();
});

void t.test('references that grow without end, or merge nothing, are a problem', (t) => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [one, next] of ['ab', 'bc', 'cd', 'de'].map((pair) => pair.split(''))) {
    bomb.push(`${next}: &${next} [${Array.from({ length: 10 }, () => `*${one}`).join(', ')}]`);
  }
  t.match(readConfiguration(bomb.join('\n'), { file: 'f' }).problems, [{ remedy: 'write the values out' }]);
  const merge = readConfiguration('x: &x 1\n<<: *x\n', { file: 'pvc.conf' });
  t.match(merge.problems, [{ remedy: 'write the values out' }]);
  t.end();
});

void t.test('anchors and aliases keep their places', (t) => {
  const config = good(`${CLUSTER}paths: { state: &dir /srv/drover, run: *dir }\n`);
  t.equal(config.paths.run, '/srv/drover');
  const { problems } = readConfiguration(`${CLUSTER}x: &x { keepalive: 5 }\ntimers: *x\n`, { file: 'f' });
  t.match(problems, [
    { key: 'x', line: 2 },
    { key: 'timers.keepalive', line: 2, column: 20 },
  ]);
  t.end();
});
