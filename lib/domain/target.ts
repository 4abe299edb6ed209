import { DroverError } from '../core/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import type { Selector } from '../tree/index.js';
import { chooseTarget, clusterSelector, type NodeSeen } from './placement.js';
import { type Places, refuseWithoutRoom, roomOn } from './places.js';

/** What decides where a VM may go. */
export interface TargetWish {
  /** Undefined: one is chosen. */
  readonly node: string | undefined;
  readonly limit: readonly string[];
  /** Undefined, null and `none`: the cluster's way. */
  readonly selector: Selector | 'none' | null | undefined;
  /** Where it is: never chosen, and no memory is needed to stay there. */
  readonly not?: string;
  /** MiB that have to be free there; undefined when that is not known. */
  readonly memory?: number | undefined;
  /** A named node need not have the memory. */
  readonly force: boolean;
}

/**
 * The node that a VM goes to: the named one if there is such a node within the limit and with the memory, else the best one.
 * NOT_FOUND or REFUSED say why none.
 */
export async function targetFor(
  store: Store,
  vm: string,
  wish: TargetWish,
  places: Places,
  options?: CallOptions,
): Promise<NodeSeen> {
  const { nodes, reserved } = places;
  if (wish.node !== undefined) return namedTarget(places, vm, wish, wish.node);
  const ofCluster = await clusterSelector(store, options);
  const selector = wish.selector === 'none' ? ofCluster : (wish.selector ?? ofCluster);
  const need = { limit: wish.limit, not: wish.not, memory: wish.memory };
  const name = chooseTarget(nodes, selector, need, reserved);
  const chosen = nodes.find((node) => node.name === name);
  if (chosen !== undefined) return chosen;
  const where = wish.limit.length > 0 ? `of ${wish.limit.join(', ')}` : 'of the cluster';
  const free = nodes.map((node) => `${node.name} ${roomOn(places, node.name) ?? 'unknown'}`).join(', ');
  const needs = wish.memory === undefined ? '' : `; it needs ${wish.memory} MiB, and free are: ${free}`;
  throw refused(
    vm,
    `no other node ${where} takes VMs and has room by the selector ${selector}${needs}`,
    'name a node, make one ready, or free memory there',
  );
}

function namedTarget(
  places: Places,
  vm: string,
  { limit, memory, not, force }: TargetWish,
  wanted: string,
): NodeSeen {
  const node = places.nodes.find(({ name }) => name === wanted);
  if (node === undefined) throw noSuchNode(wanted);
  if (limit.length > 0 && !limit.includes(node.name))
    throw refused(
      vm,
      `it may run on ${limit.join(', ')} only, and ${node.name} is none of them`,
      'choose one of them, or change its limit',
    );
  if (!force && node.name !== not)
    refuseWithoutRoom(places, { name: vm, memory }, node.name, 'name another node, or give force');
  return node;
}

function refused(vm: string, reason: string, remedy: string): DroverError {
  return new DroverError('REFUSED', { object: `VM '${vm}'`, reason, remedy });
}

export function noSuchNode(node: string): DroverError {
  return new DroverError('NOT_FOUND', { object: `node '${node}'`, reason: 'the cluster has no such node' });
}
