import { DroverError } from '../core/index.js';
import type { Configuration } from './configuration.js';
import { hostOf, type NetworkName, nodeNumber, ownAddress } from './placement.js';

/** One node, as the configuration says. */
export interface NodeIdentity {
  readonly name: string;
  readonly coordinator: boolean;
  /** Its own addresses; undefined where only its host name tells. */
  readonly addresses: Readonly<Record<NetworkName, string | undefined>>;
}

/**
 * The node that this machine is.
 *
 * @param hostName host name of the machine, short or with its domain; used when `node.name` is not set
 * @throws CONFIG_INVALID when an address of this node cannot be told
 */
export function nodeOf(config: Configuration, hostName: string): NodeIdentity {
  const name = config.node.name ?? hostName.split('.')[0] ?? hostName;
  const addressing = {
    coordinators: config.cluster.coordinators,
    networks: config.networks,
    own: config.node.addresses,
  };
  const address = (network: NetworkName): string | undefined => {
    const found = ownAddress(addressing, name, network);
    if (found === undefined || typeof found === 'string') return found;
    throw new DroverError('CONFIG_INVALID', {
      object: found.path.join('.'),
      reason: found.reason,
      remedy: found.remedy,
    });
  };
  return {
    name,
    coordinator: Object.hasOwn(config.cluster.coordinators, name),
    addresses: { cluster: address('cluster'), migration: address('migration'), storage: address('storage') },
  };
}

/** The host name or address by which this cluster's nodes reach `name` in a network. */
export function nodeHost(config: Configuration, name: string, network: NetworkName): string {
  const { cluster, networks } = config;
  return hostOf({ coordinators: cluster.coordinators, networks, own: {} }, name, network);
}

/** The management controller of a node; undefined when the configuration has none for it. */
export function controllerOf(config: Configuration, name: string): string | undefined {
  const ipmi = config.fencing.ipmi;
  if (ipmi === undefined) return undefined;
  const single = Object.hasOwn(ipmi.hostnames, name) ? ipmi.hostnames[name] : undefined;
  if (single !== undefined || ipmi.hostname === undefined) return single;
  const number = nodeNumber(name);
  if (ipmi.hostname.includes('{node_id}') && number === undefined) return undefined;
  return ipmi.hostname.replaceAll('{node}', name).replaceAll('{node_id}', String(number));
}
