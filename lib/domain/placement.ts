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
import { attribute, element, parseXml, textIn } from '../xml/index.js';

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

/** What a VM needs of the node that it goes to. */
export interface Need {
  /** The nodes that it may run on; none is all. */
  readonly limit: readonly string[];
  /** Where it is: never chosen. */
  readonly not: string | undefined;
  /** MiB that have to be free there; undefined when that is not known. */
  readonly memory?: number | undefined;
}

/**
 * The best node by a selector, the first by name among equals. Undefined when none takes VMs and has the memory.
 *
 * @param reserved node → MiB of VMs that are on their way there and that its figures do not show yet
 */
export function chooseTarget(
  nodes: readonly NodeSeen[],
  selector: Selector,
  { limit, not, memory = 0 }: Need,
  reserved: ReadonlyMap<string, number> = new Map(),
): string | undefined {
  let best: { readonly name: string; readonly worth: number } | undefined;
  for (const seen of nodes) {
    const { name } = seen;
    const node = without(seen, reserved.get(name) ?? 0);
    if (!takesVms(node) || name === not || (limit.length > 0 && !limit.includes(name))) continue;
    if (node.memoryFree !== undefined && node.memoryFree < memory) continue;
    const worth = WORTH[selector](node);
    if (worth === undefined || (best !== undefined && worth <= best.worth)) continue;
    best = { name, worth };
  }
  return best?.name;
}

/** The node as it will be with so much of its memory taken by what is on its way there. */
function without(node: NodeSeen, reserved: number): NodeSeen {
  if (reserved === 0) return node;
  const { memoryFree, memoryProvisioned, memoryUsed } = node;
  return {
    ...node,
    memoryFree: memoryFree && memoryFree - reserved,
    memoryUsed: memoryUsed && memoryUsed + reserved,
    memoryProvisioned: memoryProvisioned && memoryProvisioned + reserved,
  };
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ b: 1, bytes: 1, KB: 1e3, k: 1024, KiB: 1024, MB: 1e6, M: 1024 ** 2, MiB: 1024 ** 2 },
  ...{ GB: 1e9, G: 1024 ** 3, GiB: 1024 ** 3, TB: 1e12, T: 1024 ** 4, TiB: 1024 ** 4 },
};

/** The memory of a definition in MiB, rounded up; undefined when it cannot be told. KiB unless it says otherwise. */
export function memoryOf(xml: string): number | undefined {
  const memory = element(parseXml(xml), 'memory');
  const bytes = Number(textIn(memory)) * (UNITS[attribute(memory, 'unit') ?? 'KiB'] ?? NaN);
  return Number.isFinite(bytes) && bytes > 0 ? Math.ceil(bytes / 1024 ** 2) : undefined;
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
