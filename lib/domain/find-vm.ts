import { DroverError } from '../core/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import { objectPath, utf8, withoutContenders } from '../tree/index.js';

/** All VMs by UUID, with their names: the root values of `/domains`. */
export async function vmNames(store: Store, options?: CallOptions): Promise<ReadonlyMap<string, string>> {
  const uuids = withoutContenders((await store.children('/domains', options))?.names ?? []);
  const roots = await Promise.all(uuids.map((uuid) => store.read(objectPath('domain', { uuid }), options)));
  const names = new Map<string, string>();
  for (const [at, uuid] of uuids.entries()) {
    const root = roots[at];
    const name = root && utf8(root.data, root.path);
    if (name?.ok === true) names.set(uuid, name.value);
  }
  return names;
}

/** The UUID of a VM that is named by its UUID or its name. NOT_FOUND, or REFUSED when two have the name. */
export async function findVm(store: Store, vm: string, options?: CallOptions): Promise<string> {
  return uuidOf(await vmNames(store, options), vm);
}

/** The VMs that are named so, each once, with their names by UUID; `failed` is told of each wish that names none. */
export async function findVms(
  store: Store,
  wishes: readonly string[],
  failed: (wish: string, error: unknown) => void,
  options?: CallOptions,
): Promise<ReadonlyMap<string, string>> {
  const names = await vmNames(store, options);
  const found = new Map<string, string>();
  for (const wish of wishes)
    try {
      const uuid = uuidOf(names, wish);
      found.set(uuid, names.get(uuid) ?? wish);
    } catch (error) {
      failed(wish, error);
    }
  return found;
}

function uuidOf(names: ReadonlyMap<string, string>, vm: string): string {
  const uuid = vm.toLowerCase();
  if (names.has(uuid)) return uuid;
  const found = [...names].filter(([, name]) => name === vm).map(([its]) => its);
  const [first, second] = found;
  if (first === undefined)
    throw new DroverError('NOT_FOUND', { object: `VM '${vm}'`, reason: 'no VM has this name or UUID' });
  if (second === undefined) return first;
  throw new DroverError('REFUSED', {
    object: `VM '${vm}'`,
    reason: `${found.length} VMs have this name: ${found.join(', ')}`,
    remedy: 'name it by its UUID',
  });
}
