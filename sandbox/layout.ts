import type { ClusterDescription, Description } from './description.js';

/** The run directory as everything inside the sandbox sees it, wherever it lies outside. */
export const INSIDE = '/run/sandbox';

/** Something with a network namespace, a cable and an address of its own. */
export interface Host {
  readonly name: string;
  readonly kind: 'node' | 'zookeeper' | 'ceph';
  readonly cluster: string;
  readonly address: string;
}

export interface NodeLayout extends Host {
  readonly kind: 'node';
  /** Address of its BMC, port 623. */
  readonly bmc: string;
}

export interface ClusterLayout {
  readonly name: string;
  readonly description: ClusterDescription;
  readonly nodes: readonly NodeLayout[];
  readonly zookeeper: readonly Host[];
  readonly ceph: Host | undefined;
  /** `address:2181,…`; empty without ZooKeeper. */
  readonly connect: string;
  /** Where its configuration and data lie, inside. */
  readonly directory: string;
}

/**
 * Names and addresses. Cluster c (from 1) has 198.18.c.0: Ceph at .10, ZooKeeper at .21 to .23, node n at .(100+n) and
 * its BMC at .(200+n) for the first 54 nodes; beyond that both lie in 198.19.c.0.
 */
export function layOut(description: Description): ClusterLayout[] {
  return description.clusters.map((cluster, index) => layOutCluster(cluster, index + 1));
}

function layOutCluster(description: ClusterDescription, c: number): ClusterLayout {
  const { name } = description;
  const host = (kind: Host['kind'], suffix: string, last: number): Host => ({
    name: `${name}${suffix}`,
    kind,
    cluster: name,
    address: `198.18.${c}.${last}`,
  });
  const zookeeper = Array.from({ length: description.zookeeper }, (_, i) =>
    host('zookeeper', `-zk${i + 1}`, 21 + i),
  );
  const nodes = Array.from({ length: description.nodes }, (_, i): NodeLayout => {
    const n = i + 1;
    const [net, at] = n <= 54 ? ['198.18', n] : ['198.19', n - 54];
    return {
      name: `${name}${n}`,
      kind: 'node',
      cluster: name,
      address: `${net}.${c}.${100 + at}`,
      bmc: `${net}.${c}.${200 + at}`,
    };
  });
  return {
    name,
    description,
    nodes,
    zookeeper,
    ceph: description.ceph ? host('ceph', '-ceph', 10) : undefined,
    connect: zookeeper.map(({ address }) => `${address}:2181`).join(','),
    directory: `${INSIDE}/clusters/${name}`,
  };
}

/** Every host of a cluster. */
export function hostsOf(cluster: ClusterLayout): Host[] {
  return [...cluster.nodes, ...cluster.zookeeper, ...(cluster.ceph === undefined ? [] : [cluster.ceph])];
}
