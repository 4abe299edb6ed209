import type { Holder } from '../../schemas/index.js';
import { DroverError, type Log, Loop, type Random, reconcileOnce, uuid } from '../core/index.js';
import type { Clock, Stat, Store, Watch, Write } from '../ports/index.js';
import {
  documentPath,
  type MaybeRecorded,
  type Recorded,
  tryReadRecord,
  withoutContenders,
  writeRecord,
} from '../tree/index.js';
import {
  type CensusFacts,
  type CensusStep,
  holdersByReports,
  planCensus,
  rebuilt,
  runTwice,
} from './census.js';
import type { Leadership } from './leadership.js';
import { CENSUS_PATH, CLUSTER_PATH, FENCES_PATH, RUNS_PATH } from './paths.js';
import { openReports } from './trust-service.js';

export interface CensusOptions {
  readonly leadership: Leadership;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The coordinators of the configuration: they must answer even when the tree has forgotten them. */
  readonly coordinators: readonly string[];
  /**
   * Sees to it that a term above `epoch` follows: notes it on the disk, where the election looks, and wakes that. Must
   * not wait for the end of the present term, of which it is a part.
   */
  outgrow(epoch: number): Promise<void>;
}

/** What a census rests on. */
interface Evidence {
  /** Open reports. */
  readonly reports: readonly Recorded<'census'>[];
  /** Words of confirmation, each under the name of its node. */
  readonly off: readonly Recorded<'fence'>[];
}

interface Reading extends Evidence {
  readonly facts: CensusFacts;
  readonly cluster: MaybeRecorded<'cluster'> | undefined;
}

/** Run records written in one transaction. */
const BATCH = 100;

/**
 * The primary's part in a census: when every node has said what it runs, or is confirmed off, it rebuilds the run
 * records and raises the incarnation. Every step can be done again; only the last transaction ends the quarantine, and
 * only if each report it rests on still stands.
 */
export function runCensus(options: CensusOptions): void {
  const { leadership, store, clock, log } = options;
  const { scope } = leadership;
  const fences = new Map<string, Watch>();
  const loop = new Loop<CensusStep>(scope, {
    name: 'census',
    alarms: clock,
    pass: (signal) =>
      reconcileOnce(
        {
          name: 'census',
          read: async () => {
            for (const path of await fencePaths(store))
              if (!fences.has(path)) fences.set(path, store.watch(path, wake));
            return read(options);
          },
          plan: (reading) => planCensus(reading.facts),
          guard: () => leadership.confirm(),
          executors: {
            outgrow: async (step) => {
              await options.outgrow(step.epoch);
              await aborted(scope.signal);
            },
            rebuild: (step, reading) => rebuild(options, step, reading),
          },
        },
        signal,
      ),
    onPlan: (plan) => log.info({ epoch: leadership.epoch }, `census: ${plan.reason}`),
    onError: (error, retryMs) => log.warn({ err: error, retryMs }, 'census'),
  });
  const wake = () => loop.wake();
  const watches = [
    store.watchChildren(CENSUS_PATH, wake),
    store.watchChildren(FENCES_PATH, wake),
    store.watchChildren('/nodes', wake),
  ];
  for (const watch of watches) scope.defer(() => watch.close());
  scope.defer(() => {
    for (const watch of fences.values()) watch.close();
  });
  void loop.start();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function read(options: CensusOptions): Promise<Reading> {
  const { store, leadership, coordinators } = options;
  await store.sync();
  const [cluster, nodes] = await Promise.all([
    tryReadRecord(store, 'cluster', CLUSTER_PATH),
    store.children('/nodes'),
  ]);
  const { reports, off } = await evidence(options, cluster);
  const remembered = reports.flatMap((report) => report.value.remembered.nodes);
  const facts: CensusFacts = {
    cluster: cluster?.value,
    epoch: leadership.epoch,
    nodes: [...new Set([...withoutContenders(nodes?.names ?? []), ...coordinators, ...remembered])].sort(),
    reports: reports.map((report) => report.value),
    off: off.map((fence) => fence.value.node),
  };
  return { facts, cluster, reports, off };
}

async function evidence(
  options: CensusOptions,
  cluster: MaybeRecorded<'cluster'> | undefined,
): Promise<Evidence> {
  const [reports, off] = await Promise.all([openReports(options.store), confirmedOff(options)]);
  const against = cluster?.value?.incarnation ?? 0;
  return { reports: reports.filter((report) => report.value.incarnation >= against), off };
}

async function fencePaths(store: Store): Promise<readonly string[]> {
  const names = withoutContenders((await store.children(FENCES_PATH))?.names ?? []);
  return names.map((node) => documentPath('fence', { node }));
}

/**
 * Nodes confirmed off since this term began. An older word may have come back with a restored tree, and its node may
 * have been switched on since.
 */
async function confirmedOff(options: CensusOptions): Promise<readonly Recorded<'fence'>[]> {
  const { store, leadership } = options;
  const [term, paths] = await Promise.all([store.read(leadership.guard.path), fencePaths(store)]);
  const fences = await Promise.all(paths.map((path) => tryReadRecord(store, 'fence', path)));
  return fences.flatMap((fence) => {
    if (fence === undefined || fence.problem !== undefined || term === undefined) return [];
    const { path, value, stat } = fence;
    const counts = value.confirmed !== undefined && stat.mzxid > term.stat.czxid;
    return counts && path === documentPath('fence', { node: value.node }) ? [fence] : [];
  });
}

async function rebuild(
  options: CensusOptions,
  step: Extract<CensusStep, { kind: 'rebuild' }>,
  reading: Reading,
): Promise<void> {
  const { leadership, store, log, random } = options;
  const holders = holdersByReports(reading.facts.reports);
  for (const vm of runTwice(holders)) log.error({ vm, holders: holders.get(vm) }, 'a VM runs on two nodes');
  const writes = await runWrites(store, holders);
  // Nobody trusted the tree, and so nobody took a VM, while the records were read: each write is tied to what was read.
  const after = await evidence(options, reading.cluster);
  if (stamps(after) !== stamps(reading))
    throw new DroverError('STORE_CONFLICT', {
      object: CENSUS_PATH,
      reason: 'the reports changed while the run records were read',
    });
  for (let at = 0; at < writes.length; at += BATCH) await leadership.commit(writes.slice(at, at + BATCH));
  const id = step.id ?? uuid(random);
  const record = { id, incarnation: step.incarnation };
  await leadership.commit([
    writeRecord('cluster', CLUSTER_PATH, record, reading.cluster),
    ...[...reading.reports, ...reading.off].map(({ path, version }): Write => ({
      op: 'check',
      path,
      version,
    })),
  ]);
  log.info({ ...record, vms: holders.size, records: writes.length }, 'the census is over');
}

/** Identifies evidence by the transactions that wrote it: versions begin anew when a key is made anew. */
function stamps({ reports, off }: Evidence): string {
  const stamp = ({ path, stat }: { readonly path: string; readonly stat: Stat }) => `${path} ${stat.mzxid}`;
  return [...reports, ...off].map(stamp).sort().join('\n');
}

/** What brings every run record into line with the reports; an unreadable one is written anew. */
async function runWrites(
  store: Store,
  holders: ReturnType<typeof holdersByReports>,
): Promise<readonly Write[]> {
  const recorded = withoutContenders((await store.children(RUNS_PATH))?.names ?? []);
  const uuids = [...new Set([...recorded, ...holders.keys()])];
  const writes = await Promise.all(
    uuids.map(async (vm) => {
      const path = documentPath('run', { uuid: vm });
      const present = await tryReadRecord(store, 'run', path);
      const now = holders.get(vm) ?? [];
      const next = present?.problem === undefined ? rebuilt(present?.value, now) : rewritten(present, now);
      return next === undefined ? [] : [writeRecord('run', path, next, present)];
    }),
  );
  return writes.flat();
}

/**
 * In place of a record that cannot be read: certainly not what the reports say. No write raises a run epoch by more than
 * one, so this one is above every earlier one.
 */
function rewritten(present: { readonly version: number }, holders: readonly Holder[]) {
  return { epoch: present.version + 2, holders, edges: [] };
}
