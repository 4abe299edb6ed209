import { EMPTY, INTEGER, JSON_OBJECT, LOWER_BOOLEAN, TEXT, unset } from '../codec.js';
import { NODE_NAME, SELECTOR } from '../forms.js';
import { group, key, must } from '../group.js';
import { DOMAIN } from './domain.js';
import { FAULT, LOG } from './fault.js';
import { NETWORK } from './network.js';
import { NODE } from './node.js';
import { OSD, POOL, POOL_SNAPSHOTS, POOL_VOLUMES } from './storage.js';

/** The whole public tree: the base keys and every object. */
export const CLUSTER = group(
  '',
  {
    schema: key('/schema', EMPTY),
    schemaVersion: must('/schema/version', INTEGER),
    name: key('/config', TEXT),
    maintenance: key('/config/maintenance', unset(LOWER_BOOLEAN)),
    fenceLock: key('/config/fence_lock', EMPTY),
    /** A node, `none` while a new one is being found, or nothing before the first one. */
    primaryNode: key('/config/primary_node', unset(NODE_NAME)),
    primarySyncLock: key('/config/primary_node/sync_lock', EMPTY),
    /** The floating address with its mask: `10.0.0.250/24`. */
    upstreamAddress: key('/config/upstream_ip', TEXT),
    targetSelector: key('/config/migration_target_selector', unset(SELECTOR)),
    cephStatus: key('/ceph', TEXT),
    cephHealth: key('/ceph/health', unset(JSON_OBJECT)),
    cephUtilization: key('/ceph/util', TEXT),
  },
  {
    nodes: NODE,
    domains: DOMAIN,
    networks: NETWORK,
    faults: FAULT,
    logs: LOG,
    osds: OSD,
    pools: POOL,
    volumePools: POOL_VOLUMES,
    snapshotPools: POOL_SNAPSHOTS,
  },
);
