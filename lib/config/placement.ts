import type { Complaint } from './complaint.js';
import { ipv4, ipv4Range, ipv4Text, isHostOf } from './ipv4.js';

export type NetworkName = 'cluster' | 'migration' | 'storage';

export const NETWORK_NAMES: readonly NetworkName[] = ['cluster', 'migration', 'storage'];

interface Network {
  readonly range?: string | undefined;
  readonly domain?: string | undefined;
}

/** What the address of a node follows from. */
export interface Addressing {
  readonly coordinators: Readonly<Record<string, string | undefined>>;
  readonly networks: Readonly<Partial<Record<NetworkName, Network | undefined>>>;
  /** As this node's own file says: a literal address or `by-id`. */
  readonly own: Readonly<Partial<Record<NetworkName, string | undefined>>>;
}

/** The number that ends a node's name (hv12: 12, the last run of digits), or undefined when it has none. */
export function nodeNumber(name: string): number | undefined {
  const digits = /(\d+)\D*$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The IP address that `name` has itself in a network, or undefined when the configuration does not say it (then its
 * host name does). In order: the node's own entry, its address among the coordinators, its place in the range.
 */
export function ownAddress(
  map: Addressing,
  name: string,
  network: NetworkName,
): string | Complaint | undefined {
  const own = map.own[network];
  if (own !== undefined && own !== 'by-id') return own;
  const settled = map.networks[network];
  if (network !== 'cluster' && own === undefined && isUnset(settled)) return ownAddress(map, name, 'cluster');
  const listed = map.coordinators[name];
  if (own === undefined && network === 'cluster' && listed !== undefined && ipv4(listed) !== undefined)
    return listed;
  if (own === undefined && settled?.range === undefined) return undefined;
  return byId(
    name,
    settled?.range,
    own === undefined ? ['networks', network, 'range'] : ['node', 'addresses', network],
  );
}

/** How other nodes reach `name` in a network: by the network's domain, its listed address, or its place in the range. */
export function hostOf(map: Addressing, name: string, network: NetworkName): string {
  const settled = map.networks[network];
  if (settled?.domain !== undefined) return `${name}.${settled.domain}`;
  if (network !== 'cluster' && isUnset(settled)) return hostOf(map, name, 'cluster');
  const listed = network === 'cluster' ? map.coordinators[name] : undefined;
  if (listed !== undefined) return listed;
  const computed = settled?.range === undefined ? undefined : byId(name, settled.range, []);
  return typeof computed === 'string' ? computed : name;
}

function isUnset(network: Network | undefined): boolean {
  return network?.range === undefined && network?.domain === undefined;
}

function byId(name: string, range: string | undefined, path: Complaint['path']): string | Complaint {
  const wrong = (reason: string, remedy: string): Complaint => ({ path, at: 'value', reason, remedy });
  const settled = range === undefined ? undefined : ipv4Range(range);
  if (settled === undefined) {
    return wrong('by-id needs the range of the network', 'add `range`, or write the address of the node');
  }
  const number = nodeNumber(name);
  if (number === undefined) {
    return wrong(
      `the node name "${name}" has no number to take an address by`,
      `write its address under node.addresses, in a file of its own for ${name}`,
    );
  }
  const address = settled.first + number;
  if (number === 0 || !isHostOf(settled, address)) {
    return wrong(
      `${range ?? ''} has no host number ${number} for the node "${name}"`,
      'widen the range, or write the address of the node under node.addresses',
    );
  }
  return ipv4Text(address);
}
