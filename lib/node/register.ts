import { conflictOf, type Store } from '../ports/index.js';
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
 * Puts this node into the public tree: makes the tree if the store is empty, makes the node's keys in one transaction if
 * it is new, else brings what the daemon says of itself up to date. What others wished for the node stays as it is.
 */
export async function registerNode(store: Store, registration: Registration): Promise<void> {
  const { node, coordinator, clusterName, kind, now } = registration;
  await createUnlessThere(store, keyPath('cluster', 'schemaVersion'), () => createTree(clusterName));
  const mode = coordinator ? 'coordinator' : 'hypervisor';
  await createUnlessThere(store, keyPath('node', 'mode', { node }), () =>
    createObject(
      'node',
      { node },
      {
        mode,
        daemonState: 'init',
        routerState: coordinator ? 'secondary' : 'client',
        domainState: 'flushed',
        keepalive: Math.floor(now / 1000),
        runningDomains: ['0'],
        networksCount: 0,
      },
    ),
  );
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

/** Commits `make` when there is nothing at `path`; that somebody else was faster is fine. */
async function createUnlessThere(
  store: Store,
  path: string,
  make: () => Parameters<Store['commit']>[0],
): Promise<void> {
  await store.sync();
  if ((await store.read(path)) !== undefined) return;
  try {
    await store.commit(make());
  } catch (error) {
    if (conflictOf(error)?.why !== 'exists') throw error;
  }
}
