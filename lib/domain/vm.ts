import type { Policy } from '../../schemas/index.js';
import { type KillPoint, Loop, type Plan, reconcileOnce, type Scope } from '../core/index.js';
import { documentPath, keyPath, readRecord, tryReadRecord } from '../tree/index.js';
import { executorsOf, guardStep } from './carry-out.js';
import { dataSlot } from './data-slot.js';
import type { VmFacts, VmPolicy } from './facts.js';
import { MutablePast } from './past.js';
import { planVm } from './plan.js';
import { flushedSince, readWish } from './read.js';
import { KeptSight, look, type Sight } from './sight.js';
import type { Starts } from './starts.js';
import type { VmStep } from './steps.js';
import type { VmStepContext, VmWorld } from './world.js';

export interface VmOptions {
  readonly world: VmWorld;
  readonly policy: (uuid: string) => VmPolicy;
  readonly trusted: () => boolean;
  /** Told when the answer of the plan changes: for logs and faults. */
  readonly onPlan?: (uuid: string, plan: Plan<VmStep>) => void;
  /** Who may start now, of all that are to start here. */
  readonly starts: Starts;
  readonly killPoint?: KillPoint;
}

const MACHINE = 'vm';

/** One VM as one node sees it: reads, plans and carries out, as long as its scope lives. */
export class Vm {
  readonly uuid: string;
  readonly #options: VmOptions;
  readonly #past = new MutablePast();
  readonly #kept = new KeptSight();
  readonly #loop: Loop<VmStep>;
  #lastEnd: 'powered-off' | 'crashed' | undefined;
  #name = '';

  constructor(scope: Scope, uuid: string, options: VmOptions) {
    this.uuid = uuid;
    this.#options = options;
    const { world } = options;
    this.#loop = new Loop<VmStep>(scope, {
      name: MACHINE,
      alarms: world.clock,
      pass: (signal) => this.#pass(signal),
      onPlan: (plan) => {
        const step = plan.do === 'step' ? { step: plan.step.kind } : {};
        world.log.info({ vm: uuid, name: this.#name, node: world.me.node, ...step }, plan.reason);
        options.onPlan?.(uuid, plan);
      },
      onError: (error, retryMs) =>
        world.log.warn({ vm: uuid, node: world.me.node, err: error, retryMs }, 'a pass failed'),
    });
    const wake = () => this.wake();
    const watched = [
      ...(['state', 'node', 'xml'] as const).map((key) => keyPath('domain', key, { uuid })),
      documentPath('run', { uuid }),
      documentPath('ops', { uuid }),
    ];
    for (const path of watched) {
      const watch = world.store.watch(path, wake);
      scope.defer(() => watch.close());
    }
    scope.defer(() => options.starts.leave(uuid));
    void this.#loop.start();
  }

  /** Its name, once it was read: libvirt's events know no other. */
  get name(): string {
    return this.#name;
  }

  wake(): void {
    this.#loop.wake();
  }

  /** Something happened to its process, or may have: it is looked at again. */
  stirred(): void {
    this.#kept.forget();
    this.wake();
  }

  /** libvirt said how its process ended. */
  ended(how: 'powered-off' | 'crashed'): void {
    this.#lastEnd = how;
    this.stirred();
  }

  #pass(signal: AbortSignal): Promise<Plan<VmStep>> {
    const { world, killPoint } = this.#options;
    return reconcileOnce<VmStepContext, VmStep>(
      {
        name: MACHINE,
        read: async () => ({ facts: await this.#read(signal), past: this.#past, signal }),
        plan: ({ facts }) => this.#inTurn(planVm(facts), facts),
        guard: (step, context) => {
          this.#kept.forget();
          return guardStep(world, step, context);
        },
        executors: executorsOf(world),
        ...(killPoint === undefined ? {} : { killPoint }),
      },
      signal,
    );
  }

  /** A start waits until it is its turn. */
  #inTurn(plan: Plan<VmStep>, facts: VmFacts): Plan<VmStep> {
    const { starts } = this.#options;
    if (plan.do !== 'step' || plan.step.kind !== 'start') {
      starts.leave(this.uuid);
      return plan;
    }
    if (starts.enter(this.uuid, facts.policy.startOrder, () => this.wake())) return plan;
    return { do: 'rest', reason: 'others start here first' };
  }

  /**
   * What is kept from the last look is enough to begin a start, which looks again before it creates anything: so a wish need
   * not wait for libvirt. Whatever else follows, also that nothing is to be done, is planned from a look of this very pass.
   */
  async #read(signal: AbortSignal): Promise<VmFacts> {
    const { hypervisor } = this.#options.world;
    const kept = this.#kept.value;
    if (kept !== undefined) {
      const facts = this.#facts(await this.#readTree(signal), kept);
      const plan = planVm(facts);
      if (plan.do === 'step' && plan.step.kind === 'start') return facts;
    }
    const sight = this.#kept.renew(() => look(hypervisor, this.uuid, signal));
    const [tree, seen] = await Promise.all([this.#readTree(signal), sight]);
    // While it lives, how an earlier process ended says nothing.
    if (seen.domain !== undefined) this.#lastEnd = undefined;
    return this.#facts(tree, seen);
  }

  /** With whatever this daemon knows by itself, as it is now. */
  #facts(tree: TreeFacts, sight: Sight): VmFacts {
    const { world, policy, trusted } = this.#options;
    return {
      ...tree,
      ...sight,
      uuid: this.uuid,
      me: world.me,
      now: world.clock.monotonic(),
      trusted: trusted(),
      lastEnd: this.#lastEnd,
      policy: { ...policy(this.uuid), ...tree.policy },
      past: this.#past.value,
    };
  }

  async #readTree(signal: AbortSignal): Promise<TreeFacts> {
    const { store, me } = this.#options.world;
    const uuid = this.uuid;
    await store.sync({ signal });
    const [reading, run, ops, mirror, own, node] = await Promise.all([
      readWish(store, uuid),
      readRecord(store, 'run', documentPath('run', { uuid })),
      readRecord(store, 'ops', documentPath('ops', { uuid })),
      readRecord(store, 'mirror', documentPath('mirror', { uuid })),
      // Garbage there is as good as no policy: the defaults are safe.
      tryReadRecord(store, 'policy', documentPath('policy', { uuid })),
      store.read(keyPath('node', 'domainState', { node: me.node })),
    ]);
    if (reading.wish !== undefined) this.#name = reading.wish.name;
    return {
      wish: reading.wish,
      problem: reading.problem,
      run: run?.value,
      role: mirror?.value.role,
      data: ops && (await dataSlot(store, ops.value.slots)),
      ops: ops && { path: ops.path, version: ops.version },
      flushedSince: reading.wish !== undefined && flushedSince(node, reading.wish.state.mzxid),
      policy: wishedPolicy(own?.value),
    };
  }
}

/** What is read from the store. */
interface TreeFacts extends Pick<
  VmFacts,
  'wish' | 'problem' | 'run' | 'role' | 'data' | 'ops' | 'flushedSince'
> {
  readonly policy: Partial<VmPolicy>;
}

/** What the operator wants for this VM beyond the defaults. */
function wishedPolicy(policy: Policy | undefined): Partial<VmPolicy> {
  const { onPowerOff, startOrder } = policy ?? {};
  return { ...(onPowerOff && { onPowerOff }), ...(startOrder !== undefined && { startOrder }) };
}
