import { type Kinded, type Log, Loop, type Plan, reconcileOnce, type Scope } from '../core/index.js';
import type { Clock, Store } from '../ports/index.js';
import { documentPath, DOCUMENT_READS, ensureFolders, ephemeralRecord } from '../tree/index.js';

/** The key that stands while this daemon's session lives: its owner's proof of life. */
export interface Proof {
  readonly path: string;
  readonly czxid: bigint;
  /** The session that owns it. */
  readonly session: string;
}

export interface MembershipOptions {
  readonly node: string;
  readonly boot: string;
  /** Version of the daemon. */
  readonly version: string;
  readonly watchdog: { readonly armed: boolean; readonly seconds: number };
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the key stands, and with undefined when it does not any more. */
  onChange(proof: Proof | undefined): void;
}

interface MembershipFacts {
  readonly session: string | undefined;
  readonly key:
    { readonly owner: string | undefined; readonly czxid: bigint; readonly version: number } | undefined;
}

type MembershipStep =
  | (Kinded & { readonly kind: 'register'; readonly session: string })
  | (Kinded & { readonly kind: 'clear'; readonly session: string; readonly version: number });

/** Pure: what to do about our own session key. */
export function planMembership(facts: MembershipFacts): Plan<MembershipStep> {
  const { session, key } = facts;
  if (session === undefined) return { do: 'rest', reason: 'no session with the store' };
  if (key === undefined) return { do: 'step', step: { kind: 'register', session }, reason: 'not registered' };
  if (key.owner === session) return { do: 'rest', reason: 'registered' };
  if (key.owner === undefined)
    return {
      do: 'step',
      step: { kind: 'clear', session, version: key.version },
      reason: 'a session key without a session is rubbish',
    };
  return { do: 'rest', reason: `an earlier session of this node (${key.owner}) has not ended yet` };
}

/**
 * Keeps this node's session key, and the folders of the Drover tree, which a wipe may take one by one. A key of an earlier session, from before a crash, is waited for, never deleted: while
 * it stands the server may still believe in what that session owned.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #path: string;
  #proof: Proof | undefined;

  constructor(scope: Scope, options: MembershipOptions) {
    this.#options = options;
    this.#path = documentPath('session', { node: options.node });
    const { store, log, node } = options;
    const loop = new Loop<MembershipStep>(scope, {
      name: 'membership',
      alarms: options.clock,
      pass: (signal) =>
        reconcileOnce(
          {
            name: 'membership',
            read: () => this.#read(),
            plan: planMembership,
            guard: (step) => this.#guard(step),
            executors: { register: () => Promise.resolve(), clear: () => Promise.resolve() },
          },
          signal,
        ),
      onPlan: (plan) => log.info({ node }, `membership: ${plan.reason}`),
      onError: (error, retryMs) => log.warn({ node, err: error, retryMs }, 'membership'),
    });
    const watches = [
      store.watch(this.#path, () => loop.wake()),
      store.watchChildren('/drover', () => loop.wake()),
      store.onSession(() => this.#onSession(loop)),
    ];
    for (const watch of watches) scope.defer(() => watch.close());
    void loop.start();
  }

  /** The proof of life, or undefined while this node is not registered in its present session. */
  get proof(): Proof | undefined {
    return this.#proof?.session === this.#options.store.session().id ? this.#proof : undefined;
  }

  #onSession(loop: Loop<MembershipStep>): void {
    if (this.#proof !== undefined && this.proof === undefined) this.#become(undefined);
    loop.wake();
  }

  async #read(): Promise<MembershipFacts> {
    const { store } = this.#options;
    const session = store.session();
    if (session.state !== 'connected' || session.id === undefined)
      return { session: undefined, key: undefined };
    await store.sync();
    await ensureFolders(store);
    const entry = await store.read(this.#path);
    const { owner, czxid, version } = entry?.stat ?? {};
    const mine = owner === session.id && czxid !== undefined;
    const over = store.session().id !== session.id;
    this.#become(mine && !over ? { path: this.#path, czxid, session: session.id } : undefined);
    const key = czxid === undefined || version === undefined ? undefined : { owner, czxid, version };
    return { session: session.id, key };
  }

  #become(proof: Proof | undefined): void {
    if (proof?.czxid === this.#proof?.czxid && proof?.session === this.#proof?.session) return;
    this.#proof = proof;
    this.#options.onChange(proof);
  }

  async #guard(step: MembershipStep): Promise<void> {
    const { store, node, boot, version, watchdog, clock } = this.#options;
    const reads = DOCUMENT_READS;
    const value = { node, boot, version, watchdog, reads, since: clock.now() };
    const write =
      step.kind === 'register'
        ? ephemeralRecord('session', this.#path, value)
        : ({ op: 'delete', path: this.#path, version: step.version } as const);
    await store.commit([write], { session: step.session });
  }
}
