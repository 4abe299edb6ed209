import { DroverError } from '../core/index.js';
import type { CallOptions, Store, Write } from '../ports/index.js';
import {
  decodeKey,
  documentPath,
  keyPath,
  readKeys,
  tryReadRecord,
  type VmState,
  withoutContenders,
  writeRecord,
} from '../tree/index.js';
import { memoryOf, type NodeSeen, readNodes } from './placement.js';

/** The nodes with what is on its way to them: what a VM is given to a node from. */
export interface Places {
  readonly nodes: readonly NodeSeen[];
  /** Node → MiB of the VMs that are given to it to run and that its figures do not show yet. */
  readonly reserved: ReadonlyMap<string, number>;
  /** The record of the latest placement, read before everything else; undefined when there was none yet. */
  readonly latest: { readonly version: number } | undefined;
}

const MOVING: ReadonlySet<VmState> = new Set(['migrate', 'migrate-live', 'unmigrate']);
const WANTED: ReadonlySet<VmState> = new Set(['start', 'restart']);

/**
 * Reads the nodes, and what is reserved on them.
 *
 * @param vm the UUID of the VM that is to be placed: it takes nothing from itself
 */
export async function readPlaces(
  store: Store,
  vm: string | undefined,
  options?: CallOptions,
): Promise<Places> {
  // First of all: whoever places a VM after this makes our own write fail.
  const latest = await tryReadRecord(store, 'placement', documentPath('placement'), options);
  const [nodes, uuids] = await Promise.all([readNodes(store, options), store.children('/domains', options)]);
  const shown = await shownOf(store, nodes, options);
  const reserved = new Map<string, number>();
  const others = withoutContenders(uuids?.names ?? []).filter((uuid) => uuid !== vm);
  await Promise.all(
    others.map(async (uuid) => {
      const coming = await comingOf(store, uuid, shown, options);
      if (coming !== undefined) reserved.set(coming.node, (reserved.get(coming.node) ?? 0) + coming.memory);
    }),
  );
  return { nodes, reserved, latest };
}

/**
 * The write by which two that place VMs at once learn of each other: it belongs into the transaction that gives a VM to a
 * node to run, and fails when another was placed since `places` was read.
 */
export function placementWrite(
  { latest }: Places,
  placed: { readonly vm: string; readonly node: string; readonly at: number },
): Write {
  return writeRecord('placement', documentPath('placement'), placed, latest);
}

/** MiB that a node has left for another VM; undefined when it does not tell. */
export function roomOn({ nodes, reserved }: Places, name: string): number | undefined {
  const free = nodes.find((node) => node.name === name)?.memoryFree;
  return free === undefined ? undefined : Math.max(0, free - (reserved.get(name) ?? 0));
}

/** REFUSED, with the figures, when it is known that the node has not so many MiB left. */
export function refuseWithoutRoom(
  places: Places,
  { name, memory }: { readonly name: string; readonly memory: number | undefined },
  node: string,
  remedy: string,
): void {
  const room = roomOn(places, node);
  if (room === undefined || memory === undefined || memory <= room) return;
  const coming = places.reserved.get(node) ?? 0;
  const beside = coming === 0 ? '' : ` besides the ${coming} MiB of VMs on their way there`;
  throw new DroverError('REFUSED', {
    object: `VM '${name}'`,
    reason: `it needs ${memory} MiB, and ${node} has ${room} MiB free${beside}`,
    remedy,
  });
}

/** What the figures of a node show: which VMs it runs, and when it told them, as the store counts. */
interface Shown {
  readonly running: ReadonlySet<string>;
  readonly toldAt: bigint;
}

async function shownOf(
  store: Store,
  nodes: readonly NodeSeen[],
  options: CallOptions | undefined,
): Promise<ReadonlyMap<string, Shown>> {
  const shown = await Promise.all(
    nodes.map(async ({ name: node }) => {
      const [keys, beat] = await Promise.all([
        readKeys(store, 'node', { node }, ['runningDomains'], options),
        // Each time that it tells its figures it writes this first.
        store.read(keyPath('node', 'keepalive', { node }), options),
      ]);
      const running = new Set(keys.sound('runningDomains'));
      return [node, { running, toldAt: beat?.stat.mzxid ?? 0n }] as const;
    }),
  );
  return new Map(shown);
}

/** Where a VM is on its way to, and its MiB; undefined when it is not, or when nobody can tell. */
async function comingOf(
  store: Store,
  uuid: string,
  shown: ReadonlyMap<string, Shown>,
  options: CallOptions | undefined,
): Promise<{ readonly node: string; readonly memory: number } | undefined> {
  const entry = await store.read(keyPath('domain', 'state', { uuid }), options);
  const state = entry && decodeKey('domain', 'state', entry.data, entry.path);
  if (state?.ok !== true || !(MOVING.has(state.value) || WANTED.has(state.value))) return undefined;
  const keys = await readKeys(store, 'domain', { uuid }, ['node', 'xml'], options);
  const node = keys.sound('node');
  if (node === undefined) return undefined;
  const figures = shown.get(node);
  // One that arrives writes `start`: what the node tells after that shows all of its memory.
  const told =
    WANTED.has(state.value) &&
    figures?.running.has(uuid) === true &&
    (entry?.stat.mzxid ?? 0n) < figures.toldAt;
  return told ? undefined : { node, memory: memoryOf(keys.sound('xml') ?? '') ?? 0 };
}
