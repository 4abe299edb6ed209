import { LIMITS } from '../../lib/core/index.js';
import type { Inside } from '../inside.js';
import type { ClusterLayout, Host } from '../layout.js';
import { until } from '../wait.js';
import { type CephKeys, cephConf, keyring, POOL } from './ceph-files.js';
import type { Part } from './part.js';

/** What the commands of a Ceph client need to find the cluster, on its Ceph host. */
export function cephEnvironment(cluster: ClusterLayout): Record<string, string> {
  return {
    CEPH_CONF: `${cluster.directory}/ceph.conf`,
    CEPH_KEYRING: `${cluster.directory}/ceph.client.admin.keyring`,
  };
}

export function cephFiles(cluster: ClusterLayout, keys: CephKeys): Record<string, string> {
  const { directory } = cluster;
  return {
    [`${directory}/ceph.conf`]: cephConf(cluster, keys),
    [`${directory}/ceph.client.admin.keyring`]: keyring(keys, ['client.admin']),
    // The monitor takes all of these into its store when it is made: none has to be added later.
    [`${directory}/ceph/all.keyring`]: keyring(keys),
    [`${directory}/ceph/osd/keyring`]: keyring(keys, ['osd.0']),
    [`${directory}/ceph/mgr/keyring`]: keyring(keys, ['mgr.x']),
  };
}

export function cephParts(cluster: ClusterLayout, host: Host): Part[] {
  const conf = `${cluster.directory}/ceph.conf`;
  const part = (name: string, program: string, id: string): Part => ({
    name: `${cluster.name}-${name}`,
    host: host.name,
    node: undefined,
    command: [program, '-f', '-i', id, '-c', conf, '--log-to-file=false', '--log-to-stderr=true'],
  });
  const parts = [part('mon', 'ceph-mon', 'a'), part('osd', 'ceph-osd', '0')];
  return cluster.description.mgr ? [...parts, part('mgr', 'ceph-mgr', 'x')] : parts;
}

/** Makes and starts monitor, OSD and manager; returns when the pool takes images. */
export async function startCeph(
  cluster: ClusterLayout,
  host: Host,
  keys: CephKeys,
  inside: Inside,
  start: (part: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const env = cephEnvironment(cluster);
  const run = (...command: string[]) => inside.run(host.name, command, { env, signal });
  const conf = `${cluster.directory}/ceph.conf`;
  const directory = `${cluster.directory}/ceph`;

  const monitor = async () => {
    const map = `${directory}/monmap`;
    const addresses = `[v2:${host.address}:3300,v1:${host.address}:6789]`;
    await run('monmaptool', '--create', '--fsid', keys.fsid, '--addv', 'a', addresses, map);
    const mkfs = ['ceph-mon', '--mkfs', '-i', 'a', '-c', conf, '--monmap', map];
    await run(...mkfs, '--keyring', `${directory}/all.keyring`);
    await start(`${cluster.name}-mon`);
    await until(`the monitor of ${cluster.name}`, { limitMs: LIMITS.cephCallMs, signal }, async () => {
      await run('ceph', '--connect-timeout', '3', 'osd', 'new', keys.osdUuid);
      return true;
    });
  };
  const mkfs = ['ceph-osd', '--mkfs', '-i', '0', '-c', conf, '--no-mon-config'];
  const ends = await Promise.allSettled([monitor(), run(...mkfs, '--osd-uuid', keys.osdUuid)]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
  await start(`${cluster.name}-osd`);
  if (cluster.description.mgr) await start(`${cluster.name}-mgr`);
  // Earlier, the first client of the pool would sit out a 5 s tick.
  await until(`the OSD of ${cluster.name}`, { limitMs: LIMITS.cephCallMs, signal }, async () => {
    const { stdout } = await run('ceph', 'osd', 'stat', '--format', 'json');
    return (JSON.parse(stdout) as { num_up_osds: number }).num_up_osds === 1;
  });
  await run('ceph', 'osd', 'pool', 'create', POOL, '8');
  await run('rbd', 'pool', 'init', POOL);
}
