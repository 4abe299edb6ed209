import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import t from 'tap';
import { loadConfiguration, readConfiguration, Secret } from '../../../lib/config/index.js';
import { memoryFiles } from '../../support/memory-files.js';

const CLUSTER = 'cluster: { name: alpha, coordinators: { hv1: 10.0.0.1 } }\n';

void t.test('N43 M53 no secret shows in a dump of the configuration', (t) => {
  for (const file of ['full.yaml', 'pvc.conf']) {
    const text = readFileSync(`test/fixtures/config/${file}`, 'utf8');
    const reading = readConfiguration(text, { file });
    t.ok(reading.config);
    t.notMatch(JSON.stringify(reading), 'secret-of');
    t.notMatch(inspect(reading, { depth: Infinity, showHidden: true }), 'secret-of');
    t.notMatch(String(reading.config?.mirror.peers['bravo']?.token), 'secret-of');
  }
  t.end();
});

void t.test('no secret shows in a message, however wrong its line is', (t) => {
  const lines = [
    'password: *hunter2',
    'password: !hunter2 x',
    'password: "hunter2',
    'password: @hunter2',
    'password: hunter2: x',
    'password: [hunter2]',
    'password: { hunter2: 1 }',
    'password: 42hunter2\n    password: hunter2',
    'password:\n\thunter2',
    'password: "\\hunter2"',
    'password: &hunter2',
    'password: |hunter2',
    "password: 'hunter2'x",
    'password: %hunter2',
  ];
  for (const line of lines) {
    const text = `${CLUSTER}fencing:\n  ipmi:\n    hostname: '{node}'\n    username: u\n    ${line}\n`;
    const reading = readConfiguration(text, { file: 'f' });
    t.ok(reading.problems.length > 0, line);
    t.notMatch(JSON.stringify(reading), 'hunter2', line);
  }
  t.end();
});

void t.test('a number for a secret is told without the number', (t) => {
  const text = `${CLUSTER}mirror: { peers: { b: { address: b, token: 31337 } } }\n`;
  const { problems } = readConfiguration(text, { file: 'f' });
  t.match(problems, [{ key: 'mirror.peers.b.token', remedy: 'put it in quotes' }]);
  t.notMatch(JSON.stringify(problems), '31337');
  t.end();
});

void t.test('a web address that may hold a secret is not shown', (t) => {
  const { problems } = readConfiguration(`${CLUSTER}report: { webhook: { url: hunter2 } }\n`, { file: 'f' });
  t.match(problems, [{ key: 'report.webhook.url' }]);
  t.notMatch(JSON.stringify(problems), 'hunter2');
  t.end();
});

void t.test('a secret is revealed on demand, from the text or from its file', async (t) => {
  const files = memoryFiles({ '/a': 'in the file\n', '/empty': '\n' });
  t.equal(await Secret.of('in the text').reveal(files), 'in the text');
  t.equal(await Secret.inFile('/a').reveal(files), 'in the file');
  await t.rejects(Secret.inFile('/empty').reveal(files), { code: 'CONFIG_INVALID', object: '/empty' });
  await t.rejects(Secret.inFile('/none').reveal(files), { code: 'CONFIG_INVALID', object: '/none' });
});

void t.test('a file that is not there is an error of its own', async (t) => {
  await t.rejects(loadConfiguration(memoryFiles({}), '/etc/drover/drover.yaml'), { code: 'NOT_FOUND' });
  const reading = await loadConfiguration(memoryFiles({ '/f': CLUSTER }), '/f');
  t.equal(reading.config?.cluster.name, 'alpha');
});
