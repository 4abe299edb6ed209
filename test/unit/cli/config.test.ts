import { readFileSync } from 'node:fs';
import t from 'tap';
import { VERSION } from '../../../lib/core/index.js';
import { cli } from '../../support/cli-world.js';

const EXAMPLE = readFileSync('docs/examples/drover.yaml', 'utf8');
const FILES = {
  '/etc/drover/drover.yaml': EXAMPLE,
  '/broken.yaml': EXAMPLE.replace('name: alpha', 'nmae: alpha'),
  '/etc/pvc/pvc.conf': readFileSync('test/fixtures/config/pvc.conf', 'utf8'),
};

const { drover } = cli({ files: FILES });

void t.test('without a file the usual one is checked', async (t) => {
  const { code, out, err } = await drover('config', 'check');
  t.equal(code, 0);
  t.match(
    out,
    /fencing +no node is fenced yet[^]*\/etc\/drover\/drover.yaml: read as drover.yaml, no problems\n$/,
  );
  t.equal(err, '');
});

void t.test('problems are printed with their places, and the exit code is 1', async (t) => {
  const { code, out } = await drover('config', 'check', '/broken.yaml');
  t.equal(code, 1);
  t.match(out, '/broken.yaml:3:3: cluster.nmae: there is no such key: did you mean "name"?\n');
  t.match(out, '/broken.yaml: read as drover.yaml, 2 problems\n');
});

void t.test('JSON is one document with problems, notes and verdict', async (t) => {
  const good = await drover('config', 'check', '--format', 'json', '--node', 'hv2');
  t.match(JSON.parse(good.out), {
    kind: 'drover',
    valid: true,
    problems: [],
    notes: [],
    node: { name: 'hv2', coordinator: true, addresses: { cluster: '10.0.0.2' }, controller: 'hv2-ipmi' },
  });
  const bad = await drover('config', 'check', '--format', 'json', '/broken.yaml');
  t.equal(bad.code, 1);
  t.match(JSON.parse(bad.out), {
    valid: false,
    problems: [{ key: 'cluster.name' }, { key: 'cluster.nmae', line: 3 }],
  });
});

void t.test('of a pvc.conf it is said what has which effect', async (t) => {
  const { code, out } = await drover('config', 'check', '/etc/pvc/pvc.conf', '-n', 'hv3');
  t.equal(code, 0);
  t.match(out, /^Taken over\n/);
  t.match(out, /\n {2}line 74 +timer\.keepalive_interval +→ timers\.keepalive\n/);
  t.match(out, /\nWithout effect\n/);
  t.match(out, /\n {2}line 77 +fencing\.disable_on_ipmi_failure +PVC reads and never uses it/);
  t.match(out, /\nThe node hv3\n/);
  t.match(out, /\n {2}storage address +198\.18\.3\.3\n/);
  t.match(out, /read as PVC's pvc.conf, no problems\n$/);
  t.notMatch(out, 'secret-of');
});

void t.test('a file that is not there is a failure, not a usage error', async (t) => {
  const { code, out, err } = await drover('config', 'check', '/nowhere.yaml');
  t.equal(code, 1);
  t.equal(out, '');
  t.match(err, /^drover: \/nowhere\.yaml: not found/);
});

void t.test('a node that the file has no address for is a failure', async (t) => {
  const { code, err } = await drover('config', 'check', '/etc/pvc/pvc.conf', '-n', 'alice');
  t.equal(code, 1);
  t.match(err, 'the node name "alice" has no number');
});

void t.test('what is not understood is a usage error', async (t) => {
  for (const args of [
    ['config', 'chekc'],
    ['config', 'check', '--format', 'xml'],
    ['config', 'check', 'a', 'b'],
    ['config', 'check', '--nope'],
    ['frobnicate'],
    ['config'],
    [],
  ]) {
    const { code, out, err } = await drover(...args);
    t.equal(code, 2, args.join(' '));
    t.equal(out, '');
    t.not(err, '');
  }
});

void t.test('version and help are no errors', async (t) => {
  t.same(await drover('--version'), { code: 0, out: `${VERSION}\n`, err: '' });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  t.equal(VERSION, version);
  t.match(await drover('config', 'check', '--help'), { code: 0, out: /pvc\.conf/, err: '' });
});
