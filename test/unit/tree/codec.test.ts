import fc from 'fast-check';
import t from 'tap';
import {
  bytesOf,
  decimal,
  decodeKey,
  encodeKey,
  type GroupName,
  json,
  PUBLIC_KEYS,
  type TreeKey,
  type TreeValue,
} from '../../../lib/tree/index.js';
import { problemOf, valueOf } from '../../support/decoded.js';

const path = '/somewhere';

function text<N extends GroupName, F extends TreeKey<N>>(name: N, key: F, value: TreeValue<N, F>): string {
  return Buffer.from(encodeKey(name, key, value)).toString();
}

/** Every form of the tree with texts that it takes, and texts that it refuses. */
const FORMS: readonly (readonly [GroupName, string, readonly string[], readonly string[]])[] = [
  ['cluster', 'maintenance', ['', 'true', 'false'], ['True', 'yes', ' true', '0']],
  ['cluster', 'primaryNode', ['', 'none', 'hv1'], ['hv1\n', 'a b', '-x']],
  ['cluster', 'targetSelector', ['', 'mem', 'vms'], ['random', 'MEM']],
  ['domain', 'autostart', ['', 'True', 'False'], ['true', 'TRUE', '1', 'None']],
  ['domain', 'state', ['start', 'migrate-live', 'delete'], ['', 'Start', 'start ', 'running']],
  [
    'domain',
    'migrationMaxDowntime',
    ['', '0', '300', '-1'],
    ['300ms', '03', '1.0', '+3', '1e3', '99999999999999999'],
  ],
  ['domain', 'nodeSelector', ['', 'none', 'None', 'load'], ['NONE', 'best']],
  ['domain', 'nodeLimit', ['', 'hv1', 'hv1,hv2'], ['hv1,', ',', 'hv1, hv2', "['hv1', 'hv2']"]],
  ['domain', 'volumes', ['', 'vms/a', 'vms/a,ssd/b-1'], ['a', 'vms/', 'vms/a@b', 'vms/a,,vms/b', 'a/b/c']],
  ['domain', 'profile', ['', 'None', 'small'], []],
  ['domain', 'stats', ['', '{}', '{"a": 1}', ' {"a":1e0}\n'], ['[]', 'null', '1', '{', "{'a': 1}"]],
  ['vm-snapshot', 'volumeSnapshots', ['vms/a@b', 'vms/a@b@c/d'], ['vms/a', 'vms/a@', 'a@b']],
  [
    'vm-snapshot',
    'timestamp',
    ['1795334218', '1795334218.2033381', '1.50', '1e9'],
    ['', 'nan', 'inf', '1.', '1_0'],
  ],
  [
    'node',
    'staticData',
    ['', '8 6.1.0-18-amd64 GNU/Linux x86_64'],
    ['8 a b', '0 a b c', '8  a b c', '8 a b c '],
  ],
  ['node', 'runningDomains', ['', '0', '0 x'], ['0  x', ' 0', '0 ']],
  ['node', 'monitoringHealth', ['', 'None', '0', '100'], ['none', '90%']],
  ['node', 'cpuLoad', ['', '0.53', '10.00'], ['0,53', '.5', 'None']],
  ['network', 'description', ['', 'office'], ['b\u00fcro']],
  ['network', 'dhcp4Flag', ['', 'None', 'True'], ['true']],
  ['network', 'nameServers', ['', 'None', '10.0.0.1,10.0.0.2'], ['10.0.0.1,,10.0.0.2']],
  ['fault', 'lastTime', ['', '2026-11-22 07:30:06'], ['2026-11-22T07:30:06Z', 'now']],
  ['fault', 'self', [''], ['x']],
];

for (const [name, key, taken, refused] of FORMS) {
  const field = key as TreeKey<typeof name>;
  void t.test(`${name}.${key}`, (t) => {
    for (const form of taken)
      t.equal(
        text(name, field, valueOf(decodeKey(name, field, bytesOf(form), path))),
        form,
        `takes "${form}"`,
      );
    for (const form of refused)
      t.match(
        problemOf(decodeKey(name, field, bytesOf(form), path)),
        { path, remedy: new RegExp(path) },
        form,
      );
    t.end();
  });
}

void t.test('what the schema fills in can be read, unless the key is required', (t) => {
  for (const { pattern, required, codec, fill } of PUBLIC_KEYS)
    if (!required) t.ok(codec.decode(bytesOf(fill), path).ok, pattern);
  t.end();
});

void t.test('every form: any bytes are taken and given back as they were, or refused by name', (t) => {
  const codecs = PUBLIC_KEYS.map(({ codec }) => codec);
  const words = fc.constantFrom(
    'None',
    'True',
    'none',
    'start',
    '0',
    '15',
    '{}',
    'vms/a',
    'hv1',
    ' ',
    ',',
    '\ufeff',
  );
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.array(words, { maxLength: 4 }).map((parts) => bytesOf(parts.join(''))),
    fc.double().map((number) => bytesOf(String(number))),
  );
  fc.assert(
    fc.property(fc.constantFrom(...codecs), bytes, (codec, data) => {
      const decoded = codec.decode(data, path);
      return decoded.ok
        ? Buffer.from(data).equals(codec.encode(decoded.value))
        : decoded.problem.path === path && decoded.problem.found.length <= 80;
    }),
    { numRuns: 5000 },
  );
  t.end();
});

void t.test('a refusal shows what was found, cut, and keeps bytes that are no text out of the log', (t) => {
  const long = problemOf(decodeKey('domain', 'state', bytesOf('x'.repeat(500)), path));
  t.equal(long.found.length, 80);
  t.match(problemOf(decodeKey('node', 'ipmiPassword', Uint8Array.of(0x73, 0xff), path)), {
    found: '2 bytes that are not UTF-8',
  });
  t.end();
});

void t.test('making numbers and objects', (t) => {
  t.equal(text('node', 'cpuLoad', decimal(0.5, 2)), '0.50');
  t.equal(text('vm-snapshot', 'timestamp', decimal(1795334218.25)), '1795334218.25');
  t.equal(text('pool', 'stats', json({ id: 3 })), '{"id":3}');
  t.throws(() => encodeKey('node', 'cpuLoad', decimal(NaN)), { code: 'BAD_INPUT' });
  t.end();
});
