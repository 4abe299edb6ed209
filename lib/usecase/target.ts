import { DroverError } from '../core/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import {
  decodeKey,
  type DaemonState,
  keyPath,
  type NodeDomainState,
  type Selector,
  type TreeKey,
  type TreeValue,
  withoutContenders,
} from '../tree/index.js';

/** A node as whoever chooses a target sees it. Figures that it has not told, or that are garbage, are undefined. */
export interface NodeSeen {
  readonly name: string;
  readonly daemonState: DaemonState | undefined;
  readonly domainState: NodeDomainState | undefined;
  /** MiB, as the other sizes. */
  readonly memoryFree: number | undefined;
  readonly memoryUsed: number | undefined;
  readonly memoryProvisioned: number | undefined;
  readonly load: number | undefined;
  readonly vcpus: number | undefined;
  readonly vms: number | undefined;
}

/** How much a node is worth to a selector; more is better, and undefined is not at all. */
const WORTH: Readonly<Record<Selector, (node: NodeSeen) => number | undefined>> = {
  mem: ({ memoryFree }) => positive(memoryFree),
  memprov: ({ memoryUsed, memoryFree, memoryProvisioned }) =>
    memoryUsed === undefined || memoryFree === undefined || memoryProvisioned === undefined
      ? undefined
      : positive(memoryUsed + memoryFree - memoryProvisioned),
  load: ({ load }) => least(load),
  vcpus: ({ vcpus }) => least(vcpus),
  vms: ({ vms }) => least(vms),
};

/** Whether a node takes VMs. */
export function takesVms({ daemonState, domainState }: NodeSeen): boolean {
  return daemonState === 'run' && domainState === 'ready';
}

/**
 * The best node by a selector, the first by name among equals. Undefined when none takes VMs.
 *
 * @param limit the nodes that the VM may run on; none is all
 */
export function chooseTarget(
  nodes: readonly NodeSeen[],
  selector: Selector,
  { limit, not }: { readonly limit: readonly string[]; readonly not: string | undefined },
): string | undefined {
  let best: { readonly name: string; readonly worth: number } | undefined;
  for (const node of nodes) {
    const { name } = node;
    if (!takesVms(node) || name === not || (limit.length > 0 && !limit.includes(name))) continue;
    const worth = WORTH[selector](node);
    if (worth === undefined || (best !== undefined && worth <= best.worth)) continue;
    best = { name, worth };
  }
  return best?.name;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function least(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

/** All nodes, by name. */
export async function readNodes(store: Store, options?: CallOptions): Promise<readonly NodeSeen[]> {
  const names = withoutContenders((await store.children('/nodes', options))?.names ?? []);
  return await Promise.all(names.map((name) => readNode(store, name, options)));
}

async function readNode(store: Store, node: string, options?: CallOptions): Promise<NodeSeen> {
  const read = async <K extends TreeKey<'node'>>(key: K): Promise<TreeValue<'node', K> | undefined> => {
    const entry = await store.read(keyPath('node', key, { node }), options);
    const value = entry && decodeKey('node', key, entry.data, entry.path);
    return value?.ok === true ? value.value : undefined;
  };
  const [daemonState, domainState, memoryFree, memoryUsed, memoryProvisioned, load, vcpus, vms] =
    await Promise.all([
      read('daemonState'),
      read('domainState'),
      read('memoryFree'),
      read('memoryUsed'),
      read('memoryProvisioned'),
      read('cpuLoad'),
      read('vcpusAllocated'),
      read('domainsCount'),
    ]);
  return {
    name: node,
    daemonState,
    domainState,
    memoryFree,
    memoryUsed,
    memoryProvisioned,
    load: load?.number,
    vcpus,
    vms,
  };
}

/** How a target is chosen where the VM does not say. */
export async function clusterSelector(store: Store, options?: CallOptions): Promise<Selector> {
  const entry = await store.read(keyPath('cluster', 'targetSelector'), options);
  const value = entry && decodeKey('cluster', 'targetSelector', entry.data, entry.path);
  return (value?.ok === true ? value.value : undefined) ?? 'mem';
}

/** What decides where a VM may go. */
export interface TargetWish {
  /** Undefined: one is chosen. */
  readonly node: string | undefined;
  readonly limit: readonly string[];
  /** Undefined, null and `none`: the cluster's way. */
  readonly selector: Selector | 'none' | null | undefined;
  /** Where it is: never chosen. */
  readonly not?: string;
}

/**
 * The node that a VM goes to: the named one if there is such a node within the limit, else the best one. NOT_FOUND or
 * REFUSED say why none.
 */
export async function targetFor(
  store: Store,
  vm: string,
  wish: TargetWish,
  options?: CallOptions,
): Promise<NodeSeen> {
  const [nodes, ofCluster] = await Promise.all([readNodes(store, options), clusterSelector(store, options)]);
  const refused = (reason: string, remedy: string) =>
    new DroverError('REFUSED', { object: `VM '${vm}'`, reason, remedy });
  if (wish.node !== undefined) {
    const node = nodes.find(({ name }) => name === wish.node);
    if (node === undefined) throw noSuchNode(wish.node);
    if (wish.limit.length > 0 && !wish.limit.includes(node.name))
      throw refused(
        `it may run on ${wish.limit.join(', ')} only, and ${node.name} is none of them`,
        'choose one of them, or change its limit',
      );
    return node;
  }
  const selector = wish.selector === 'none' ? ofCluster : (wish.selector ?? ofCluster);
  const name = chooseTarget(nodes, selector, { limit: wish.limit, not: wish.not });
  const chosen = nodes.find((node) => node.name === name);
  if (chosen !== undefined) return chosen;
  const where = wish.limit.length > 0 ? `of ${wish.limit.join(', ')}` : 'of the cluster';
  throw refused(
    `no other node ${where} takes VMs and has room by the selector ${selector}`,
    'name a node, or make one ready',
  );
}

export function noSuchNode(node: string): DroverError {
  return new DroverError('NOT_FOUND', { object: `node '${node}'`, reason: 'the cluster has no such node' });
}
