import { X509Certificate } from 'node:crypto';
import type { Connection } from '../../lib/client/index.js';
import { CONFIG_FILE, loadConfiguration, nodeHost, requireConfiguration } from '../../lib/config/index.js';
import { DroverError, messageOf } from '../../lib/core/index.js';
import type { World } from '../world.js';

export const LOCAL = 'local';

/** Where the configuration of a cluster may be, ours before PVC's. */
const CONFIG_FILES = [CONFIG_FILE, '/etc/pvc/pvc.conf'] as const;

/** The configuration of the cluster that this machine is of; undefined when it is of none. */
export async function localConfig(world: World): Promise<string | undefined> {
  for (const path of CONFIG_FILES) if (await isThere(world, path)) return path;
  return undefined;
}

/** One that this user may not read is there all the same: using it says why it cannot be used. */
async function isThere(world: World, path: string): Promise<boolean> {
  try {
    return (await world.files.read(path)) !== undefined;
  } catch (error) {
    world.err(`drover: ${messageOf(error)}\n`);
    return true;
  }
}

/**
 * Where the API of this machine's cluster may be, in the order to try: its published address; else this machine, then
 * the coordinators, since only the primary serves it.
 */
export async function localConnections(world: World, path: string): Promise<readonly Connection[]> {
  const config = requireConfiguration(await loadConfiguration(world.files, path), path);
  const { api } = config;
  if (!api.enabled)
    throw new DroverError('REFUSED', {
      object: `connection ${LOCAL}`,
      reason: `${path} turns the API off`,
      remedy: 'set api.enabled, or name another connection',
    });
  const token = api.tokens.find(({ scopes }) => scopes.includes('admin')) ?? api.tokens[0];
  const common = {
    port: api.port,
    ...(token === undefined || api.authentication === 'off'
      ? {}
      : { token: await token.token.reveal(world.files) }),
    ...(api.tls === undefined ? { scheme: 'http' as const } : await trusting(world, api.tls.certificate)),
  };
  const here = WILDCARDS.has(api.listen) ? '127.0.0.1' : api.listen;
  const coordinators = Object.keys(config.cluster.coordinators).map((node) =>
    nodeHost(config, node, 'cluster'),
  );
  const published = api.publishedAddress?.split('/')[0];
  const hosts = published === undefined ? new Set([here, ...coordinators]) : [published];
  return [...hosts].map((host) => ({ host, ...common }));
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/** Trusts the very certificate that the configuration names, for the first name in it. */
async function trusting(world: World, path: string) {
  const bytes = await world.files.read(path);
  if (bytes === undefined)
    throw new DroverError('CONFIG_INVALID', { object: path, reason: 'there is no such certificate' });
  const ca = new TextDecoder().decode(bytes);
  const name = /DNS:([^,\s]+)/.exec(new X509Certificate(ca).subjectAltName ?? '')?.[1];
  return { scheme: 'https' as const, ca, ...(name === undefined ? {} : { serverName: name }) };
}
