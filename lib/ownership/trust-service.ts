import type { CensusReport, Cluster } from '../../schemas/index.js';
import { DroverError, type Log, Loop, reconcileOnce, type Scope } from '../core/index.js';
import type { Clock, Entry, Store } from '../ports/index.js';
import {
  documentPath,
  ephemeralRecord,
  type Recorded,
  tryReadRecord,
  tryRecordOf,
  withoutContenders,
} from '../tree/index.js';
import type { Incarnate } from './holders.js';
import type { Memory } from './memory.js';
import type { Proof } from './membership.js';
import { CENSUS_PATH, CLUSTER_PATH, EPOCH_PATH } from './paths.js';
import { doubt, planTrust, type TrustFacts, type TrustStep, trusts } from './trust.js';
import type { Seen } from './runs.js';
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
  readonly clusterSeen: Seen | undefined;
  readonly epoch: number | undefined;
  readonly nodes: readonly string[];
  /** Whatever stands where our report belongs. */
  readonly standing: Entry | undefined;
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
  /** The session key under which the tree was found good: another one may stand over another tree. */
  #trusted: Proof | undefined;
  #cluster: Seen | undefined;
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
        this.#become(undefined);
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
    void this.#loop.start();
  }

  /** Whether the tree may be acted on at this moment. */
  get trusted(): boolean {
    return this.#trusted !== undefined && this.#trusted.czxid === this.#options.proof()?.czxid;
  }

  /** The cluster record of the tree as it was found good: what is begun is tied to it. Undefined while it may not be acted on. */
  get cluster(): Seen | undefined {
    return this.trusted ? this.#cluster : undefined;
  }

  /** Our session key, in which the tree was found good. QUARANTINE when it may not be acted on. */
  ground(): Proof {
    const proof = this.#options.proof();
    if (proof !== undefined && this.trusted) return proof;
    throw new DroverError('QUARANTINE', {
      object: `node ${this.#options.me.node}`,
      reason: proof === undefined ? 'it has no session key in the store' : 'it does not trust the tree',
    });
  }

  /** Puts on the disk that the tree has come to transaction `zxid`: one that goes back behind it is in doubt. */
  async saw(zxid: bigint): Promise<void> {
    const proof = this.#options.proof();
    // Without a key of ours nothing tells yet whether that transaction came before the key or after it: counted as before, the
    // next key would seem to stand in an older tree.
    if (proof === undefined) return;
    // Our own later writes say nothing against the tree that this key stands in.
    this.#floor(proof);
    await this.#options.memory.note({ zxid: zxidText(zxid) });
  }

  /** Our session key has come or gone. */
  wake(): void {
    this.#loop.wake();
  }

  async #read(): Promise<Reading> {
    const { store, memory } = this.#options;
    const proof = this.#options.proof();
    if (proof === undefined) return this.#judged(unregistered());
    await store.sync();
    const [cluster, epoch, children, reports, standing] = await Promise.all([
      tryReadRecord(store, 'cluster', CLUSTER_PATH),
      tryReadRecord(store, 'election-epoch', EPOCH_PATH),
      store.children('/nodes'),
      openReports(store),
      store.read(this.#reportPath),
    ]);
    const nodes = withoutContenders(children?.names ?? []);
    const against = cluster?.value?.incarnation ?? 0;
    const own = reports.find(({ path, stat }) => path === this.#reportPath && stat.owner === proof.session);
    const open = reports.filter((report) => report.value.incarnation >= against);
    const age = { cluster: cluster?.value, epoch: epoch?.value?.epoch, zxid: proof.czxid };
    const remembered = { ...memory.remembered, zxid: this.#floor(proof) };
    const seen = { epoch: epoch?.value?.epoch, nodes };
    return this.#judged({
      facts: {
        registered: true,
        doubt: doubt(remembered, age),
        reporting: open.filter((report) => report !== own).map((report) => report.value.node),
        report: standing === undefined ? 'none' : own !== undefined && open.includes(own) ? 'open' : 'closed',
        remembered:
          cluster?.value !== undefined && isRemembered(memory, { ...seen, cluster: cluster.value, proof }),
      },
      cluster: cluster?.value,
      clusterSeen: cluster && { path: CLUSTER_PATH, version: cluster.version },
      ...seen,
      standing,
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
    this.#cluster = reading.clusterSeen;
    this.#become(trusts(reading.facts) ? reading.proof : undefined);
    return reading;
  }

  #become(trusted: Proof | undefined): void {
    if (this.#trusted?.czxid === trusted?.czxid) return;
    this.#trusted = trusted;
    this.#options.onChange(trusted !== undefined);
  }

  async #guard(step: TrustStep, reading: Reading): Promise<void> {
    const { store } = this.#options;
    const session = reading.proof?.session;
    if (session === undefined || step.kind === 'remember') return;
    const stale = reading.standing === undefined ? [] : [deletion(reading.standing)];
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
    if (incarnation === memory.remembered.incarnation) return memory.note(seen);
    await memory.adopt(seen);
    // What we remembered of the time before the census says nothing any more.
    this.#age = { czxid: proof.czxid, floor: seen.zxid };
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
  return {
    facts,
    cluster: undefined,
    clusterSeen: undefined,
    epoch: undefined,
    nodes: [],
    standing: undefined,
    proof: undefined,
  };
}

function deletion({ path, stat }: Entry) {
  return { op: 'delete', path, version: stat.version } as const;
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
    withoutContenders(children?.names ?? []).map((name) => store.read(`${CENSUS_PATH}/${name}`)),
  );
  return entries.flatMap((entry) => {
    if (entry?.stat.owner === undefined) return [];
    const record = tryRecordOf('census', entry);
    return record.problem === undefined ? [record] : [];
  });
}
