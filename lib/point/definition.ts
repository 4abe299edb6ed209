import type { VmMeta } from '../../schemas/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import { readKeys, withoutContenders } from '../tree/index.js';

const KEYS = [
  'xml',
  'state',
  'node',
  'profile',
  'autostart',
  'migrationMethod',
  'migrationMaxDowntime',
  'nodeSelector',
  'nodeLimit',
] as const;

/** What a VM is at this moment, as far as a copy of it needs that. */
export interface Definition {
  readonly xml: string;
  readonly meta: VmMeta;
}

export async function readDefinition(store: Store, uuid: string, options?: CallOptions): Promise<Definition> {
  const [keys, tags] = await Promise.all([
    readKeys(store, 'domain', { uuid }, KEYS, options),
    readTags(store, uuid, options),
  ]);
  const given = {
    state: keys.value('state'),
    node: keys.value('node'),
    profile: keys.value('profile'),
    autostart: keys.value('autostart'),
    migrationMethod: keys.value('migrationMethod'),
    migrationMaxDowntime: keys.value('migrationMaxDowntime'),
    nodeSelector: keys.value('nodeSelector'),
    nodeLimit: keys.value('nodeLimit'),
  };
  const known = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { xml: keys.needed('xml'), meta: { ...Object.fromEntries(known), tags } };
}

/** The tags of a VM. One that cannot be read is one that it does not have. */
export async function readTags(
  store: Store,
  uuid: string,
  options?: CallOptions,
): Promise<readonly { readonly name: string; readonly protected: boolean }[]> {
  const children = await store.children(`/domains/${uuid}/tags`, options);
  return await Promise.all(
    withoutContenders(children?.names ?? []).map(async (tag) => {
      const keys = await readKeys(store, 'tag', { uuid, tag }, ['protected'], options);
      return { name: tag, protected: keys.value('protected') ?? false };
    }),
  );
}
