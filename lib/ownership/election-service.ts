import {
  type KillPoint,
  LIMITS,
  type Log,
  Loop,
  reconcileOnce,
  type Reconciler,
  type Scope,
} from '../core/index.js';
import type { Clock, Store, Watch, Write } from '../ports/index.js';
import {
  ephemeralRecord,
  type MaybeRecorded,
  readRecord,
  tryReadRecord,
  writeRecord,
} from '../tree/index.js';
import {
  type ElectionFacts,
  type ElectionStep,
  type HandoverFact,
  leadsIn,
  planElection,
} from './election.js';
import { Leadership } from './leadership.js';
import { EPOCH_PATH, HANDOVER_PATH, LEADER_PATH, SESSIONS_PATH, termEpoch, termPath } from './paths.js';

export interface ElectionOptions {
  readonly node: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** May this node lead now? Asked at each pass; call {@link Election.wake} when the answer may have changed. */
  candidate(): boolean;
  /** The highest epoch this node remembers. */
  rememberedEpoch(): number;
  /** Called once per term won. What it starts belongs to the term's scope. */
  onElected(leadership: Leadership): void;
  readonly killPoint?: KillPoint;
}

/**
 * One node's part in the election: watches the leader, stands when there is none, and holds the term while the session
 * lives. Level-triggered: whatever was lost on the way, the next reading shows who leads.
 */
export class Election {
  readonly #options: ElectionOptions;
  readonly #scope: Scope;
  readonly #loop: Loop<ElectionStep>;
  readonly #reconciler: Reconciler<ElectionFacts, ElectionStep>;
  #leadership: Leadership | undefined;
  #givingUp = false;
  #firstSeen: { mzxid: bigint; at: number } | undefined;

  constructor(scope: Scope, options: ElectionOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#reconciler = {
      name: 'election',
      read: () => this.#read(),
      plan: planElection,
      guard: (step, facts) => this.#guard(step, facts.session),
      // Each step is one transaction; what follows from it is read again.
      executors: {
        stand: () => Promise.resolve(),
        clear: () => Promise.resolve(),
        resign: () => Promise.resolve(),
      },
      ...(options.killPoint === undefined ? {} : { killPoint: options.killPoint }),
    };
    this.#loop = new Loop(scope, {
      name: 'election',
      alarms: options.clock,
      pass: (signal) => reconcileOnce(this.#reconciler, signal),
      onPlan: (plan) => options.log.info({ node: options.node }, `election: ${plan.reason}`),
      onError: (error, retryMs) => options.log.warn({ node: options.node, err: error, retryMs }, 'election'),
    });
    const wake = () => this.#loop.wake();
    const watches: Watch[] = [
      options.store.watch(LEADER_PATH, wake),
      options.store.watch(EPOCH_PATH, wake),
      options.store.watch(HANDOVER_PATH, wake),
      options.store.onSession(() => {
        this.#endIfLost();
        wake();
      }),
    ];
    for (const watch of watches) scope.defer(() => watch.close());
    this.#loop.start();
  }

  /** The present term of this node, or undefined when it does not lead. */
  get leadership(): Leadership | undefined {
    return this.#leadership?.valid === true ? this.#leadership : undefined;
  }

  /** Something that `candidate` answers from has changed. */
  wake(): void {
    this.#loop.wake();
  }

  /**
   * Gives the leadership up, to `to` when given: the others then stand back. Ends the term's scope first, so nothing of
   * it runs when the next leader begins. Nothing happens when this node does not lead; STORE_CONFLICT when the tree
   * says that it does not any more.
   */
  async handOver(to?: string): Promise<void> {
    const leadership = this.#leadership;
    if (leadership === undefined) return;
    const leader = await readRecord(this.#options.store, 'leader', LEADER_PATH);
    const handover = await this.#options.store.read(HANDOVER_PATH);
    const until = this.#options.clock.now() + LIMITS.handoverMs;
    const writes: Write[] = [
      { op: 'delete', path: LEADER_PATH, version: leader?.version ?? 0 },
      { op: 'delete', path: termPath(leadership.epoch), version: 0 },
    ];
    if (to !== undefined)
      writes.unshift(writeRecord('handover', HANDOVER_PATH, { to, until }, handover?.stat));
    await leadership.scope.close(to === undefined ? 'resigned' : `handed over to ${to}`);
    await this.#options.store.commit(writes, { session: leadership.session });
    this.#loop.wake();
  }

  #endIfLost(): void {
    const leadership = this.#leadership;
    const session = this.#options.store.session();
    if (leadership === undefined || leadership.session === session.id) return;
    this.#end(leadership, 'the session with the store is lost');
  }

  #end(leadership: Leadership, reason: string): void {
    if (this.#leadership === leadership) this.#leadership = undefined;
    leadership.scope
      .close(reason)
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'the end of a term'));
  }

  async #read(): Promise<ElectionFacts> {
    const { store, node } = this.#options;
    const session = store.session();
    const connected = session.state === 'connected' ? session.id : undefined;
    if (connected !== undefined) await store.sync();
    const [leader, epoch, terms, handover] = await Promise.all([
      this.#tryRead('leader', LEADER_PATH),
      this.#tryRead('election-epoch', EPOCH_PATH),
      store.children(EPOCH_PATH),
      this.#tryRead('handover', HANDOVER_PATH),
    ]);
    const facts: ElectionFacts = {
      me: node,
      session: connected,
      candidate: this.#options.candidate(),
      remembered: this.#options.rememberedEpoch(),
      epoch: epoch && {
        number: epoch.value?.epoch,
        version: epoch.version,
        terms: (terms?.names ?? []).map(termEpoch).filter((term) => term !== undefined),
      },
      leader: leader && {
        node: leader.value?.node ?? 'an unreadable key',
        epoch: leader.value?.epoch,
        owner: leader.stat.owner,
        version: leader.version,
      },
      handover: handover && (await this.#handoverFact(handover)),
    };
    this.#adopt(facts);
    return facts;
  }

  async #tryRead<K extends 'leader' | 'election-epoch' | 'handover'>(kind: K, path: string) {
    const record = await tryReadRecord(this.#options.store, kind, path);
    if (record?.problem !== undefined) this.#options.log.warn({ problem: record.problem }, 'election');
    return record;
  }

  /** Standing back is counted by our own clock from when we first saw the request: other clocks are not believed. */
  async #handoverFact(record: MaybeRecorded<'handover'>): Promise<HandoverFact> {
    const now = this.#options.clock.monotonic();
    if (this.#firstSeen?.mzxid !== record.stat.mzxid) this.#firstSeen = { mzxid: record.stat.mzxid, at: now };
    const sessions = await this.#options.store.children(SESSIONS_PATH);
    // A request that nobody can read is meant for nobody: it holds no one back, and goes with the next election.
    const to = record.value?.to ?? '';
    return {
      to,
      version: record.version,
      standBackMs: Math.max(0, this.#firstSeen.at + LIMITS.handoverMs - now),
      present: sessions?.names.includes(to) ?? false,
    };
  }

  /** Begins or ends the term that the facts show. */
  #adopt(facts: ElectionFacts): void {
    const epoch = leadsIn(facts);
    const present = this.#leadership;
    if (present !== undefined && (present.epoch !== epoch || present.scope.closed))
      this.#end(present, 'another node leads');
    if (epoch === undefined || facts.session === undefined || this.#leadership !== undefined) return;
    if (this.#scope.closed || this.#givingUp) return;
    this.#leadership = new Leadership({
      epoch,
      session: facts.session,
      store: this.#options.store,
      clock: this.#options.clock,
      scope: this.#scope.child(`term-${epoch}`),
    });
    this.#options.onElected(this.#leadership);
  }

  async #guard(step: ElectionStep, session: string | undefined): Promise<void> {
    const { store, node, clock } = this.#options;
    if (session === undefined) return;
    switch (step.kind) {
      case 'stand': {
        const { epoch } = step;
        const owner = { node, epoch, since: clock.now() };
        const writes: Write[] = [
          writeRecord('election-epoch', EPOCH_PATH, { epoch }, versionOf(step.epochVersion)),
          ephemeralRecord('leader', LEADER_PATH, owner),
          ...step.ends.map((old): Write => ({ op: 'delete', path: termPath(old), version: 0 })),
          ephemeralRecord('term', termPath(epoch), { node, epoch }),
        ];
        if (step.handoverVersion !== undefined)
          writes.push({ op: 'delete', path: HANDOVER_PATH, version: step.handoverVersion });
        await store.commit(writes, { session });
        return;
      }
      case 'clear':
      case 'resign':
        await store.commit([{ op: 'delete', path: LEADER_PATH, version: step.version }], { session });
        return;
    }
  }
}

function versionOf(version: number | undefined): { version: number } | undefined {
  return version === undefined ? undefined : { version };
}
