import { DroverError } from '../core/index.js';
import { conflictOf, type Store, type Write } from '../ports/index.js';
import {
  createObject,
  createTree,
  encodeKey,
  keyPath,
  publish,
  SCHEMA_VERSION,
  type TreeKey,
  type TreeValue,
} from '../tree/index.js';
import type { MachineKind } from './figures.js';

/** The release of the other system that our tree, API and mirrors stand for: its tools compare it. */
export const PVC_VERSION = '1.0.3';

export interface Registration {
  readonly node: string;
  readonly coordinator: boolean;
  readonly clusterName: string;
  readonly kind: MachineKind;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/**
 * Puts this node into the public tree: makes what is missing of the tree and of the node's keys, and brings what the daemon
 * says of itself up to date. What others wished for the node stays as it is.
 */
export async function registerNode(store: Store, registration: Registration): Promise<void> {
  const { node, coordinator, clusterName, kind, now } = registration;
  await createMissing(store, createTree(clusterName));
  const mode = coordinator ? 'coordinator' : 'hypervisor';
  await createMissing(store, newNode(node, coordinator, now));
  await report(store, node, {
    mode,
    daemonMode: mode,
    daemonState: 'init',
    activeSchema: SCHEMA_VERSION,
    latestSchema: SCHEMA_VERSION,
    staticData: kind,
    pvcVersion: PVC_VERSION,
  });
}

/**
 * Whether the tree has what {@link registerNode} makes: somebody may have deleted it, in part or as a whole. It is asked with
 * every beat, so by the lists of a few folders.
 */
export async function isRegistered(store: Store, node: string): Promise<boolean> {
  const folders = new Map<string, string[]>();
  for (const { path } of [...createTree(''), ...newNode(node, false, 0)]) {
    const at = path.lastIndexOf('/');
    const folder = path.slice(0, at) || '/';
    folders.set(folder, [...(folders.get(folder) ?? []), path.slice(at + 1)]);
  }
  const complete = await Promise.all(
    [...folders].map(async ([folder, expected]) => {
      const names = new Set((await store.children(folder))?.names);
      return expected.every((name) => names.has(name));
    }),
  );
  return complete.every(Boolean);
}

/** The keys of a node that nobody knows yet, parents first. */
function newNode(node: string, coordinator: boolean, now: number): readonly Write[] {
  return createObject(
    'node',
    { node },
    {
      mode: coordinator ? 'coordinator' : 'hypervisor',
      daemonState: 'init',
      routerState: coordinator ? 'secondary' : 'client',
      domainState: 'flushed',
      keepalive: Math.floor(now / 1000),
      runningDomains: ['0'],
      networksCount: 0,
    },
  );
}

/** Makes keys of this node say what is. Equal values are not written. */
export function report(
  store: Store,
  node: string,
  values: { readonly [K in TreeKey<'node'>]?: TreeValue<'node', K> },
): Promise<readonly string[]> {
  const entries = Object.entries(values) as [TreeKey<'node'>, never][];
  return publish(
    store,
    new Map(entries.map(([key, value]) => [keyPath('node', key, { node }), encodeKey('node', key, value)])),
  );
}

const TRIES = 8;

/** Creates those of the keys that are not there, parents first, in one transaction: what stands stays as it is. */
async function createMissing(store: Store, writes: readonly Write[]): Promise<void> {
  for (let left = TRIES; left > 0; left -= 1) {
    await store.sync();
    const there = await Promise.all(writes.map(({ path }) => store.read(path)));
    const missing = writes.filter((_, index) => there[index] === undefined);
    if (missing.length === 0) return;
    try {
      await store.commit(missing);
      return;
    } catch (error) {
      // Another node makes the same, or somebody deletes it all just now.
      if (conflictOf(error) === undefined) throw error;
    }
  }
  throw new DroverError('STORE_CONFLICT', {
    object: writes[0]?.path ?? 'the tree',
    reason: `other writers were faster ${TRIES} times in a row`,
  });
}
