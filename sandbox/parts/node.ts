import type { ClusterLayout, NodeLayout } from '../layout.js';
import { INSIDE } from '../layout.js';
import { CEPH_SECRET_UUID, type CephKeys, cephConf, keyring } from './ceph-files.js';
import type { Part } from './part.js';

/** The programs of a node, in the order in which its PID 1 starts them. */
export function nodeParts(node: NodeLayout): Part[] {
  const part = (name: string, command: readonly string[]): Part => ({
    name: `${node.name}-${name}`,
    host: node.name,
    node: node.name,
    command,
  });
  return [part('virtlogd', ['virtlogd']), part('libvirtd', ['libvirtd', '-l'])];
}

/** Files of a node, by path inside; `etc/` is what it sees as /etc. */
export function nodeFiles(
  cluster: ClusterLayout,
  node: NodeLayout,
  hostUuid: string,
  keys: CephKeys | undefined,
): Record<string, string> {
  const directory = `${INSIDE}/nodes/${node.name}`;
  const libvirt = `${directory}/etc/libvirt`;
  return {
    [`${directory}/parts`]: nodeParts(node)
      .map(({ name }) => `${name}\n`)
      .join(''),
    [`${directory}/etc/hostname`]: `${node.name}\n`,
    [`${libvirt}/libvirtd.conf`]: `host_uuid = "${hostUuid}"
auth_unix_rw = "none"
auth_unix_ro = "none"
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
listen_addr = "${node.address}"
log_filters = "3:qemu 3:util 3:rpc"
log_outputs = "3:stderr"
`,
    // No security driver, no cgroups, no namespaces: none of them can be had in here, and none matters.
    [`${libvirt}/qemu.conf`]: `user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = [ ]
cgroup_controllers = [ ]
migration_host = "${node.address}"
`,
    [`${libvirt}/virtlogd.conf`]: 'log_level = 3\nmax_size = 67108864\n',
    ...(keys === undefined ? {} : cephClientFiles(cluster, directory, keys)),
  };
}

function cephClientFiles(cluster: ClusterLayout, directory: string, keys: CephKeys): Record<string, string> {
  const secrets = `${directory}/etc/libvirt/secrets/${CEPH_SECRET_UUID}`;
  return {
    [`${directory}/etc/ceph/ceph.conf`]: cephConf(cluster, keys),
    [`${directory}/etc/ceph/ceph.client.admin.keyring`]: keyring(keys, ['client.admin']),
    [`${directory}/etc/ceph/ceph.client.libvirt.keyring`]: keyring(keys, ['client.libvirt']),
    [`${secrets}.xml`]: `<secret ephemeral='no' private='yes'>
  <uuid>${CEPH_SECRET_UUID}</uuid>
  <usage type='ceph'><name>client.libvirt secret</name></usage>
</secret>
`,
    // Read by libvirtd at its start, as `virsh secret-set-value` would have left it: without a newline.
    [`${secrets}.base64`]: keys.secrets['client.libvirt'],
  };
}
