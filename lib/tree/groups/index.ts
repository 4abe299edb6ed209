import type { AnyGroup, Key } from '../group.js';
import { CLUSTER } from './cluster.js';
import { DOMAIN, TAG, VM_SNAPSHOT } from './domain.js';
import { FAULT, LOG } from './fault.js';
import { LEASE, NETWORK, RESERVATION, RULE_IN, RULE_OUT } from './network.js';
import { MONITORING, NODE, SRIOV_PF, SRIOV_VF } from './node.js';
import {
  OSD,
  POOL,
  POOL_SNAPSHOTS,
  POOL_VOLUMES,
  VOLUME,
  VOLUME_SNAPSHOT,
  VOLUME_SNAPSHOTS,
} from './storage.js';

/** Every kind of object of the public tree: schema 15, whole. */
export const GROUPS = {
  cluster: CLUSTER,
  node: NODE,
  monitoring: MONITORING,
  'sriov-pf': SRIOV_PF,
  'sriov-vf': SRIOV_VF,
  domain: DOMAIN,
  tag: TAG,
  'vm-snapshot': VM_SNAPSHOT,
  network: NETWORK,
  reservation: RESERVATION,
  lease: LEASE,
  'rule-in': RULE_IN,
  'rule-out': RULE_OUT,
  osd: OSD,
  pool: POOL,
  'pool-volumes': POOL_VOLUMES,
  volume: VOLUME,
  'pool-snapshots': POOL_SNAPSHOTS,
  'volume-snapshots': VOLUME_SNAPSHOTS,
  'volume-snapshot': VOLUME_SNAPSHOT,
  fault: FAULT,
  log: LOG,
} as const;

export type Groups = typeof GROUPS;
export type GroupName = keyof Groups;

/** One key of the public tree, for what goes over all of them. */
export interface PublicKey extends Omit<Key<unknown>, 'at'> {
  readonly group: GroupName;
  readonly key: string;
  /** `/domains/{uuid}/state` */
  readonly pattern: string;
}

/** All keys of schema 15 that hold a value. */
export const PUBLIC_KEYS: readonly PublicKey[] = (Object.entries(GROUPS) as [GroupName, AnyGroup][]).flatMap(
  ([group, { pattern, keys }]) =>
    Object.entries(keys).map(([key, { at, ...rest }]) => ({ group, key, pattern: pattern + at, ...rest })),
);
