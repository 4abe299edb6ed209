import { BOOLEAN, EMPTY, INTEGER, JSON_OBJECT, oneOf, TEXT, unset } from '../codec.js';
import { group, key, must } from '../group.js';

export const OSD = group(
  '/ceph/osds/{osd}',
  {
    self: key('', EMPTY),
    node: key('/node', TEXT),
    device: key('/device', TEXT),
    dbDevice: key('/db_device', TEXT),
    fsid: key('/fsid', EMPTY),
    osdFsid: key('/fsid/osd', TEXT),
    clusterFsid: key('/fsid/cluster', TEXT),
    lvm: key('/lvm', EMPTY),
    volumeGroup: key('/lvm/vg', TEXT),
    logicalVolume: key('/lvm/lv', TEXT),
    split: key('/is_split', unset(BOOLEAN), 'False'),
    stats: key('/stats', unset(JSON_OBJECT)),
  },
  {},
);

export const POOL = group(
  '/ceph/pools/{pool}',
  {
    self: key('', EMPTY),
    pgs: key('/pgs', unset(INTEGER)),
    tier: key('/tier', unset(oneOf('default', 'hdd', 'ssd', 'nvme')), 'default'),
    stats: key('/stats', unset(JSON_OBJECT)),
  },
  {},
);

export const VOLUME = group(
  '/ceph/volumes/{pool}/{volume}',
  { self: key('', EMPTY), stats: must('/stats', JSON_OBJECT) },
  {},
);

/** The volumes of one pool: a folder only. */
export const POOL_VOLUMES = group('/ceph/volumes/{pool}', {}, { volumes: VOLUME });

export const VOLUME_SNAPSHOT = group(
  '/ceph/snapshots/{pool}/{volume}/{snapshot}',
  { self: key('', EMPTY), stats: must('/stats', JSON_OBJECT) },
  {},
);

/** The snapshots of one volume: a folder only. */
export const VOLUME_SNAPSHOTS = group('/ceph/snapshots/{pool}/{volume}', {}, { snapshots: VOLUME_SNAPSHOT });

/** The volumes of one pool that may have snapshots: a folder only. */
export const POOL_SNAPSHOTS = group('/ceph/snapshots/{pool}', {}, { volumes: VOLUME_SNAPSHOTS });
