import type { CensusReport, Cluster } from '../../schemas/index.js';
import { type Log, Loop, reconcileOnce, type Scope } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import { documentPath, ephemeralRecord, type Recorded, tryReadRecord, tryRecordOf } from '../tree/index.js';
import type { Incarnate } from './holders.js';
import type { Memory } from './memory.js';
import type { Proof } from './membership.js';
import { CENSUS_PATH, CLUSTER_PATH, EPOCH_PATH } from './paths.js';
import { doubt, planTrust, type TrustFacts, type TrustStep, trusts } from './trust.js';
import { zxidOf, zxidText } from './zxid.js';

export interface TrustOptions {
  readonly me: Incarnate;
  readonly store: Store;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly log: Log;
  /** Our session key, or undefined while there is none. */
  proof(): Proof | undefined;
  /**
   * What really runs here, asked when a quarantine begins. Must first let every start and migration that is under way
   * come to its end: what it returns may not be outdated by our own doing.
   */
  domains(): Promise<CensusReport['domains']>;
  /** Called when the tree may be acted on, and when it may not any more. */
  onChange(trusted: boolean): void;
}

interface Reading {
  readonly facts: TrustFacts;
  readonly cluster: Cluster | undefined;
  readonly epoch: number | undefined;
  readonly nodes: readonly string[];
  readonly own: Recorded<'census'> | undefined;
  readonly proof: Proof | undefined;
}

/**
 * Whether this node may act on the tree. In doubt (the tree was lost, rolled back, or never was ours) it says what it
 * runs and waits; nothing starts or dies until the primary has counted everyone and raised the incarnation.
 */
export class Trust {
  readonly #options: TrustOptions;
  readonly #reportPath: string;
  readonly #loop: Loop<TrustStep>;
  #trusted = false;
  /** The tree's age is measured once per session key: afterwards we remember later transactions than it. */
  #age: { readonly czxid: bigint; readonly floor: string } | undefined;

  constructor(scope: Scope, options: TrustOptions) {
    this.#options = options;
    this.#reportPath = documentPath('census', { node: options.me.node });
    const { store, log, me } = options;
    this.#loop = new Loop<TrustStep>(scope, {
      name: 'trust',
      alarms: options.clock,
      pass: (signal) =>
        reconcileOnce(
          {
            name: 'trust',
            read: () => this.#read(),
            plan: (reading) => planTrust(reading.facts),
            guard: (step, reading) => this.#guard(step, reading),
            executors: {
              report: () => Promise.resolve(),
              withdraw: () => Promise.resolve(),
              remember: (_, reading) => this.#remember(reading),
            },
          },
          signal,
        ),
      onPlan: (plan) => log.info({ node: me.node }, `trust: ${plan.reason}`),
      onError: (error, retryMs) => {
        this.#become(false);
        log.warn({ node: me.node, err: error, retryMs }, 'trust');
      },
    });
    const watches = [
      store.watch(CLUSTER_PATH, () => this.wake()),
      store.watch(EPOCH_PATH, () => this.wake()),
      store.watchChildren(CENSUS_PATH, () => this.wake()),
      store.watchChildren('/nodes', () => this.wake()),
    ];
    for (const watch of watches) scope.defer(() => watch.close());
    this.#loop.start();
  }

  /** Whether the tree may be acted on at this moment. */
  get trusted(): boolean {
    return this.#trusted && this.#options.proof() !== undefined;
  }

  /** Our session key has come or gone. */
  wake(): void {
    this.#loop.wake();
  }

  async #read(): Promise<Reading> {
    const { store, memory, me } = this.#options;
    const proof = this.#options.proof();
    if (proof === undefined) return this.#judged(unregistered());
    await store.sync();
    const [cluster, epoch, nodes, reports] = await Promise.all([
      tryReadRecord(store, 'cluster', CLUSTER_PATH),
      tryReadRecord(store, 'election-epoch', EPOCH_PATH),
      store.children('/nodes'),
      openReports(store),
    ]);
    const against = cluster?.value?.incarnation ?? 0;
    const own = reports.find((report) => report.value.node === me.node);
    const open = reports.filter((report) => report.value.incarnation >= against);
    const age = { cluster: cluster?.value, epoch: epoch?.value?.epoch, zxid: proof.czxid };
    const remembered = { ...memory.remembered, zxid: this.#floor(proof) };
    const seen = { epoch: epoch?.value?.epoch, nodes: nodes?.names ?? [] };
    return this.#judged({
      facts: {
        registered: true,
        doubt: doubt(remembered, age),
        reporting: open.filter((report) => report !== own).map((report) => report.value.node),
        report: own === undefined ? 'none' : open.includes(own) ? 'open' : 'closed',
        remembered:
          cluster?.value !== undefined && isRemembered(memory, { ...seen, cluster: cluster.value, proof }),
      },
      cluster: cluster?.value,
      ...seen,
      own,
      proof,
    });
  }

  /** What we remembered before this session key was made. */
  #floor(proof: Proof): string {
    if (this.#age?.czxid !== proof.czxid)
      this.#age = { czxid: proof.czxid, floor: this.#options.memory.remembered.zxid };
    return this.#age.floor;
  }

  #judged(reading: Reading): Reading {
    this.#become(trusts(reading.facts));
    return reading;
  }

  #become(trusted: boolean): void {
    if (this.#trusted === trusted) return;
    this.#trusted = trusted;
    this.#options.onChange(trusted);
  }

  async #guard(step: TrustStep, reading: Reading): Promise<void> {
    const { store } = this.#options;
    const session = reading.proof?.session;
    if (session === undefined || step.kind === 'remember') return;
    const stale = reading.own === undefined ? [] : [deletion(reading.own)];
    const writes = step.kind === 'report' ? [...stale, await this.#report(reading)] : stale;
    await store.commit(writes, { session });
  }

  async #report(reading: Reading) {
    const { me, memory, clock } = this.#options;
    return ephemeralRecord('census', this.#reportPath, {
      ...me,
      incarnation: reading.cluster?.incarnation ?? 0,
      at: clock.now(),
      domains: await this.#options.domains(),
      remembered: {
        ...memory.remembered,
        nodes: [...new Set([...memory.remembered.nodes, ...reading.nodes])],
      },
    });
  }

  async #remember(reading: Reading): Promise<void> {
    const { memory } = this.#options;
    const { cluster, epoch = 0, nodes, proof } = reading;
    if (cluster === undefined || proof === undefined) return;
    const { id, incarnation } = cluster;
    const seen = { cluster: id, incarnation, epoch, zxid: zxidText(proof.czxid), nodes: [...nodes] };
    if (incarnation > memory.remembered.incarnation) await memory.adopt(seen);
    else await memory.note(seen);
  }
}

function unregistered(): Reading {
  const facts = {
    registered: false,
    doubt: undefined,
    reporting: [],
    report: 'none',
    remembered: false,
  } as const;
  return { facts, cluster: undefined, epoch: undefined, nodes: [], own: undefined, proof: undefined };
}

function deletion(record: Recorded<'census'>) {
  return { op: 'delete', path: record.path, version: record.version } as const;
}

function isRemembered(
  memory: Memory,
  tree: {
    cluster: { id: string; incarnation: number };
    epoch: number | undefined;
    nodes: readonly string[];
    proof: Proof;
  },
): boolean {
  const { cluster, incarnation, epoch, zxid, nodes } = memory.remembered;
  return (
    cluster === tree.cluster.id &&
    incarnation === tree.cluster.incarnation &&
    epoch >= (tree.epoch ?? 0) &&
    zxidOf(zxid) >= tree.proof.czxid &&
    tree.nodes.every((node) => nodes.includes(node))
  );
}

/** All reports of living daemons. What no session owns, or cannot be read, is no report. */
export async function openReports(store: Store): Promise<readonly Recorded<'census'>[]> {
  const children = await store.children(CENSUS_PATH);
  const entries = await Promise.all(
    (children?.names ?? []).map((name) => store.read(`${CENSUS_PATH}/${name}`)),
  );
  return entries.flatMap((entry) => {
    if (entry?.stat.owner === undefined) return [];
    const record = tryRecordOf('census', entry);
    return record.problem === undefined ? [record] : [];
  });
}
