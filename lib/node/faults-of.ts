import type { NodeSeen } from '../domain/index.js';
import { type Problem, SCHEMA_FAULT, SCHEMA_VERSION } from '../tree/index.js';

/** Something that takes from the health of the cluster, as `/faults/{id}` has it. */
export interface Fault {
  /** Upper case letters, digits, `_`, `.` and `-`. */
  readonly id: string;
  /** Percent. */
  readonly delta: number;
  readonly message: string;
}

/** What of a cluster faults are made of. */
export interface FaultFacts {
  readonly nodes: readonly (NodeSeen & {
    /** Whether a daemon there has a session with the store. */
    readonly session: boolean;
    /** MiB. */
    readonly memoryTotal: number | undefined;
    readonly memoryAllocated: number | undefined;
  })[];
  /** VMs that have failed. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
  /** Keys that cannot be read. */
  readonly problems: readonly Problem[];
  /** Undefined when the key is missing or garbage. */
  readonly schemaVersion: number | undefined;
  /** Checks of `ceph health` by their names; none when it is not known. */
  readonly ceph: readonly {
    readonly name: string;
    readonly severity: 'warning' | 'error';
    readonly summary: string;
  }[];
  /** The latest request for another primary that was refused; undefined when it is long ago. */
  readonly refusedPrimary: { readonly wanted: string; readonly reason: string } | undefined;
}

/** Begins of the ids of all faults that come from here: whatever else is in the store is somebody else's. */
export const OWN_PREFIXES = [
  'VM_FAILED_',
  'NODE_AGENT_DEAD_',
  'KEY_UNREADABLE_',
  SCHEMA_FAULT,
  'CEPH_WARN_',
  'CEPH_ERR_',
  'MEMORY_OVERPROVISIONED',
  'PRIMARY_REFUSED',
] as const;

/**
 * Every fault that the facts give reason for. Pure; one that cannot be told hides no other.
 *
 * A node whose daemon is gone is a fault of its agent: whether the host is dead is not known from that.
 */
export function faultsOf(facts: FaultFacts): readonly Fault[] {
  return [
    ...facts.failed.map(({ name, reason }) => ({
      id: `VM_FAILED_${idOf(name)}`,
      delta: 10,
      message: `VM ${name} has failed: ${reason || 'no reason was told'}`,
    })),
    ...facts.nodes
      // A daemon that ends by itself says `stop` while it still has its session.
      .filter(({ session, daemonState }) => !session && daemonState !== 'stop')
      .map(({ name, daemonState }) => ({
        id: `NODE_AGENT_DEAD_${idOf(name)}`,
        delta: 50,
        message: `The daemon of node ${name} has no session with the store, and the tree says ${daemonState ?? 'nothing sound'}; its VMs may run: start droverd there`,
      })),
    ...facts.problems.map(problemFault),
    ...schemaFault(facts.schemaVersion),
    ...facts.ceph.map(({ name, severity, summary }) => ({
      id: `CEPH_${severity === 'error' ? 'ERR' : 'WARN'}_${idOf(name)}`,
      delta: severity === 'error' ? 50 : 10,
      message: `Ceph: ${summary}`,
    })),
    ...memoryFault(facts),
    ...(facts.refusedPrimary === undefined
      ? []
      : [
          {
            id: 'PRIMARY_REFUSED',
            delta: 0,
            message: `${facts.refusedPrimary.wanted} was asked to lead: ${facts.refusedPrimary.reason}`,
          },
        ]),
  ];
}

function problemFault({ path, expected, found, remedy }: Problem): Fault {
  return {
    id: `KEY_UNREADABLE_${idOf(path.replace(/^\//, ''))}`,
    delta: 10,
    message: `${path} cannot be read: ${expected} is expected, and it is ${found} (${remedy})`,
  };
}

function schemaFault(version: number | undefined): readonly Fault[] {
  if (version === SCHEMA_VERSION) return [];
  const found = version === undefined ? 'no version' : `version ${version}`;
  return [
    {
      id: SCHEMA_FAULT,
      delta: 50,
      message: `/schema/version is ${found}, and this program knows ${SCHEMA_VERSION}: the tree is only read, VMs run on, and nothing starts or ends until it is ${SCHEMA_VERSION} again`,
    },
  ];
}

/** D9: whether the VMs of the largest node would find room on the others: where there are others. */
function memoryFault({ nodes }: FaultFacts): readonly Fault[] {
  if (nodes.length < 2) return [];
  const totals = nodes.map(({ memoryTotal }) => memoryTotal ?? 0);
  const room = sum(totals) - Math.max(...totals);
  const allocated = sum(nodes.map(({ memoryAllocated }) => memoryAllocated ?? 0));
  if (allocated === 0 || allocated < room) return [];
  return [
    {
      id: 'MEMORY_OVERPROVISIONED',
      delta: 50,
      message: `Running VMs have ${allocated} MiB; without the largest node there are ${room} MiB`,
    },
  ];
}

/** A part of an id: upper case as other programs have it, each other character than a letter, digit, `.` or `-` as `_`. */
function idOf(text: string): string {
  return text
    .toUpperCase()
    .replace(/[^A-Z0-9.-]/g, '_')
    .slice(0, 180);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
