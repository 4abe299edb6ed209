/**
 * Every key of PVC's `pvc.conf` (1.0, schema 15) and what becomes of it here. `*` stands for a name that the operator
 * chose, or for a place in a list.
 */
import {
  type Convert,
  everyPool,
  flag,
  lines,
  netmask,
  number,
  oneOf,
  seconds,
  text,
  texts,
} from './convert.js';

interface Taken {
  readonly key: string;
  /** The keys of ours that it decides. */
  readonly to: readonly [string, ...string[]];
  readonly as: Convert;
  /** True when its value goes in only together with others: see joins.ts. */
  readonly joined?: true;
  /** What is different here. */
  readonly but?: string;
}

interface Idle {
  readonly key: string;
  readonly why: string;
}

export type PvcKey = Taken | Idle;

const HOST_NETWORK = 'Drover does not configure the network of the host';
const GUEST_NETWORK = 'Drover does not manage guest networks: bridges must exist';
const DATABASE = 'Drover keeps tasks and results in ZooKeeper and needs no database';
const JOURNAL = 'the daemon writes JSON lines to its standard output, which the journal keeps';
const ONE_DAEMON = 'Drover is one daemon';
const WHEN_ENABLED = 'used when `enabled` beside it is true';
const NO_SRIOV = 'Drover does not manage SR-IOV';

const paths: readonly PvcKey[] = [
  {
    key: 'path.plugin_directory',
    why: 'plugins in Python are not run, and Drover has no health checks of a node yet',
  },
  { key: 'path.dynamic_directory', why: 'Drover keeps apart from the files of PVC: paths.run' },
  { key: 'path.system_log_directory', why: JOURNAL },
  { key: 'path.console_log_directory', to: ['paths.console_logs'], as: text },
  { key: 'path.ceph_directory', to: ['ceph.config_file', 'ceph.keyring_file'], as: text, joined: true },
];

const subsystems: readonly PvcKey[] = [
  {
    key: 'subsystem.enable_hypervisor',
    why: `${ONE_DAEMON}: a node that shall run no VMs is flushed instead`,
  },
  { key: 'subsystem.enable_networking', why: GUEST_NETWORK },
  { key: 'subsystem.enable_storage', why: `${ONE_DAEMON}, and Ceph is part of it` },
  { key: 'subsystem.enable_worker', why: `${ONE_DAEMON}: it starts its own workers` },
  { key: 'subsystem.enable_api', to: ['api.enabled'], as: flag },
  { key: 'subsystem.enable_prometheus', to: ['api.metrics'], as: flag },
];

function network(name: 'cluster' | 'storage'): PvcKey[] {
  const key = `cluster.networks.${name}`;
  return [
    { key: `${key}.domain`, to: [`networks.${name}.domain`], as: text },
    { key: `${key}.device`, why: HOST_NETWORK },
    { key: `${key}.mtu`, why: HOST_NETWORK },
    { key: `${key}.ipv4.network_address`, to: [`networks.${name}.range`], as: text, joined: true },
    { key: `${key}.ipv4.netmask`, to: [`networks.${name}.range`], as: netmask, joined: true },
    {
      key: `${key}.ipv4.floating_address`,
      why: `nothing in Drover needs a floating address in the ${name} network`,
    },
    { key: `${key}.ipv4.gateway_address`, why: HOST_NETWORK },
    { key: `${key}.ipv4.node_ip_selection`, to: [`node.addresses.${name}`], as: text },
  ];
}

const cluster: readonly PvcKey[] = [
  { key: 'cluster.name', to: ['cluster.name'], as: text },
  { key: 'cluster.all_nodes', why: 'nodes register themselves when their daemon starts, as with PVC' },
  {
    key: 'cluster.coordinator_nodes',
    to: ['cluster.coordinators', 'ceph.monitors'],
    as: texts,
    joined: true,
    but: 'each is reached by its name, and ZooKeeper at port 2181, as with PVC',
  },
  ...network('cluster'),
  ...network('storage'),
  { key: 'cluster.networks.upstream.domain', why: HOST_NETWORK },
  { key: 'cluster.networks.upstream.device', why: HOST_NETWORK },
  { key: 'cluster.networks.upstream.mtu', why: HOST_NETWORK },
  { key: 'cluster.networks.upstream.ipv4.network_address', why: HOST_NETWORK },
  {
    key: 'cluster.networks.upstream.ipv4.floating_address',
    to: ['api.published_address'],
    as: text,
    joined: true,
    but: 'it is published in the store, and not set up',
  },
  { key: 'cluster.networks.upstream.ipv4.netmask', to: ['api.published_address'], as: netmask, joined: true },
  { key: 'cluster.networks.upstream.ipv4.gateway_address', why: HOST_NETWORK },
  { key: 'cluster.networks.upstream.ipv4.node_ip_selection', why: HOST_NETWORK },
];

const database: readonly PvcKey[] = [
  {
    key: 'database.zookeeper.port',
    why: 'PVC itself always uses 2181, and so does Drover with this file; another port needs store.servers of drover.yaml',
  },
  ...['keydb.hostname', 'keydb.port', 'keydb.path', 'postgres.hostname', 'postgres.port'].map((key) => ({
    key: `database.${key}`,
    why: DATABASE,
  })),
  ...['api', 'dns'].flatMap((user) =>
    ['database', 'username', 'password'].map((key) => ({
      key: `database.postgres.credentials.${user}.${key}`,
      why: DATABASE,
    })),
  ),
];

const node: readonly PvcKey[] = [
  { key: 'timer.vm_shutdown_timeout', to: ['timers.vm_shutdown'], as: seconds },
  { key: 'timer.keepalive_interval', to: ['timers.keepalive'], as: seconds },
  { key: 'timer.monitoring_interval', to: ['timers.health'], as: seconds },
  {
    key: 'fencing.disable_on_ipmi_failure',
    why: 'PVC reads and never uses it; in Drover nothing starts elsewhere until the power-off is confirmed',
  },
  { key: 'fencing.intervals.fence_intervals', to: ['fencing.missed_keepalives'], as: number },
  ...['suicide_intervals', 'suicide_interval'].map((key) => ({
    key: `fencing.intervals.${key}`,
    why: 'neither PVC nor Drover has a node that fences itself by a count of intervals',
  })),
  {
    key: 'fencing.actions.successful_fence',
    to: ['fencing.after_power_off'],
    as: oneOf({ migrate: 'recover', none: 'leave', None: 'leave', false: 'leave' }),
  },
  {
    key: 'fencing.actions.failed_fence',
    why: 'the VMs of a node that may still run never start elsewhere; an operator can confirm that it is off',
  },
  { key: 'fencing.ipmi.hostname', to: ['fencing.ipmi.hostname'], as: text },
  {
    key: 'fencing.ipmi.username',
    to: ['fencing.ipmi.username'],
    as: text,
    but: 'it is not published in the store',
  },
  {
    key: 'fencing.ipmi.password',
    to: ['fencing.ipmi.password'],
    as: text,
    but: 'it is not published in the store',
  },
  { key: 'migration.target_selector', to: ['migration.selector'], as: text },
  { key: 'logging.debug_logging', to: ['logging.level'], as: oneOf({ true: 'debug', false: 'info' }) },
  { key: 'logging.file_logging', why: JOURNAL },
  { key: 'logging.stdout_logging', why: JOURNAL },
  { key: 'logging.zookeeper_logging', to: ['logging.to_store'], as: flag },
  { key: 'logging.log_colours', why: JOURNAL },
  { key: 'logging.log_dates', why: JOURNAL },
  ...['log_keepalives', 'log_cluster_details', 'log_monitoring_details'].map((key) => ({
    key: `logging.${key}`,
    why: 'routine is written at the level debug',
  })),
  { key: 'logging.console_log_lines', to: ['logging.console_lines'], as: lines },
  { key: 'logging.node_log_lines', to: ['logging.node_lines'], as: lines },
  { key: 'guest_networking.bridge_device', why: GUEST_NETWORK },
  { key: 'guest_networking.bridge_mtu', why: GUEST_NETWORK },
  { key: 'guest_networking.sriov_enable', why: NO_SRIOV },
  ...['phy', 'device', 'mtu', 'vfcount'].map((key) => ({
    key: `guest_networking.sriov_device.*.${key}`,
    why: NO_SRIOV,
  })),
  { key: 'ceph.ceph_config_file', to: ['ceph.config_file'], as: text, joined: true },
  { key: 'ceph.ceph_keyring_file', to: ['ceph.keyring_file', 'ceph.user'], as: text, joined: true },
  { key: 'ceph.monitor_port', to: ['ceph.monitors'], as: number, joined: true },
  { key: 'ceph.monitor_hosts', to: ['ceph.monitors'], as: texts, joined: true },
  { key: 'ceph.secret_uuid', to: ['ceph.secret_uuid'], as: text },
];

const api: readonly PvcKey[] = [
  { key: 'api.listen.address', to: ['api.listen'], as: text },
  { key: 'api.listen.port', to: ['api.port'], as: number },
  {
    key: 'api.authentication.enabled',
    to: ['api.authentication'],
    as: oneOf({ true: 'token', false: 'off' }),
  },
  { key: 'api.authentication.secret_key', why: 'no session cookie of Drover is signed with it' },
  { key: 'api.authentication.source', why: 'tokens are the only source' },
  { key: 'api.token.*.description', to: ['api.tokens.*.name'], as: text },
  {
    key: 'api.token.*.token',
    to: ['api.tokens.*.token'],
    as: text,
    but: 'it may do everything (scope admin), as with PVC',
  },
  { key: 'api.ssl.enabled', to: ['api.tls'], as: flag, joined: true },
  { key: 'api.ssl.certificate', to: ['api.tls.certificate'], as: text, joined: true, but: WHEN_ENABLED },
  { key: 'api.ssl.private_key', to: ['api.tls.private_key'], as: text, joined: true, but: WHEN_ENABLED },
];

/** The name that the one target of PVC's autobackup gets. */
export const TARGET = 'autobackup';

const backup = `backup.targets.${TARGET}`;

const autobackup: readonly PvcKey[] = [
  { key: 'autobackup.backup_root_path', to: [`${backup}.root`], as: text, joined: true },
  { key: 'autobackup.backup_root_suffix', to: [`${backup}.suffix`], as: text, joined: true },
  { key: 'autobackup.backup_tags', to: [`${backup}.tags`], as: texts },
  { key: 'autobackup.backup_schedule.full_interval', to: [`${backup}.full_every`], as: number },
  { key: 'autobackup.backup_schedule.full_retention', to: [`${backup}.keep_fulls`], as: number },
  { key: 'autobackup.auto_mount.enabled', to: [`${backup}.mount`], as: flag, joined: true },
  {
    key: 'autobackup.auto_mount.mount_cmds',
    to: [`${backup}.mount`],
    as: texts,
    joined: true,
    but: WHEN_ENABLED,
  },
  {
    key: 'autobackup.auto_mount.unmount_cmds',
    to: [`${backup}.unmount`],
    as: texts,
    joined: true,
    but: WHEN_ENABLED,
  },
];

const automirror: readonly PvcKey[] = [
  { key: 'automirror.destinations.*.address', to: ['mirror.peers.*.address'], as: text },
  { key: 'automirror.destinations.*.port', to: ['mirror.peers.*.port'], as: number },
  { key: 'automirror.destinations.*.prefix', to: ['mirror.peers.*.prefix'], as: text },
  { key: 'automirror.destinations.*.key', to: ['mirror.peers.*.token'], as: text },
  { key: 'automirror.destinations.*.ssl', to: ['mirror.peers.*.tls'], as: flag },
  { key: 'automirror.destinations.*.verify_ssl', to: ['mirror.peers.*.verify'], as: flag },
  { key: 'automirror.destinations.*.pool', to: ['mirror.peers.*.pools'], as: everyPool },
  { key: 'automirror.default_destination', to: ['mirror.default_peer'], as: text },
  { key: 'automirror.mirror_tags', to: ['mirror.tags'], as: texts },
  { key: 'automirror.keep_snapshots', to: ['mirror.keep'], as: number },
];

export const PVC_KEYS: readonly PvcKey[] = [
  ...paths,
  ...subsystems,
  ...cluster,
  ...database,
  ...node,
  ...api,
  ...autobackup,
  ...automirror,
];
