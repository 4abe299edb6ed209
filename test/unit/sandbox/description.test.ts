import t from 'tap';
import { describe, hostsOf, layOut } from '../../../sandbox/index.js';

void t.test('the default is two clusters of two nodes, with ZooKeeper and Ceph each', (t) => {
  const clusters = layOut(describe({}));
  t.same(
    clusters.flatMap(hostsOf).map(({ name }) => name),
    ['east1', 'east2', 'east-zk1', 'east-ceph', 'west1', 'west2', 'west-zk1', 'west-ceph'],
  );
  t.equal(clusters[0]?.connect, '198.18.1.21:2181');
  t.end();
});

void t.test('no two of the largest description share an address or an interface name', (t) => {
  const names = Array.from({ length: 8 }, (_, i) => `cluster${i}`);
  const clusters = layOut(describe({ clusters: names.map((name) => ({ name, nodes: 64, zookeeper: 3 })) }));
  const hosts = clusters.flatMap(hostsOf);
  const addresses = [
    ...hosts.map(({ address }) => address),
    ...clusters.flatMap(({ nodes }) => nodes.map(({ bmc }) => bmc)),
  ];
  t.equal(new Set(addresses).size, addresses.length);
  t.ok(addresses.every((address) => /^198\.1[89]\.\d+\.\d+$/.test(address) && !/\.0\.1$/.test(address)));
  t.ok(addresses.every((address) => address.split('.').every((part) => Number(part) < 255)));
  t.ok(hosts.every(({ name }) => `v-${name}`.length <= 15));
  t.end();
});

void t.test('a wrong description is refused with everything that is wrong', (t) => {
  const wrong = { name: 'Big One', clusters: [{ name: 'east', zookeeper: 2, colour: 'red' }] };
  t.throws(() => describe(wrong), { code: 'CONFIG_INVALID', reason: /name.*zookeeper|zookeeper.*name/s });
  t.throws(() => describe({ clusters: [{ name: 'a' }, { name: 'a' }] }), { code: 'CONFIG_INVALID' });
  t.throws(() => describe({ clusters: [] }), { code: 'CONFIG_INVALID' });
  t.end();
});
