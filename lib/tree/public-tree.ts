import type { Write } from '../ports/index.js';
import { INTEGER } from './codec.js';
import type { Reading } from './group.js';
import { createObject, decodeObject, encodeObject, keyPath, type TreeObject } from './object.js';
import { parsePath } from './parse.js';
import { type Problem, problemAt } from './problem.js';
import { subtree } from './subtree.js';

/** The schema of the public tree that this program writes. */
export const SCHEMA_VERSION = 15;

/** Whether the public tree may be written: a tree of another schema is left as it is. */
export type SchemaAccess =
  { readonly access: 'full' } | { readonly access: 'readonly'; readonly problem: Problem };

/** @param bytes the value of /schema/version, undefined when it is missing */
export function schemaAccess(bytes: Uint8Array | undefined): SchemaAccess {
  const path = keyPath('cluster', 'schemaVersion');
  const readonly = (found: string): SchemaAccess => ({
    access: 'readonly',
    problem: {
      ...problemAt(path, `schema ${SCHEMA_VERSION}`, found),
      remedy: `bring the tree to schema ${SCHEMA_VERSION} with the tools that made it; until then it is only read`,
    },
  });
  if (bytes === undefined) return readonly('nothing');
  const version = INTEGER.decode(bytes, path);
  if (!version.ok) return readonly(version.problem.found);
  return version.value === SCHEMA_VERSION ? { access: 'full' } : readonly(`schema ${version.value}`);
}

/** The whole public tree, and the paths that it does not know: they are left alone. */
export interface PublicTree {
  readonly cluster: Reading<TreeObject<'cluster'>>;
  readonly unknown: readonly string[];
}

/** Reads every object of the public tree. Documents of the Drover tree and lock contenders are passed over. */
export function decodeTree(entries: ReadonlyMap<string, Uint8Array>): PublicTree {
  return {
    cluster: decodeObject('cluster', {}, subtree(entries)),
    unknown: [...entries.keys()].filter((path) => parsePath(path).is === 'unknown'),
  };
}

/** The values of the public tree by path, parents first: what was read, byte for byte. */
export function encodeTree(tree: PublicTree): ReadonlyMap<string, Uint8Array> {
  return encodeObject('cluster', {}, tree.cluster);
}

/** Creates the base keys of an empty store, for one transaction. */
export function createTree(name: string): Write[] {
  return createObject('cluster', {}, { schemaVersion: SCHEMA_VERSION, name });
}
