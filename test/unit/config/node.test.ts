import fc from 'fast-check';
import t from 'tap';
import {
  type Configuration,
  controllerOf,
  nodeHost,
  nodeOf,
  readConfiguration,
} from '../../../lib/config/index.js';
import { ipv4, ipv4Range, ipv4Text, isHostOf } from '../../../lib/config/ipv4.js';

function config(more: string): Configuration {
  const text = `cluster: { name: a, coordinators: { hv1: 10.0.0.11, hv2: hv2.lan } }\n${more}`;
  const reading = readConfiguration(text, { file: 'f' });
  t.same(reading.problems, []);
  return reading.config!;
}

void t.test('who this machine is: its short host name, unless the file says', (t) => {
  t.equal(nodeOf(config(''), 'hv2.example.org').name, 'hv2');
  t.equal(nodeOf(config('node: { name: hv9 }'), 'hv2').name, 'hv9');
  t.equal(nodeOf(config(''), 'hv1').coordinator, true);
  t.equal(nodeOf(config(''), 'hv7').coordinator, false);
  t.end();
});

void t.test('addresses: the own entry, then the coordinators, then the place in the range', (t) => {
  const plain = config('');
  t.same(nodeOf(plain, 'hv1').addresses, {
    cluster: '10.0.0.11',
    migration: '10.0.0.11',
    storage: '10.0.0.11',
  });
  t.equal(nodeOf(plain, 'hv2').addresses.cluster, undefined, 'its host name tells');
  const ranged = config('networks: { cluster: { range: 10.0.0.0/24 }, storage: { range: 10.0.2.0/24 } }');
  t.equal(nodeOf(ranged, 'hv1').addresses.cluster, '10.0.0.11');
  t.same(nodeOf(ranged, 'hv12').addresses, {
    cluster: '10.0.0.12',
    migration: '10.0.0.12',
    storage: '10.0.2.12',
  });
  const own = config(
    'networks: { cluster: { range: 10.0.0.0/24 } }\nnode: { addresses: { cluster: by-id, storage: fd00::5 } }',
  );
  t.same(nodeOf(own, 'hv1').addresses, { cluster: '10.0.0.1', migration: '10.0.0.1', storage: 'fd00::5' });
  t.end();
});

void t.test('N46 a node without digits, or with a number the range has not, is refused by name', (t) => {
  const ranged = config('networks: { storage: { range: 10.0.2.0/29 } }');
  t.throws(() => nodeOf(ranged, 'alice'), { code: 'CONFIG_INVALID' });
  t.throws(() => nodeOf(ranged, 'hv0'), { code: 'CONFIG_INVALID' });
  t.throws(() => nodeOf(ranged, 'hv7'), { code: 'CONFIG_INVALID' });
  t.equal(nodeOf(ranged, 'hv6').addresses.storage, '10.0.2.6');
  t.end();
});

void t.test('how others reach a node', (t) => {
  const plain = config('networks: { migration: { domain: fast.lan }, storage: { range: 10.0.2.0/24 } }');
  t.equal(nodeHost(plain, 'hv1', 'cluster'), '10.0.0.11');
  t.equal(nodeHost(plain, 'hv2', 'cluster'), 'hv2.lan');
  t.equal(nodeHost(plain, 'hv5', 'cluster'), 'hv5');
  t.equal(nodeHost(plain, 'hv5', 'migration'), 'hv5.fast.lan');
  t.equal(nodeHost(plain, 'hv5', 'storage'), '10.0.2.5');
  t.end();
});

void t.test('the controller of a node', (t) => {
  const ipmi =
    "fencing: { ipmi: { hostname: '{node}-{node_id}', hostnames: { alice: bmc }, username: u, password: p } }";
  t.equal(controllerOf(config(ipmi), 'hv12'), 'hv12-12');
  t.equal(controllerOf(config(ipmi), 'alice'), 'bmc');
  t.equal(controllerOf(config(ipmi), 'bob'), undefined, 'without a number there is none');
  t.equal(controllerOf(config(ipmi), 'constructor'), undefined);
  t.equal(controllerOf(config(''), 'hv1'), undefined);
  t.end();
});

void t.test('IPv4 addresses read back, and hosts of a range lie between its ends', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 30 }), (address, bits) => {
      const text = ipv4Text(address);
      const range = ipv4Range(`${text}/${bits}`)!;
      const inside = range.first <= address && address <= range.last;
      const whole = range.last - range.first + 1 === 2 ** (32 - bits);
      return (
        ipv4(text) === address &&
        inside &&
        whole &&
        !isHostOf(range, range.first) &&
        !isHostOf(range, range.last)
      );
    }),
  );
  for (const text of ['', '1.2.3', '256.1.1.1', '1.2.3.4.5', 'a.b.c.d']) t.equal(ipv4(text), undefined, text);
  t.equal(ipv4Range('10.0.0.0/33'), undefined);
  t.end();
});
