import { setMaxListeners } from 'node:events';
import type { Asked } from '../../lib/usecase/index.js';
import { createUseCases, type UseCases } from '../../lib/usecase/index.js';
import type { Log } from '../../lib/core/index.js';
import type { Write } from '../../lib/ports/index.js';
import { SimClock, SimRandom, type SimStore, SimStoreService } from '../../lib/sim/index.js';
import { Kinds, probeTask } from '../../lib/task/index.js';
import { bytesOf } from '../../lib/tree/index.js';

const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Use cases on a simulated store, with a second client that plays the daemons and everybody else. */
export class UseCaseWorldOfTest {
  readonly clock: SimClock;
  readonly service: SimStoreService;
  readonly store: SimStore;
  readonly useCases: UseCases;
  /** Hand-overs that were asked for. */
  readonly handedTo: (string | undefined)[] = [];
  /** Keys whose locks were looked at before a write. */
  readonly lookedAt: string[] = [];
  readonly #others: SimStore;
  /** Called before each look at a lock. */
  beforeWrite: () => Promise<void> = () => Promise.resolve();

  private constructor(clock: SimClock, service: SimStoreService, store: SimStore, others: SimStore) {
    this.clock = clock;
    this.service = service;
    this.store = store;
    this.#others = others;
    this.useCases = this.#useCases(store);
  }

  /** The use cases of another process. */
  otherUseCases(): UseCases {
    return this.#useCases(this.#others);
  }

  #useCases(store: SimStore): UseCases {
    const { clock } = this;
    return createUseCases({
      store,
      clock,
      random: new SimRandom('ids'),
      log: SILENT,
      kinds: new Kinds([probeTask(clock)]),
      node: 'pv1',
      unlocked: async (path) => {
        this.lookedAt.push(path);
        await this.beforeWrite();
      },
      handOver: (to) => {
        this.handedTo.push(to);
        return Promise.resolve();
      },
    });
  }

  static async open(entries: Readonly<Record<string, string>>): Promise<UseCaseWorldOfTest> {
    const random = new SimRandom('use cases');
    const clock = new SimClock({ startMs: Date.UTC(2026, 10, 22, 7, 30, 6), random: random.fork('ties') });
    const service = new SimStoreService({ clock, random: random.fork('store'), delayMs: [1, 1] });
    const [store, others] = [service.open(clock.process('api')), service.open(clock.process('others'))];
    const both = () => [store, others].every((client) => client.session().state === 'connected');
    await clock.runUntil(both, 10_000, 'connected');
    const world = new UseCaseWorldOfTest(clock, service, store, others);
    const writes = Object.entries(entries)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, text]): Write => ({ op: 'create', path, data: bytesOf(text) }));
    await clock.settle(others.commit(writes));
    return world;
  }

  /** Lets virtual time pass until `call` settles. */
  run<T>(call: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.settle(call, limitMs);
  }

  /** Somebody who asks, until `signal` aborts. */
  asked(signal: AbortSignal = new AbortController().signal): Asked {
    // One call asks for many keys at once, as one of the API may.
    setMaxListeners(0, signal);
    return { by: { name: 'test' }, request: 'r1', signal };
  }

  /** Somebody else writes these keys, in one transaction, whatever they held. */
  async write(entries: Readonly<Record<string, string>>): Promise<void> {
    await this.clock.settle(this.#write(entries));
  }

  /** The same from within a call that is being driven already. */
  async writeInside(entries: Readonly<Record<string, string>>): Promise<void> {
    await this.#write(entries);
  }

  /** The text at `path`, as everybody sees it by now. */
  async text(path: string): Promise<string | undefined> {
    const entry = await this.clock.settle(this.#others.sync().then(() => this.#others.read(path)));
    return entry && new TextDecoder().decode(entry.data);
  }

  async version(path: string): Promise<number | undefined> {
    return (await this.clock.settle(this.#others.sync().then(() => this.#others.read(path))))?.stat.version;
  }

  async #write(entries: Readonly<Record<string, string>>): Promise<void> {
    const writes = await Promise.all(
      Object.entries(entries).map(async ([path, text]): Promise<Write> => {
        const entry = await this.#others.read(path);
        const data = bytesOf(text);
        return entry === undefined
          ? { op: 'create', path, data }
          : { op: 'set', path, data, version: entry.stat.version };
      }),
    );
    await this.#others.commit(writes);
  }
}

export const WEB = '00000001-0000-4000-8000-000000000001';
export const DB = '00000002-0000-4000-8000-000000000002';

/** The definition of a VM with one RBD image. */
export function definitionOf(uuid: string, name: string, image = `vms/${name}_sda`): string {
  return `<domain type='kvm'><name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>512</memory>
<devices><disk type='network' device='disk'><source protocol='rbd' name='${image}'/></disk></devices></domain>`;
}

/** A cluster of three nodes and the VM `web`, in these states. */
export function clusterWith(
  web: Readonly<Record<string, string>> = {},
  nodes: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const node = (name: string, free: string) => ({
    [`/nodes/${name}`]: 'coordinator',
    [`/nodes/${name}/daemonstate`]: 'run',
    [`/nodes/${name}/domainstate`]: 'ready',
    [`/nodes/${name}/memfree`]: free,
    [`/nodes/${name}/memused`]: '1000',
    [`/nodes/${name}/memprov`]: '500',
    [`/nodes/${name}/cpuload`]: `0.${free.slice(0, 2)}`,
    [`/nodes/${name}/vcpualloc`]: '4',
    [`/nodes/${name}/domainscount`]: '2',
    [`/nodes/${name}/runningdomains`]: '0',
  });
  return {
    '/config': 'test',
    '/config/maintenance': '',
    '/nodes': '',
    '/domains': '',
    '/faults': '',
    '/drover': '',
    '/drover/runs': '',
    '/drover/tasks': '',
    '/drover/mirrors': '',
    '/drover/ops': '',
    '/drover/policy': '',
    ...node('pv1', '3000'),
    ...node('pv2', '2000'),
    ...node('pv3', '4000'),
    ...nodes,
    ...vmKeys(WEB, 'web', web),
  };
}

/** The keys of a VM; `keys` by their place below its root. */
export function vmKeys(
  uuid: string,
  name: string,
  keys: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const values: Readonly<Record<string, string>> = {
    '': name,
    '/xml': definitionOf(uuid, name),
    '/state': 'stop',
    '/node': 'pv1',
    '/lastnode': '',
    '/failedreason': '',
    '/rbdlist': `vms/${name}_sda`,
    '/node_selector': 'none',
    '/node_limit': '',
    '/tags': '',
    '/snapshots': '',
    ...keys,
  };
  return Object.fromEntries(Object.entries(values).map(([at, text]) => [`/domains/${uuid}${at}`, text]));
}

/** A run record with one holder, or none. */
export function runOf(node?: string, edges: readonly object[] = []): string {
  const holders =
    node === undefined
      ? []
      : [{ node, boot: '00000000-0000-4000-8000-0000000000b0', role: 'run', since: 1_795_334_283_850 }];
  return JSON.stringify({ v: 1, epoch: 1, holders, edges });
}
