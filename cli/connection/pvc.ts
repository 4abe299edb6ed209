import { LOCAL } from './local.js';
import { connectionOf, jsonOf, objectOf, type StoredConnection } from './store.js';

/**
 * The connections in the store file of PVC's command, without its own `local`; undefined when it is no such file. An
 * entry that cannot be one is named in `unusable`.
 */
export function pvcConnections(
  text: string,
):
  | { readonly found: ReadonlyMap<string, StoredConnection>; readonly unusable: readonly string[] }
  | undefined {
  const file = objectOf(jsonOf(text));
  if (file === undefined) return undefined;
  const found = new Map<string, StoredConnection>();
  const unusable: string[] = [];
  for (const [name, value] of Object.entries(file)) {
    const entry = objectOf(value);
    if (name === LOCAL || entry?.['cfgfile'] !== undefined) continue;
    const connection = connectionOf({ ...entry, port: Number(entry?.['port']), token: entry?.['api_key'] });
    if (connection === undefined) unusable.push(name);
    else found.set(name, connection);
  }
  return { found, unusable };
}
