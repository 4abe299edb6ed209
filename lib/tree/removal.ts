import type { CallOptions, Store, Write } from '../ports/index.js';

/** The deletes of a path and everything below it, children first, each tied to the version that was read. */
export async function removalOf(
  store: Store,
  path: string,
  options?: CallOptions,
): Promise<readonly Write[]> {
  const [entry, children] = await Promise.all([store.read(path, options), store.children(path, options)]);
  if (entry === undefined) return [];
  const below = await Promise.all(
    (children?.names ?? []).map((name) => removalOf(store, `${path}/${name}`, options)),
  );
  return [...below.flat(), { op: 'delete', path, version: entry.stat.version }];
}
