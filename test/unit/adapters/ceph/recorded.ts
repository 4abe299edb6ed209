// Recorded from Ceph 16.2.15.

export const INFO =
  '{"name":"a.b-c_007","id":"1019abc40da0","size":67108864,"objects":16,"order":22,"object_size":4194304,"snapshot_count":0,"block_name_prefix":"rbd_data.1019abc40da0","format":2,"features":["layering","exclusive-lock","object-map","fast-diff","deep-flatten"],"op_features":[],"flags":[],"create_timestamp":"Sun Nov 22 10:47:02 2026","access_timestamp":"Sun Nov 22 10:47:02 2026","modify_timestamp":"Sun Nov 22 10:47:02 2026"}\n';
export const NO_WATCHERS = '{"watchers":[]}\n';
/** The second is of the kernel's client, whose cookies use all 64 bits. */
export const WATCHERS =
  '{"watchers":[{"address":"198.18.1.101:0/4077125","client":4247,"cookie":139684550283952},{"address":"198.18.1.102:0/7","client":4265,"cookie":18446462598732840961}]}\n';
export const TRASH =
  '[{"id":"1039a2cc555f","name":"copy","source":"USER","deleted_at":"Sun Nov 22 10:47:04 2026","status":"expired at Sun Nov 22 10:47:14 2026"},{"id":"1019abc40da0","name":"007","source":"USER","deleted_at":"Sun Nov  1 10:47:57 2026","status":"protected until Sun Nov  1 11:47:57 2026"}]\n';
/** Two documents in one answer: clients, then ranges. */
export const BLOCKLIST =
  '\n[{"addr":"198.18.1.223:0/1234567","until":"2026-11-22T11:47:05.976419+0000"},{"addr":"198.18.1.222:0/0","until":"2026-11-22T11:47:05.636246+0000"}][]';
export const DF =
  '\n{"stats":{"total_bytes":3221225472,"total_avail_bytes":2916855808,"total_used_bytes":304369664,"total_used_raw_bytes":304369664,"total_used_raw_ratio":0.094488777220249176,"num_osds":1,"num_per_pool_osds":1,"num_per_pool_omap_osds":1},"stats_by_class":{"hdd":{"total_bytes":3221225472,"total_avail_bytes":2916855808,"total_used_bytes":304369664,"total_used_raw_bytes":304369664,"total_used_raw_ratio":0.094488777220249176}},"pools":[{"name":"vms","id":1,"stats":{"stored":127,"objects":8,"kb_used":20,"bytes_used":20480,"percent_used":7.4315585152362473e-06,"max_avail":2755794432}}]}\n';
export const HEALTH = '\n{"status":"HEALTH_OK","checks":{},"mutes":[]}';

export const MISSING_IMAGE = 'rbd: error opening image nope: (2) No such file or directory\n';
export const MISSING_POOL = "rbd: error opening pool 'nopool': (2) No such file or directory\n";
export const NO_KEYRING = `2026-11-22T10:47:52.406+0000 7fe4a7c91380 -1 auth: unable to find a keyring on /etc/ceph/ceph.client.nobody.keyring,/etc/ceph/ceph.keyring,/etc/ceph/keyring,/etc/ceph/keyring.bin,: (2) No such file or directory

2026-11-22T10:47:52.410+0000 7fe4a7c91380 -1 AuthRegistry(0x7fff6f51cd40) no keyring found at /etc/ceph/ceph.client.nobody.keyring,/etc/ceph/ceph.keyring,/etc/ceph/keyring,/etc/ceph/keyring.bin,, disabling cephx

rbd: couldn't connect to the cluster!
`;
export const NO_MONITOR = `2026-11-22T10:48:01.006+0000 7f8fdc0a6380  0 monclient(hunting): authenticate timed out after 3

rbd: couldn't connect to the cluster!
`;
export const EXISTS = `2026-11-22T10:47:03.138+0000 7efcb3698380 -1 librbd: rbd image a.b-c_007 already exists

rbd: create error: (17) File exists
`;
/** librbd logs into the middle of the line that the program is writing. */
export const SHUT_OUT = `2026-11-22T10:55:54.666+0000 7f8326ffd6c0 -1 librbd::image::OpenRequest: failed to stat v2 image header: (108) Cannot send after transport endpoint shutdown
rbd: error opening image vm12026-11-22T10:55:54.666+0000 7f83277fe6c0 -1 librbd::ImageState: 0x55e52bd457a0 failed to open image: (108) Cannot send after transport endpoint shutdown
: (108) Cannot send after transport endpoint shutdown
`;
export const SHRINK = 'rbd: shrinking an image is only allowed with the --allow-shrink flag\n';
export const SAME_SIZE = 'rbd: new size is equal to original size \n';
export const NOT_IN_TRASH = `2026-11-22T10:47:51.882+0000 7f5122e8d380 -1 librbd::api::Trash: restore: error getting image id 1039a2cc555f info from trash: (2) No such file or directory

rbd: error: image does not exist in trash
`;
export const CEPH_NO_KEYRING = '[errno 2] RADOS object not found (error connecting to the cluster)\n';
export const CEPH_TIMED_OUT = '[errno 110] RADOS timed out (error connecting to the cluster)\n';
export const CEPH_DENIED = 'Error EACCES: access denied\n';
