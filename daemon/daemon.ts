import { EventEmitter } from 'eventemitter3';
import { CephStorage } from '../lib/adapters/ceph/index.js';
import { HostClock, HostFiles, HostProcesses, HostRandom } from '../lib/adapters/host/index.js';
import { LibvirtHypervisor } from '../lib/adapters/libvirt/index.js';
import { connectZooKeeper } from '../lib/adapters/zookeeper/index.js';
import { type Configuration, nodeHost, nodeOf } from '../lib/config/index.js';
import { type Log, type Scope, VERSION } from '../lib/core/index.js';
import { Vms } from '../lib/domain/index.js';
import { keepAlive, readKind, registerNode, report } from '../lib/node/index.js';
import {
  Election,
  type Leadership,
  Membership,
  Memory,
  runCensus,
  Runs,
  Trust,
} from '../lib/ownership/index.js';
import type { Hypervisor, Store } from '../lib/ports/index.js';
import { keepTasks, Kinds, runSchedules, type ScheduleDefinition, Worker } from '../lib/task/index.js';
import { keyPath, publish, encodeKey } from '../lib/tree/index.js';
import { waitForForeignLock } from '../lib/pvc/index.js';
import { serveApi } from './api.js';
import { taskKinds } from './kinds.js';
import { bootId, hostName } from './machine.js';

/**
 * Everything that one node does, begun in order and ended in reverse when `scope` closes. VMs run on: the daemon is not
 * their parent.
 */
export async function startDaemon(scope: Scope, config: Configuration, log: Log): Promise<void> {
  const clock = new HostClock();
  const random = new HostRandom();
  const files = new HostFiles();
  const processes = new HostProcesses(clock);
  const identity = nodeOf(config, await hostName(files));
  const me = { node: identity.name, boot: await bootId(files) };
  await files.makeDirectory(config.paths.state, 0o700);
  const memory = await Memory.load(files, `${config.paths.state}/memory.json`, log);

  const store = connectZooKeeper({
    servers: config.store.servers,
    sessionMs: config.store.sessionTimeoutMs,
    clock,
    random,
    log,
  });
  scope.defer(() => store.close());
  const hypervisor = new LibvirtHypervisor({ processes, clock, uri: config.libvirt.uri });
  const storage = new CephStorage(processes, {
    conf: config.ceph.configFile,
    user: config.ceph.user,
    keyring: config.ceph.keyringFile,
  });

  await connected(store, scope.signal);
  const kind = await readKind(files, process.arch === 'x64' ? 'x86_64' : process.arch);
  await registerNode(store, {
    node: me.node,
    coordinator: identity.coordinator,
    clusterName: config.cluster.name,
    kind,
    now: clock.now(),
  });
  scope.defer(() => report(store, me.node, { daemonState: 'stop' }).then(() => undefined, ignoreLost(log)));

  const shared = { store, clock, log };
  // What one part learns, the others look at again.
  const events = new EventEmitter<{ changed: () => void }>();
  const changed = () => void events.emit('changed');
  const membership = new Membership(scope, {
    ...shared,
    ...me,
    version: VERSION,
    watchdog: { armed: false, seconds: 0 },
    onChange: changed,
  });
  const trust = new Trust(scope, {
    ...shared,
    me,
    memory,
    proof: () => membership.proof,
    domains: () => whatRunsHere(hypervisor),
    onChange: changed,
  });
  const election = new Election(scope, {
    ...shared,
    node: me.node,
    candidate: () => identity.coordinator && membership.proof !== undefined && !scope.closed,
    rememberedEpoch: () => memory.remembered.epoch,
    onElected: (leadership) => lead(leadership),
  });
  const vms = new Vms(scope, {
    world: {
      ...shared,
      me,
      hypervisor,
      random,
      images: { storage, clock, log, ownAddress: identity.addresses.storage },
      runs: new Runs(store, me, trust),
      trustedCluster: () => undefined,
      migrationTo: (node) => {
        const host = nodeHost(config, node, 'migration');
        return { to: `qemu+${config.libvirt.transport}://${host}/system`, data: `tcp://${host}` };
      },
      unlocked: async (path, signal) => {
        await waitForForeignLock({ store, clock }, path, signal);
      },
    },
    policy: () => ({ shutdownMs: config.timers.vmShutdownMs, onPowerOff: 'restart' }),
    trusted: () => trust.trusted,
  });
  const kinds = new Kinds(taskKinds({ store, storage, hypervisor, clock }));
  const worker = new Worker(scope, {
    ...shared,
    ...me,
    kinds,
    term: () => election.leadership,
    mayBegin: () => trust.trusted,
  });
  const keeper = keepAlive(scope, {
    ...shared,
    node: me.node,
    files,
    hypervisor,
    everyMs: config.timers.keepaliveMs,
    router: () => {
      if (election.leadership !== undefined) return 'primary';
      return identity.coordinator ? 'secondary' : 'client';
    },
    saw: (zxid) => trust.saw(zxid),
  });
  for (const part of [trust, election, vms, worker, keeper]) events.on('changed', () => part.wake());
  scope.defer(async () => {
    await election.handOver().catch(ignoreLost(log));
  });

  function lead(leadership: Leadership): void {
    runCensus({
      ...shared,
      leadership,
      random,
      coordinators: Object.keys(config.cluster.coordinators),
      outgrow: async (epoch) => {
        await memory.note({ epoch });
        election.wake();
      },
    });
    serveApi(leadership.scope, {
      ...shared,
      config: config.api,
      files,
      random,
      kinds,
      node: me.node,
      handOver: (to) => election.handOver(to),
    });
    keepTasks({ ...shared, leadership, kinds });
    runSchedules({ ...shared, leadership, schedules: schedulesOf(config) });
    changed();
    leadership.scope.defer(changed);
    const primary = new Map([
      [keyPath('cluster', 'primaryNode'), encodeKey('cluster', 'primaryNode', me.node)],
    ]);
    publish(store, primary).catch(ignoreLost(log));
  }
}

function schedulesOf(config: Configuration): readonly ScheduleDefinition[] {
  return Object.entries(config.schedules).map(([name, { task, cron, timeZone, arguments: args }]) => ({
    name,
    cron,
    timeZone,
    kind: task,
    args,
    catchUp: true,
  }));
}

/** Waits for the first session, as long as it takes: without the store there is nothing to do. */
async function connected(store: Store, signal: AbortSignal): Promise<void> {
  if (store.session().state === 'connected') return;
  await new Promise<void>((resolve, reject) => {
    const watch = store.onSession(({ state }) => {
      if (state !== 'connected') return;
      watch.close();
      resolve();
    });
    signal.addEventListener(
      'abort',
      () => {
        watch.close();
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

/** Every domain that libvirt lists, and every process that carries the UUID of one. */
async function whatRunsHere(hypervisor: Hypervisor) {
  const [domains, processes] = await Promise.all([hypervisor.domains(), hypervisor.processes()]);
  const listed = domains
    .filter(({ state }) => state !== 'off')
    .map(({ uuid, state, reason }) => ({
      uuid,
      role: state === 'paused' && reason === 'migrating' ? ('incoming' as const) : ('run' as const),
      seen: 'libvirt' as const,
      state: `${state} (${reason})`,
    }));
  const unlisted = processes
    .filter(({ uuid }) => !listed.some((domain) => domain.uuid === uuid))
    .map(({ uuid }) => ({ uuid, role: 'run' as const, seen: 'process' as const }));
  return [...listed, ...unlisted];
}

function ignoreLost(log: Log) {
  return (error: unknown) => log.warn({ err: error }, 'the store could not be told');
}
