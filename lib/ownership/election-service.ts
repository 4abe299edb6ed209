import {
  type Executors,
  type KillPoint,
  killPoints,
  LIMITS,
  type Log,
  Loop,
  reconcileOnce,
  type Reconciler,
  type Scope,
} from '../core/index.js';
import type { Clock, Store, Watch, Write } from '../ports/index.js';
import { ephemeralRecord, type MaybeRecorded, tryReadRecord, writeRecord } from '../tree/index.js';
import {
  type ElectionFacts,
  type ElectionStep,
  type HandoverFact,
  leadsIn,
  planElection,
  type TermFact,
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

const NAME = 'election';

/** Each step is one transaction; what follows from it is read again. */
const EXECUTORS: Executors<ElectionStep, ElectionFacts> = {
  stand: () => Promise.resolve(),
  clear: () => Promise.resolve(),
  resign: () => Promise.resolve(),
};

/** Where a daemon can die in the middle of an election: what kill tests are made from. */
export const ELECTION_KILL_POINTS: readonly string[] = killPoints({ name: NAME, executors: EXECUTORS });

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
  #handingOver: Promise<void> | undefined;
  /** The highest epoch seen, also while the tree is not trusted and so not remembered. */
  #highest = 0;
  #firstSeen: { mzxid: bigint; at: number } | undefined;

  constructor(scope: Scope, options: ElectionOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#reconciler = {
      name: NAME,
      read: () => this.#read(),
      plan: planElection,
      guard: (step, facts) => this.#guard(step, facts.session),
      executors: EXECUTORS,
      ...(options.killPoint === undefined ? {} : { killPoint: options.killPoint }),
    };
    this.#loop = new Loop(scope, {
      name: NAME,
      alarms: options.clock,
      pass: (signal) => reconcileOnce(this.#reconciler, signal),
      onPlan: (plan) => options.log.info({ node: options.node }, `election: ${plan.reason}`),
      onError: (error, retryMs) => options.log.warn({ node: options.node, err: error, retryMs }, 'election'),
    });
    const wake = () => this.#loop.wake();
    const watches: Watch[] = [
      options.store.watch(LEADER_PATH, wake),
      options.store.watch(EPOCH_PATH, wake),
      options.store.watchChildren(EPOCH_PATH, wake),
      options.store.watch(HANDOVER_PATH, wake),
      options.store.onSession(() => {
        this.#endIfLost();
        wake();
      }),
    ];
    for (const watch of watches) scope.defer(() => watch.close());
    void this.#loop.start();
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
   * Gives the leadership up, to `to` when given: the others then stand back. Ends the term's scope first; work that
   * does not end within `LIMITS.termEndMs` is not waited for, its writes fail with the term. Nothing happens when this
   * node does not lead; a second call joins the first. STORE_CONFLICT when the tree says that it does not lead any
   * more; after any failure the loop finds out who leads.
   *
   * Work of the term itself may ask for this, but not wait for it: it would wait for its own end.
   */
  handOver(to?: string): Promise<void> {
    const leadership = this.#leadership;
    if (leadership === undefined) return Promise.resolve();
    this.#handingOver ??= this.#handOver(leadership, to).finally(() => {
      this.#handingOver = undefined;
      if (leadership.scope.closed && this.#leadership === leadership) this.#leadership = undefined;
      this.#loop.wake();
    });
    return this.#handingOver;
  }

  async #handOver(leadership: Leadership, to: string | undefined): Promise<void> {
    const { store, clock } = this.#options;
    const [leader, handover] = await Promise.all([store.read(LEADER_PATH), store.read(HANDOVER_PATH)]);
    const writes: Write[] = [
      { op: 'delete', path: LEADER_PATH, version: leader?.stat.version ?? 0 },
      { op: 'delete', path: termPath(leadership.epoch), version: 0 },
    ];
    if (to !== undefined) {
      const until = clock.now() + LIMITS.handoverMs;
      writes.push(writeRecord('handover', HANDOVER_PATH, { to, until }, handover?.stat));
    }
    await this.#waitForEnd(leadership, to === undefined ? 'resigned' : `handed over to ${to}`);
    await store.commit(writes, { session: leadership.session });
  }

  #waitForEnd(leadership: Leadership, reason: string): Promise<void> {
    return new Promise((resolve) => {
      const alarm = this.#options.clock.after(LIMITS.termEndMs, resolve);
      void this.#close(leadership, reason).then(() => {
        alarm.cancel();
        resolve();
      });
    });
  }

  #endIfLost(): void {
    const leadership = this.#leadership;
    const session = this.#options.store.session();
    if (leadership === undefined || leadership.session === session.id) return;
    this.#end(leadership, 'the session with the store is lost');
  }

  #end(leadership: Leadership, reason: string): void {
    if (this.#leadership === leadership) this.#leadership = undefined;
    void this.#close(leadership, reason);
  }

  #close({ scope, epoch }: Leadership, reason: string): Promise<void> {
    return scope
      .close(reason)
      .catch((error: unknown) => this.#options.log.error({ epoch, err: error }, 'the end of a term'));
  }

  async #read(): Promise<ElectionFacts> {
    const { store, node } = this.#options;
    const session = store.session();
    // While the store does not answer, nothing is known: the term goes on as long as its lease.
    if (session.state !== 'connected' || session.id === undefined) return blind(node);
    await store.sync();
    const [leader, epoch, terms, handover] = await Promise.all([
      this.#tryRead('leader', LEADER_PATH),
      this.#tryRead('election-epoch', EPOCH_PATH),
      this.#terms(),
      this.#tryRead('handover', HANDOVER_PATH),
    ]);
    this.#highest = Math.max(this.#highest, epoch?.value?.epoch ?? 0);
    const facts: ElectionFacts = {
      me: node,
      session: session.id,
      candidate: this.#options.candidate(),
      remembered: Math.max(this.#highest, this.#options.rememberedEpoch()),
      epoch: epoch && { number: epoch.value?.epoch, version: epoch.version, terms },
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

  async #terms(): Promise<readonly TermFact[]> {
    const { store } = this.#options;
    const names = (await store.children(EPOCH_PATH))?.names ?? [];
    const epochs = names.map(termEpoch).filter((epoch) => epoch !== undefined);
    const entries = await Promise.all(epochs.map((epoch) => store.read(termPath(epoch))));
    return epochs.flatMap((epoch, index) => {
      const version = entries[index]?.stat.version;
      return version === undefined ? [] : [{ epoch, version }];
    });
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
    const { store, clock } = this.#options;
    // Of a session that is over by now: the next reading decides.
    if (facts.session === undefined || facts.session !== store.session().id) return;
    const epoch = leadsIn(facts);
    const present = this.#leadership;
    if (present !== undefined && (present.epoch !== epoch || present.scope.closed))
      this.#end(present, 'the store shows another term');
    if (epoch === undefined || this.#leadership !== undefined) return;
    if (this.#scope.closed || this.#handingOver !== undefined) return;
    const scope = this.#scope.child(`term-${epoch}`);
    const leadership = new Leadership({ epoch, session: facts.session, store, clock, scope });
    this.#leadership = leadership;
    try {
      this.#options.onElected(leadership);
    } catch (error) {
      // A term in which nothing was begun is none: the next pass begins it anew.
      this.#end(leadership, 'its work could not begin');
      throw error;
    }
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
          ...deletion(LEADER_PATH, step.leaderVersion),
          ephemeralRecord('leader', LEADER_PATH, owner),
          ...step.ends.flatMap((term) => deletion(termPath(term.epoch), term.version)),
          ephemeralRecord('term', termPath(epoch), { node, epoch }),
          ...deletion(HANDOVER_PATH, step.handoverVersion),
        ];
        await store.commit(writes, { session });
        return;
      }
      case 'clear': {
        const writes: Write[] = deletion(LEADER_PATH, step.version);
        // A key that a winner has made since may have the same version as the rubbish.
        if (step.epochVersion !== undefined)
          writes.unshift({ op: 'check', path: EPOCH_PATH, version: step.epochVersion });
        await store.commit(writes, { session });
        return;
      }
      case 'resign':
        await store.commit(deletion(LEADER_PATH, step.version), { session });
        return;
    }
  }
}

/** What is known without an answer of the store. */
function blind(me: string): ElectionFacts {
  return {
    me,
    session: undefined,
    candidate: false,
    epoch: undefined,
    leader: undefined,
    remembered: 0,
    handover: undefined,
  };
}

function deletion(path: string, version: number | undefined): Write[] {
  return version === undefined ? [] : [{ op: 'delete', path, version }];
}

function versionOf(version: number | undefined): { version: number } | undefined {
  return version === undefined ? undefined : { version };
}
