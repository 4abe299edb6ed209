import { EventEmitter } from 'eventemitter3';
import { nodeHost } from '../lib/config/index.js';
import { isDroverError, LIMITS, type Log, type Scope, VERSION } from '../lib/core/index.js';
import { Vms } from '../lib/domain/index.js';
import {
  keepAlive,
  keepCephSecret,
  keepFaults,
  keepPrimaryKey,
  keepSettingsKeys,
  keepStorageKeys,
  type KnownSecret,
  readKind,
  registerNode,
  report,
  runFlush,
} from '../lib/node/index.js';
import {
  Election,
  type Leadership,
  Membership,
  Memory,
  runCensus,
  Runs,
  Trust,
} from '../lib/ownership/index.js';
import { waitForForeignLock } from '../lib/pvc/index.js';
import { Kinds, keepTasks, runSchedules } from '../lib/task/index.js';
import { Accompaniment } from './accompany.js';
import { connected, type Ground } from './ground.js';
import { taskKinds } from './kinds.js';
import type { Orders } from './orders.js';
import { restartable } from './restartable.js';
import { schedulesOf } from './schedules.js';
import type { Settings } from './settings.js';
import { whatRunsHere } from './what-runs.js';

/** A daemon that is up. */
export interface Daemon {
  /** The settings have changed. */
  reload(): void;
  /** Why this daemon should be started anew; undefined while it is well. */
  illness(): string | undefined;
}

/** What the parts of a daemon tell each other: that something has changed, and everybody looks again. */
type Events = EventEmitter<{ changed: () => void }>;

/**
 * Everything that one node does, begun in order and ended in reverse when `scope` closes. VMs run on: the daemon is not
 * their parent.
 */
export async function startDaemon(scope: Scope, ground: Ground, settings: Settings): Promise<Daemon> {
  const memory = await openMemory(ground);
  await connected(ground.store, scope.signal);
  const registered = await enter(ground);
  scope.defer(() =>
    report(ground.store, ground.me.node, { daemonState: 'stop' }).then(
      () => undefined,
      ignoreLost(ground.log),
    ),
  );
  const events: Events = new EventEmitter();
  heedSchema(scope, ground, events);
  const { membership, trust } = joinCluster(scope, ground, memory, events);
  const mayAct = () => trust.trusted && mayWrite(ground);
  const kinds = new Kinds(taskKinds(ground));
  /** What this node is in its term, in the words that other programs follow a change of the primary by. */
  let role: 'takeover' | 'primary' | 'relinquish' | undefined;
  const election = new Election(scope, {
    ...common(ground),
    node: ground.me.node,
    candidate: () => ground.identity.coordinator && membership.proof !== undefined && !scope.closed,
    rememberedEpoch: () => memory.remembered.epoch,
    onElected: (leadership) => lead(leadership),
  });
  const orders = (): Orders => ({ epoch: election.leadership?.epoch, mayBegin: mayAct() });
  const flush = runFlush(scope, {
    ...common(ground),
    node: ground.me.node,
    trusted: mayAct,
    unlocked: unlockedOf(ground),
  });
  const secret = knowSecret(scope, ground);
  const vms = runVms(scope, ground, { trust, mayAct, settings, secret, onPlan: () => flush.wake() });
  const worker = startWorker(scope, ground, settings, orders);
  let term: { renew(): void } | undefined;
  const keeper = keepAlive(scope, {
    ...common(ground),
    node: ground.me.node,
    files: ground.files,
    hypervisor: ground.hypervisor,
    everyMs: ground.config.timers.keepaliveMs,
    router: () => role ?? (ground.identity.coordinator ? 'secondary' : 'client'),
    readOnly: () => !mayWrite(ground),
    registered,
    register: () => register(ground),
    saw: (zxid) => trust.saw(zxid),
  });
  for (const part of [trust, election, vms, flush, keeper]) events.on('changed', () => part.wake());
  events.on('changed', () => worker.tell());
  scope.defer(() => election.handOver().catch(ignoreLost(ground.log)));
  scope.defer(() =>
    report(ground.store, ground.me.node, { daemonState: 'shutdown' }).then(
      () => undefined,
      ignoreLost(ground.log),
    ),
  );
  return {
    reload: () => {
      worker.renew();
      term?.renew();
    },
    illness: () => keeper.illness(),
  };

  function lead(leadership: Leadership): void {
    const { config, me, random } = ground;
    const primary = { ...common(ground), leadership };
    const become = (next: typeof role) => {
      role = next;
      events.emit('changed');
    };
    leadership.scope.defer(() => become(undefined));
    leadership.scope.signal.addEventListener('abort', () => become('relinquish'), { once: true });
    const faults = keepFaults({ ...primary, everyMs: config.timers.healthMs });
    keepPrimaryKey({
      ...primary,
      node: me.node,
      handOver: (to) => election.handOver(to),
      onNamed: () => {
        if (role === 'takeover') become('primary');
      },
      onRefused: (wanted, reason) => faults.refusedPrimary(wanted, reason),
    });
    runCensus({
      ...primary,
      random,
      coordinators: Object.keys(config.cluster.coordinators),
      outgrow: async (epoch) => {
        await memory.note({ epoch });
        election.wake();
      },
    });
    keepStorageKeys({ ...primary, storage: ground.storage, everyMs: config.timers.healthMs });
    const told = keepSettingsKeys({
      ...primary,
      settings: () => ({
        upstreamAddress: settings.current.api.publishedAddress,
        targetSelector: settings.current.migration.selector,
      }),
    });
    keepTasks({ ...primary, kinds });
    const api = serveApi(leadership.scope, ground, settings, orders);
    const schedules = restartable(leadership.scope, 'schedules', (schedulesScope) =>
      runSchedules({ ...primary, scope: schedulesScope, schedules: schedulesOf(settings.current) }),
    );
    term = {
      renew: () => {
        told.wake();
        api?.renew();
        schedules.renew();
      },
    };
    leadership.scope.defer(() => {
      term = undefined;
    });
    become('takeover');
  }
}

function common({ store, clock, log, killPoint }: Ground) {
  return { store, clock, log, ...(killPoint && { killPoint }) };
}

async function openMemory({ files, config, log }: Ground): Promise<Memory> {
  await files.makeDirectory(config.paths.state, 0o700);
  return Memory.load(files, `${config.paths.state}/memory.json`, log);
}

/** Puts this node into the public tree. */
async function register({ store, files, config, identity, clock, me }: Ground): Promise<void> {
  const kind = await readKind(files, process.arch === 'x64' ? 'x86_64' : process.arch);
  await registerNode(store, {
    node: me.node,
    coordinator: identity.coordinator,
    clusterName: config.cluster.name,
    kind,
    now: clock.now(),
  });
}

/** The same when the daemon begins: false when the tree is of another schema, and only read until it is not. */
async function enter(ground: Ground): Promise<boolean> {
  try {
    await register(ground);
    return true;
  } catch (error) {
    if (!isDroverError(error, 'TREE_READ_ONLY')) throw error;
    ground.log.warn({ err: error }, FOREIGN_SCHEMA);
    return false;
  }
}

const FOREIGN_SCHEMA =
  'the public tree is of another schema: it is only read, VMs run on, and nothing starts or ends';

function mayWrite({ store }: Ground): boolean {
  return store.schema.access === 'full';
}

/** Everybody looks again when the public tree has become one of another schema, or of ours. */
function heedSchema(scope: Scope, { store, log }: Ground, events: Events): void {
  const watch = store.onSchema(() => {
    const { schema } = store;
    if (schema.access === 'full') log.info({}, 'the public tree is of our schema again');
    else log.error({ found: schema.problem.found, remedy: schema.problem.remedy }, FOREIGN_SCHEMA);
    events.emit('changed');
  });
  scope.defer(() => watch.close());
}

/** Says that this daemon lives, and finds out whether the tree is the one that it knows. */
function joinCluster(scope: Scope, ground: Ground, memory: Memory, events: Events) {
  const { me, hypervisor } = ground;
  const onChange = () => void events.emit('changed');
  const membership = new Membership(scope, {
    ...common(ground),
    ...me,
    version: VERSION,
    watchdog: { armed: false, seconds: 0 },
    onChange,
  });
  const trust = new Trust(scope, {
    ...common(ground),
    me,
    memory,
    proof: () => membership.proof,
    domains: () => whatRunsHere(hypervisor),
    onChange,
  });
  return { membership, trust };
}

/** libvirt is told the key of Ceph, at once and whenever it has begun anew. */
function knowSecret(scope: Scope, { config, hypervisor, files, log }: Ground): KnownSecret {
  const { secretUuid: uuid, user, keyringFile } = config.ceph;
  return keepCephSecret(scope, { hypervisor, files, log, uuid, user, keyringFile });
}

interface VmsParts {
  readonly trust: Trust;
  /** Whether anything may be started or ended here. */
  readonly mayAct: () => boolean;
  readonly settings: Settings;
  readonly secret: KnownSecret;
  readonly onPlan: () => void;
}

function runVms(scope: Scope, ground: Ground, { trust, mayAct, settings, secret, onPlan }: VmsParts): Vms {
  const { config, identity, me, store, clock, log, hypervisor, storage, random } = ground;
  return new Vms(scope, {
    world: {
      ...common(ground),
      me,
      hypervisor,
      random,
      images: { storage, clock, log, ownAddress: identity.addresses.storage },
      runs: new Runs(store, me, trust),
      trustedCluster: () => trust.cluster,
      migrationTo: (node) => {
        const host = nodeHost(config, node, 'migration');
        return { to: `qemu+${config.libvirt.transport}://${host}/system`, data: `tcp://${host}` };
      },
      secretKnown: () => secret.known(),
      unlocked: unlockedOf(ground),
    },
    onPlan,
    onConnected: () => secret.again(),
    ...(ground.killPoint && { killPoint: ground.killPoint }),
    policy: () => ({
      shutdownMs: settings.current.timers.vmShutdownMs,
      onPowerOff: 'restart',
      startOrder: 0,
    }),
    trusted: mayAct,
  });
}

/** Other programs' writes are lost when a key moves under their lock: ours wait a little. */
function unlockedOf({ store, clock }: Ground) {
  return async (path: string, signal: AbortSignal): Promise<void> => {
    await waitForForeignLock({ store, clock }, path, signal);
  };
}

/** The worker carries tasks out, so that no bulk data passes this process. */
function startWorker(scope: Scope, ground: Ground, settings: Settings, orders: () => Orders) {
  return new Accompaniment(scope, {
    ...ground,
    name: 'worker',
    orders,
    endMs: LIMITS.workerEndMs,
    start: () => ground.companion('worker', settings.source),
  });
}

/** The API is served in a term, by a process of its own for the same reason. */
function serveApi(scope: Scope, ground: Ground, settings: Settings, orders: () => Orders) {
  if (!settings.current.api.enabled) return undefined;
  return new Accompaniment(scope, {
    ...ground,
    name: 'api',
    orders,
    endMs: LIMITS.apiEndMs,
    start: () => ground.companion('api', settings.source),
  });
}

function ignoreLost(log: Log) {
  return (error: unknown) => log.warn({ err: error }, 'the store could not be told');
}
