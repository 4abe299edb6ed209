import { DroverError } from '../core/index.js';

/**
 * The key of a user in a keyring as Ceph's tools write it: `[client.NAME]`, then `key = BASE64` and capabilities, each on a
 * line. CONFIG_INVALID names the file and never what is in it.
 */
export function keyIn(text: string, user: string, file: string): string {
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[\s*([^\]]+?)\s*\]\s*$/.exec(line)?.[1] ?? section;
    const key = /^\s*key\s*=\s*"?([A-Za-z0-9+/]+={0,2})"?\s*$/.exec(line)?.[1];
    if (section === `client.${user}` && key !== undefined) return key;
  }
  throw new DroverError('CONFIG_INVALID', {
    object: file,
    reason: `it has no key of client.${user}`,
    remedy: `write its keyring there (ceph auth get client.${user} -o ${file}), or name another user by ceph.user`,
  });
}
