import { contenderOf } from './contender.js';

/** A piece of the tree as it was read: values by path, and the names of children without lock contenders. */
export interface Subtree {
  get(path: string): Uint8Array | undefined;
  /** Names of the children of `path`, sorted. */
  names(path: string): readonly string[];
}

/** A subtree of entries, in any order. The parents of an entry need not be among them. */
export function subtree(entries: Iterable<readonly [path: string, data: Uint8Array]>): Subtree {
  const values = new Map(entries);
  const children = new Map<string, string[]>();
  for (const path of [...values.keys()].sort()) {
    const at = path.lastIndexOf('/');
    const name = path.slice(at + 1);
    if (at < 0 || contenderOf(name) !== undefined) continue;
    const parent = path.slice(0, at);
    const names = children.get(parent);
    if (names === undefined) children.set(parent, [name]);
    else names.push(name);
  }
  return { get: (path) => values.get(path), names: (path) => children.get(path) ?? [] };
}
