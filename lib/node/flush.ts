import { type KillPoint, type Log, Loop, reconcileOnce, type Scope } from '../core/index.js';
import { clusterSelector, memoryOf, type Places, placementWrite, readPlaces } from '../domain/index.js';
import type { Clock, Store, Write } from '../ports/index.js';
import {
  documentPath,
  type Keys,
  keyPath,
  readKeys,
  tryReadRecord,
  withoutContenders,
} from '../tree/index.js';
import { type FlushFacts, type FlushStep, planFlush, type VmSeen } from './flush-plan.js';

export interface FlushOptions {
  readonly node: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly trusted: () => boolean;
  /** Returns when no other program holds a lock under `path`, or when it has waited long enough. */
  unlocked(path: string, signal: AbortSignal): Promise<void>;
  readonly killPoint?: KillPoint;
}

const KEYS = [
  ...(['name', 'state', 'node', 'lastNode', 'xml', 'autostart'] as const),
  ...(['migrationMethod', 'nodeLimit', 'nodeSelector'] as const),
] as const;
type VmKeys = Keys<'domain', (typeof KEYS)[number]>;
type NodeKeys = Keys<'node', 'domainState'>;

interface Reading {
  readonly facts: FlushFacts;
  readonly node: NodeKeys;
  readonly vms: ReadonlyMap<string, VmKeys>;
  /** Undefined when there is nothing to place. */
  readonly places: Places | undefined;
}

/**
 * Empties this node of running VMs when `/nodes/<node>/domainstate` says `flush`, and brings its own back at `unflush`. It
 * only writes wishes; the VMs' own loops carry them out. Whoever writes another word there ends it at any point.
 *
 * Wake it when the plan for any VM has changed.
 */
export function runFlush(scope: Scope, options: FlushOptions): { wake(): void } {
  const { node, store, clock, log } = options;
  /** When this node last sent a VM away. */
  const sent = new Map<string, number>();
  const path = keyPath('node', 'domainState', { node });
  const loop = new Loop<FlushStep>(scope, {
    name: 'flush',
    alarms: clock,
    pass: (signal) =>
      reconcileOnce<Reading, FlushStep>(
        {
          name: 'flush',
          read: () => read(options, sent),
          plan: ({ facts }) => planFlush(facts),
          guard: (step, reading) => guard(options, step, reading, signal),
          ...(options.killPoint && { killPoint: options.killPoint }),
          executors: {
            send: ({ vm }) => {
              sent.set(vm.uuid, clock.monotonic());
              return Promise.resolve();
            },
            fetch: () => Promise.resolve(),
            start: () => Promise.resolve(),
            finish: () => {
              sent.clear();
              return Promise.resolve();
            },
          },
        },
        signal,
      ),
    onPlan: (plan) => log.info({ node }, `flush: ${plan.reason}`),
    onError: (error, retryMs) => log.warn({ node, err: error, retryMs }, 'flush'),
  });
  const watch = store.watch(path, () => loop.wake());
  scope.defer(() => watch.close());
  void loop.start();
  return { wake: () => loop.wake() };
}

async function read(options: FlushOptions, sent: ReadonlyMap<string, number>): Promise<Reading> {
  const { store, node: me, trusted } = options;
  await store.sync();
  const node = await readKeys(store, 'node', { node: me }, ['domainState']);
  const state = node.value('domainState');
  const nothing = { me, state, vms: [], nodes: [], reserved: new Map(), selector: 'mem' } as const;
  const idle = { facts: nothing, node, vms: new Map(), places: undefined } as const;
  if (state !== 'flush' && state !== 'unflush') return idle;
  // In quarantine nobody moves anything: as good as no wish, until it is over.
  if (!trusted()) return { ...idle, facts: { ...idle.facts, state: undefined } };
  const uuids = withoutContenders((await store.children('/domains'))?.names ?? []);
  const [places, selector, ...all] = await Promise.all([
    readPlaces(store, undefined),
    clusterSelector(store),
    ...uuids.map((uuid) => readVm(options, uuid, sent.get(uuid))),
  ]);
  const seen = all.filter((one) => one !== undefined);
  const { nodes, reserved } = places;
  return {
    facts: { me, state, vms: seen.map(({ vm }) => vm), nodes, reserved, selector },
    node,
    places,
    vms: new Map(seen.map(({ vm, keys }) => [vm.uuid, keys])),
  };
}

/** A VM that this node has to do with; undefined for any other, and for one whose keys cannot be read. */
async function readVm({ store, node: me, clock }: FlushOptions, uuid: string, sentAt: number | undefined) {
  const [keys, run] = await Promise.all([
    readKeys(store, 'domain', { uuid }, KEYS),
    tryReadRecord(store, 'run', documentPath('run', { uuid })),
  ]);
  if (!keys.readable('name', 'state', 'node')) return undefined;
  const held = run?.value?.holders.some((holder) => holder.node === me) ?? false;
  const [node, lastNode] = [keys.needed('node') ?? '', keys.sound('lastNode') ?? ''];
  if (!held && node !== me && lastNode !== me) return undefined;
  const selector = keys.sound('nodeSelector');
  const vm: VmSeen = {
    uuid,
    name: keys.needed('name'),
    state: keys.needed('state'),
    node,
    lastNode,
    held,
    autostart: keys.sound('autostart') ?? false,
    method: keys.sound('migrationMethod') ?? 'none',
    limit: keys.sound('nodeLimit') ?? [],
    selector: selector === 'none' || selector === null ? undefined : selector,
    memory: memoryOf(keys.sound('xml') ?? ''),
    failedAgoMs: sentAt === undefined ? undefined : clock.monotonic() - sentAt,
  };
  return { vm, keys };
}

/** Each step is one transaction, tied to what it was decided from: the word for the node, and the VM's keys. */
async function guard(
  options: FlushOptions,
  step: FlushStep,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  const { store, node: me, clock } = options;
  const { node, places } = reading;
  if (step.kind === 'finish') {
    await options.unlocked(node.path('domainState'), signal);
    await store.commit(node.set('domainState', step.state));
    return;
  }
  const keys = reading.vms.get(step.vm.uuid);
  if (keys === undefined || places === undefined) return;
  await options.unlocked(keys.path('state'), signal);
  const to = step.kind === 'send' ? step.target : me;
  const placed = placementWrite(places, { vm: step.vm.uuid, node: to, at: clock.now() });
  await store.commit([...node.check('domainState'), ...writes(keys, step, me), placed]);
}

function writes(keys: VmKeys, step: Exclude<FlushStep, { kind: 'finish' }>, me: string): readonly Write[] {
  const { vm } = step;
  switch (step.kind) {
    case 'send': {
      // One that does not run yet starts there.
      const state = vm.held ? word(vm) : vm.state;
      return [
        ...keys.set('state', state),
        ...keys.set('node', step.target),
        ...keys.set('lastNode', step.lastNode === '' ? undefined : step.lastNode),
      ];
    }
    case 'fetch':
      return [...keys.set('state', word(vm)), ...keys.set('node', me), ...keys.set('lastNode', undefined)];
    case 'start':
      return [...keys.set('state', 'start'), ...keys.set('autostart', false)];
  }
}

/** Only a VM that may be shut down for a move is. */
function word({ method }: VmSeen): 'migrate' | 'migrate-live' {
  return method === 'live' ? 'migrate-live' : 'migrate';
}
