import { form, listOf, matching, oneOf, REFUSED, TEXT } from './codec.js';

/** What a VM should be, and partly what it is: the text of /domains/{uuid}/state. */
export const VM_STATES = [
  'start',
  'restart',
  'shutdown',
  'stop',
  'disable',
  'fail',
  'migrate',
  'migrate-live',
  'unmigrate',
  'provision',
  'import',
  'restore',
  'mirror',
  'delete',
] as const;
export type VmState = (typeof VM_STATES)[number];

export const NODE_MODES = ['coordinator', 'hypervisor'] as const;
export type NodeMode = (typeof NODE_MODES)[number];

export const DAEMON_STATES = ['init', 'run', 'shutdown', 'stop', 'dead', 'fenced'] as const;
export type DaemonState = (typeof DAEMON_STATES)[number];

export const ROUTER_STATES = ['client', 'secondary', 'takeover', 'primary', 'relinquish'] as const;
export type RouterState = (typeof ROUTER_STATES)[number];

export const NODE_DOMAIN_STATES = ['ready', 'flush', 'flushed', 'unflush', 'fence-flush'] as const;
export type NodeDomainState = (typeof NODE_DOMAIN_STATES)[number];

/** How a migration target is chosen. */
export const SELECTORS = ['mem', 'memprov', 'load', 'vcpus', 'vms'] as const;
export type Selector = (typeof SELECTORS)[number];

export const MIGRATION_METHODS = ['none', 'live', 'shutdown'] as const;
export type MigrationMethod = (typeof MIGRATION_METHODS)[number];

export const VM_STATE = oneOf(...VM_STATES);
export const SELECTOR = oneOf(...SELECTORS);

/** A short host name. `none`, where a key allows it, has the same form. */
export const NODE_NAME = matching('the name of a node', /^[A-Za-z0-9][A-Za-z0-9._-]*$/);
export const NODE_LIST = listOf(',', NODE_NAME, 'names of nodes');

/** Words of any kind: plugin names, VM UUIDs and the `0` of a fresh node. */
export const WORDS = listOf(' ', TEXT, 'words');
export const TEXTS = listOf(',', TEXT, 'texts');

/** A moment in the writer's local time. */
export const LOCAL_TIME = matching('a time as 2026-11-22 07:30:06', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);

export interface VolumeName {
  readonly pool: string;
  readonly volume: string;
}

export const VOLUME_NAME = form<VolumeName>(
  'pool/volume',
  (text) => {
    const [, pool, volume] = /^([^/@]+)\/([^/@]+)$/.exec(text) ?? [];
    return pool === undefined || volume === undefined ? REFUSED : { pool, volume };
  },
  ({ pool, volume }) => `${pool}/${volume}`,
);
export const VOLUME_LIST = listOf(',', VOLUME_NAME, 'pool/volume');

export interface SnapshotName extends VolumeName {
  readonly snapshot: string;
}

/** The snapshot is all that follows the first `@`: PVC allows more of them, and slashes, in its name. */
export const SNAPSHOT_NAME = form<SnapshotName>(
  'pool/volume@snapshot',
  (text) => {
    const [, pool, volume, snapshot] = /^([^/@]+)\/([^/@]+)@(.+)$/s.exec(text) ?? [];
    return pool === undefined || volume === undefined || snapshot === undefined
      ? REFUSED
      : { pool, volume, snapshot };
  },
  ({ pool, volume, snapshot }) => `${pool}/${volume}@${snapshot}`,
);
export const SNAPSHOT_LIST = listOf(',', SNAPSHOT_NAME, 'pool/volume@snapshot');

/** What a node says of itself once: `8 6.1.0-18-amd64 GNU/Linux x86_64`. */
export interface StaticData {
  /** Logical CPUs. */
  readonly cpus: number;
  readonly kernel: string;
  readonly os: string;
  readonly arch: string;
}

export const STATIC_DATA = form<StaticData>(
  'CPUs, kernel, system and architecture between single spaces',
  (text) => {
    const [, cpus, kernel, os, arch] = /^([1-9]\d{0,5}) (\S+) (\S+) (\S+)$/.exec(text) ?? [];
    return cpus === undefined || kernel === undefined || os === undefined || arch === undefined
      ? REFUSED
      : { cpus: Number(cpus), kernel, os, arch };
  },
  ({ cpus, kernel, os, arch }) => `${cpus} ${kernel} ${os} ${arch}`,
);
