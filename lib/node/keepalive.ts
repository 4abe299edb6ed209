import { LIMITS, type Log, Loop, type Plan, type Scope } from '../core/index.js';
import type { Clock, Files, Hypervisor, Store } from '../ports/index.js';
import { readFigures } from './figures.js';
import { networkText, type NetworkSample, sampleNetwork } from './network-figures.js';
import { provisionedBeside } from './provisioned.js';
import { decimal, keyPath, type RouterState } from '../tree/index.js';
import { isRegistered, report } from './register.js';
import { VmReporter } from './vm-reporter.js';

export interface KeepaliveOptions {
  readonly node: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly files: Files;
  readonly hypervisor: Hypervisor;
  readonly log: Log;
  readonly everyMs: number;
  /** What this node is among the coordinators at this moment. */
  router(): RouterState;
  /** The public tree is of another schema: nothing is said in it. */
  readOnly(): boolean;
  /** Whether this daemon has put its node into the tree. */
  readonly registered: boolean;
  /** Puts this node into the tree: it is gone from there, or the tree is. */
  register(): Promise<void>;
  /** Called with the latest transaction of the store that this node has seen: it belongs on the disk. */
  saw(zxid: bigint): Promise<void>;
}

export interface Keepalive {
  wake(): void;
  /** Why the daemon should be started anew: the store answers, and the node has long not said that it lives. */
  illness(): string | undefined;
}

/**
 * Says in the public tree, again and again, that this node lives and how it is. The time is written alone and first: no
 * figure that cannot be had, and no other writer, holds it up.
 */
export function keepAlive(scope: Scope, options: KeepaliveOptions): Keepalive {
  const { clock, log, node, everyMs, store } = options;
  const past: Past = { reporter: new VmReporter(options), network: undefined, beside: undefined };
  let lastAt = -Infinity;
  let { registered } = options;
  /** When this node last said that it lives, or could not know better: there was no session. */
  let wellAt = clock.monotonic();
  const loop = new Loop<never>(scope, {
    name: 'keepalive',
    alarms: clock,
    pass: async (): Promise<Plan<never>> => {
      if (store.session().state !== 'connected') {
        wellAt = clock.monotonic();
        return { do: 'rest', reason: 'no session with the store' };
      }
      if (options.readOnly()) {
        wellAt = clock.monotonic();
        registered = false;
        return { do: 'rest', reason: 'the public tree is of another schema, and only read' };
      }
      const leftMs = lastAt + everyMs - clock.monotonic();
      if (!registered || !(await isRegistered(store, node))) {
        log.warn({ node }, 'this node is not in the tree, or not as it is: it is put there');
        await options.register();
        registered = true;
      }
      await report(store, node, { routerState: options.router(), daemonState: 'run' });
      if (leftMs <= 0) {
        lastAt = clock.monotonic();
        await beat(options, past, () => {
          wellAt = clock.monotonic();
        });
      }
      return { do: 'wait', ms: Math.max(1, lastAt + everyMs - clock.monotonic()), reason: 'alive' };
    },
    onError: (error, retryMs) => log.warn({ node, err: error, retryMs }, 'keepalive'),
    lastRetryMs: everyMs,
  });
  const watch = store.onSession(() => loop.wake());
  scope.defer(() => watch.close());
  void loop.start();
  return {
    wake: () => loop.wake(),
    illness: () => {
      if (store.session().state !== 'connected' || options.readOnly()) return undefined;
      const lateMs = clock.monotonic() - wellAt;
      return lateMs > 3 * everyMs + LIMITS.keepaliveLateMs
        ? `its keepalive is ${Math.round(lateMs / 1000)} s old although the store answers`
        : undefined;
    },
  };
}

/** What one beat leaves for the next one. */
interface Past {
  readonly reporter: VmReporter;
  network: NetworkSample | undefined;
  /** Memory of VMs that belong here and do not run, and when it was looked for. */
  beside: { readonly at: number; readonly mib: number } | undefined;
}

/** Looking at every VM of the cluster is not for each beat. */
const BESIDE_MS = 60_000;

/** @param alive called once the liveness is written: what follows may take its time, or fail */
async function beat(options: KeepaliveOptions, past: Past, alive: () => void): Promise<void> {
  const { node, store, clock, files, hypervisor, log } = options;
  await report(store, node, { keepalive: Math.floor(clock.now() / 1000) });
  alive();
  const entry = await store.read(keyPath('node', 'keepalive', { node }));
  if (entry !== undefined) await options.saw(entry.stat.mzxid);
  const machine = await readFigures(files);
  const network = await sampleNetwork(files, clock.monotonic());
  const text = await networkText(files, past.network ?? network, network);
  past.network = network;
  await report(store, node, {
    networkStats: { object: {}, text },
    cpuLoad: decimal(machine.load, 2),
    memoryTotal: machine.memory.total,
    memoryUsed: machine.memory.used,
    memoryFree: machine.memory.free,
  });
  try {
    const domains = await hypervisor.stats();
    const running = domains.filter((domain) => domain.state === 'running' || domain.state === 'paused');
    await past.reporter.report(running);
    const allocated = Math.floor(sum(running.map((domain) => domain.memory.maxKib)) / 1024);
    if (past.beside === undefined || clock.monotonic() - past.beside.at > BESIDE_MS) {
      const mib = await provisionedBeside(store, node, new Set(running.map(({ uuid }) => uuid)));
      past.beside = { at: clock.monotonic(), mib };
    }
    await report(store, node, {
      domainsCount: running.length,
      runningDomains: running.length === 0 ? ['0'] : running.map((domain) => domain.uuid),
      vcpusAllocated: sum(running.map((domain) => domain.vcpus)),
      memoryAllocated: allocated,
      memoryProvisioned: allocated + past.beside.mib,
    });
  } catch (error) {
    // The node lives although its libvirt does not answer: its last figures stand.
    log.warn({ node, err: error }, 'libvirt has no figures');
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
