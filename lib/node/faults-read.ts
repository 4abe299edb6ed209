import { readNodes } from '../domain/index.js';
import type { Store } from '../ports/index.js';
import {
  decodeKey,
  documentPath,
  keyPath,
  type Problem,
  readKeys,
  tryReadRecord,
  withoutContenders,
} from '../tree/index.js';
import type { FaultFacts } from './faults-of.js';
import type { StandingFault } from './faults-plan.js';

const VM_KEYS = [
  ...(['name', 'state', 'node', 'lastNode', 'xml', 'volumes', 'failedReason', 'autostart'] as const),
  ...(['migrationMethod', 'migrationMaxDowntime', 'nodeLimit', 'nodeSelector', 'profile'] as const),
] as const;
const NEEDED = ['state', 'node', 'lastNode', 'xml', 'volumes', 'failedReason'] as const;
const VM_RECORDS = ['run', 'ops', 'policy', 'mirror'] as const;
const NODE_KEYS = [
  'mode',
  'daemonState',
  'routerState',
  'domainState',
  'memoryTotal',
  'memoryAllocated',
] as const;

/** Reads what faults are made of; a key that cannot be read is one of them. */
export async function readFaultFacts(
  store: Store,
  looks: VmLooks,
): Promise<Omit<FaultFacts, 'refusedPrimary'>> {
  await store.sync();
  const [nodes, vms, version, ceph] = await Promise.all([
    readNodesSeen(store),
    looks.next(store),
    store.read(keyPath('cluster', 'schemaVersion')),
    readCeph(store),
  ]);
  const schema = version && decodeKey('cluster', 'schemaVersion', version.data, version.path);
  return {
    nodes: nodes.map(({ seen }) => seen),
    failed: vms.flatMap(({ failed }) => failed),
    problems: [...nodes.flatMap(({ problems }) => problems), ...vms.flatMap(({ problems }) => problems)],
    schemaVersion: schema?.ok === true ? schema.value : undefined,
    ceph,
  };
}

async function readNodesSeen(store: Store) {
  const [nodes, sessions] = await Promise.all([readNodes(store), store.children('/drover/sessions')]);
  return Promise.all(
    nodes.map(async (node) => {
      const keys = await readKeys(store, 'node', { node: node.name }, NODE_KEYS);
      const seen = {
        ...node,
        session: sessions?.names.includes(node.name) ?? false,
        memoryTotal: keys.sound('memoryTotal'),
        memoryAllocated: keys.sound('memoryAllocated'),
      };
      return { seen, problems: keys.problems() };
    }),
  );
}

/** In so many looks every VM is looked at whole. */
const WHOLE_EVERY = 4;

/**
 * One look at all VMs after the other. Most keys of most VMs never change, and reading all of them each time is most of what a
 * primary at rest does: a VM in order is looked at whole when its state was written, and else in turn.
 */
export class VmLooks {
  #looks = 0;
  readonly #last = new Map<string, { readonly mzxid: bigint | undefined; readonly seen: VmSeen }>();

  async next(store: Store): Promise<readonly VmSeen[]> {
    this.#looks += 1;
    const uuids = withoutContenders((await store.children('/domains'))?.names ?? []);
    for (const uuid of this.#last.keys()) if (!uuids.includes(uuid)) this.#last.delete(uuid);
    return Promise.all(uuids.map((uuid, index) => this.#look(store, uuid, index)));
  }

  async #look(store: Store, uuid: string, index: number): Promise<VmSeen> {
    const last = this.#last.get(uuid);
    const mzxid = (await store.read(keyPath('domain', 'state', { uuid })))?.stat.mzxid;
    const inOrder = last !== undefined && last.seen.failed.length + last.seen.problems.length === 0;
    const itsTurn = (index + this.#looks) % WHOLE_EVERY === 0;
    if (inOrder && !itsTurn && last.mzxid === mzxid) return last.seen;
    const seen = await readVm(store, uuid);
    this.#last.set(uuid, { mzxid, seen });
    return seen;
  }
}

interface VmSeen {
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
  readonly problems: readonly Problem[];
}

async function readVm(store: Store, uuid: string): Promise<VmSeen> {
  const [keys, ...records] = await Promise.all([
    readKeys(store, 'domain', { uuid }, VM_KEYS),
    ...VM_RECORDS.map((kind) => tryReadRecord(store, kind, documentPath(kind, { uuid }))),
  ]);
  const name = keys.sound('name') ?? uuid;
  const failed = keys.sound('state') === 'fail' ? [{ name, reason: keys.sound('failedReason') ?? '' }] : [];
  const problems: readonly Problem[] = [
    // One that is being removed loses its keys one by one.
    ...(keys.has('name') ? keys.problems(NEEDED) : []),
    ...records.flatMap((record) => (record?.problem === undefined ? [] : [record.problem])),
  ];
  return { failed, problems };
}

/** `ceph health --format json` as the primary keeps it: `{"checks": {NAME: {"severity", "summary": {"message"}}}}`. */
async function readCeph(store: Store): Promise<FaultFacts['ceph']> {
  const entry = await store.read(keyPath('cluster', 'cephHealth'));
  const health = entry && decodeKey('cluster', 'cephHealth', entry.data, entry.path);
  const checks = health?.ok === true ? health.value?.object['checks'] : undefined;
  if (typeof checks !== 'object' || checks === null) return [];
  return Object.entries(checks).map(([name, check]) => {
    const { severity, summary } = check as { severity?: unknown; summary?: { message?: unknown } };
    return {
      name,
      severity: severity === 'HEALTH_ERR' ? ('error' as const) : ('warning' as const),
      summary: typeof summary?.message === 'string' ? summary.message : name,
    };
  });
}

/** The faults that stand. */
export async function readFaults(store: Store): Promise<readonly StandingFault[]> {
  const ids = withoutContenders((await store.children('/faults'))?.names ?? []);
  return Promise.all(
    ids.map(async (id) => {
      const keys = await readKeys(store, 'fault', { fault: id }, ['status', 'delta', 'message']);
      return {
        id,
        status: keys.sound('status'),
        delta: keys.sound('delta'),
        message: keys.sound('message') ?? '',
      };
    }),
  );
}
