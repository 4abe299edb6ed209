import { randomBytes, randomUUID } from 'node:crypto';
import type { ClusterLayout } from '../layout.js';

/** The same on every node: a migrated domain finds its secret on the other side. */
export const CEPH_SECRET_UUID = '6c1b2c34-9d0e-4d2a-8f6b-5f6e7a8b9c0d';
/** The pool of the guests' disks. */
export const POOL = 'vms';

const CAPABILITIES = {
  'mon.': { mon: 'allow *' },
  'client.admin': { mon: 'allow *', osd: 'allow *', mds: 'allow *', mgr: 'allow *' },
  'client.libvirt': { mon: 'profile rbd', osd: `profile rbd pool=${POOL}` },
  'mgr.x': { mon: 'allow profile mgr', osd: 'allow *', mds: 'allow *' },
  'osd.0': { mon: 'allow profile osd', mgr: 'allow profile osd', osd: 'allow *' },
} as const;
export type CephEntity = keyof typeof CAPABILITIES;
const ENTITIES = Object.keys(CAPABILITIES) as CephEntity[];

/** Identity and secrets of one Ceph cluster. */
export interface CephKeys {
  readonly fsid: string;
  readonly osdUuid: string;
  readonly secrets: Readonly<Record<CephEntity, string>>;
}

export function makeCephKeys(): CephKeys {
  const secrets = Object.fromEntries(ENTITIES.map((entity) => [entity, cephSecret()]));
  return { fsid: randomUUID(), osdUuid: randomUUID(), secrets: secrets as Record<CephEntity, string> };
}

/**
 * A cephx secret as `ceph-authtool --gen-print-key` prints it: base64 of le16 type (1, AES), le32 seconds and
 * le32 nanoseconds of its making, le16 length, 16 bytes.
 */
function cephSecret(): string {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(1, 0);
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 2);
  head.writeUInt16LE(16, 10);
  return Buffer.concat([head, randomBytes(16)]).toString('base64');
}

/** A keyring file with these entities (default: all), their secrets and capabilities. */
export function keyring(keys: CephKeys, entities: readonly CephEntity[] = ENTITIES): string {
  return entities
    .map((entity) => {
      const capabilities = Object.entries(CAPABILITIES[entity]).map(
        ([service, text]) => `\tcaps ${service} = "${text}"\n`,
      );
      return `[${entity}]\n\tkey = ${keys.secrets[entity]}\n${capabilities.join('')}`;
    })
    .join('');
}

/** The cluster's ceph.conf, the same for its daemons and its clients. */
export function cephConf(cluster: ClusterLayout, keys: CephKeys): string {
  const address = cluster.ceph?.address ?? '';
  const directory = `${cluster.directory}/ceph`;
  return `[global]
fsid = ${keys.fsid}
mon initial members = a
mon host = [v2:${address}:3300,v1:${address}:6789]
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail warn = 2
mon data avail crit = 1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd client watch timeout = 5
# The default of one second is felt in every step of the start.
paxos propose interval = 0.05
run dir = ${directory}

[mon]
mon data = ${directory}/mon
[mgr]
mgr data = ${directory}/mgr
[osd]
osd data = ${directory}/osd
osd objectstore = bluestore
bluestore block create = true
bluestore block size = ${cluster.description.osdGiB * 1024 ** 3}
public addr = ${address}
cluster addr = ${address}
`;
}
