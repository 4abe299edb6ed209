import { type Log, Loop, type Random, reconcileOnce, uuid } from '../core/index.js';
import type { Clock, Store, Write } from '../ports/index.js';
import {
  documentPath,
  type MaybeRecorded,
  type Recorded,
  tryReadRecord,
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
  /** Leads on in an epoch above `epoch`, or lets another do so. */
  outgrow(epoch: number): Promise<void>;
}

interface Reading {
  readonly facts: CensusFacts;
  readonly cluster: MaybeRecorded<'cluster'> | undefined;
  readonly reports: readonly Recorded<'census'>[];
  readonly off: readonly Recorded<'fence'>[];
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
  const loop = new Loop<CensusStep>(scope, {
    name: 'census',
    alarms: clock,
    pass: (signal) =>
      reconcileOnce(
        {
          name: 'census',
          read: () => read(options),
          plan: (reading) => planCensus(reading.facts),
          guard: () => leadership.confirm(),
          executors: {
            outgrow: (step) => options.outgrow(step.epoch),
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
  loop.start();
}

async function read(options: CensusOptions): Promise<Reading> {
  const { store, leadership, coordinators } = options;
  await store.sync();
  const [cluster, nodes, all, off] = await Promise.all([
    tryReadRecord(store, 'cluster', CLUSTER_PATH),
    store.children('/nodes'),
    openReports(store),
    confirmedOff(options),
  ]);
  const against = cluster?.value?.incarnation ?? 0;
  const reports = all.filter((report) => report.value.incarnation >= against);
  const remembered = reports.flatMap((report) => report.value.remembered.nodes);
  const facts: CensusFacts = {
    cluster: cluster?.value,
    epoch: leadership.epoch,
    nodes: [...new Set([...(nodes?.names ?? []), ...coordinators, ...remembered])].sort(),
    reports: reports.map((report) => report.value),
    off: off.map((fence) => fence.value.node),
  };
  return { facts, cluster, reports, off };
}

/**
 * Nodes confirmed off since this term began. An older word may have come back with a restored tree, and its node may
 * have been switched on since.
 */
async function confirmedOff(options: CensusOptions): Promise<readonly Recorded<'fence'>[]> {
  const { store, leadership } = options;
  const [term, names] = await Promise.all([store.read(leadership.guard.path), store.children(FENCES_PATH)]);
  const fences = await Promise.all(
    (names?.names ?? []).map((node) => tryReadRecord(store, 'fence', documentPath('fence', { node }))),
  );
  return fences.flatMap((fence) => {
    if (fence === undefined || fence.problem !== undefined || term === undefined) return [];
    return fence.value.confirmed !== undefined && fence.stat.mzxid > term.stat.czxid ? [fence] : [];
  });
}

async function rebuild(
  options: CensusOptions,
  step: Extract<CensusStep, { kind: 'rebuild' }>,
  reading: Reading,
): Promise<void> {
  const { leadership, log, random } = options;
  const holders = holdersByReports(reading.facts.reports);
  for (const vm of runTwice(holders)) log.error({ vm, holders: holders.get(vm) }, 'a VM runs on two nodes');
  const writes = await runWrites(options.store, holders);
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

/** What brings every run record into line with the reports; an unreadable one is written anew. */
async function runWrites(
  store: Store,
  holders: ReturnType<typeof holdersByReports>,
): Promise<readonly Write[]> {
  const recorded = (await store.children(RUNS_PATH))?.names ?? [];
  const uuids = [...new Set([...recorded, ...holders.keys()])];
  const writes = await Promise.all(
    uuids.map(async (vm) => {
      const path = documentPath('run', { uuid: vm });
      const present = await tryReadRecord(store, 'run', path);
      const now = holders.get(vm) ?? [];
      // What cannot be read is certainly not what the reports say.
      const next =
        present?.problem === undefined ? rebuilt(present?.value, now) : { epoch: 1, holders: now, edges: [] };
      return next === undefined ? [] : [writeRecord('run', path, next, present)];
    }),
  );
  return writes.flat();
}
