import { DroverError, hexId, type Log, Scope, SILENT } from '../../lib/core/index.js';
import {
  Election,
  type Leadership,
  Membership,
  Memory,
  Operations,
  runCensus,
  Runs,
  Trust,
} from '../../lib/ownership/index.js';
import {
  between,
  chance,
  SimClock,
  SimFiles,
  type SimProcess,
  SimRandom,
  type SimStore,
  SimStoreService,
} from '../../lib/sim/index.js';

export const SESSION_MS = 8_000;

/** Where a daemon keeps what it remembers. */
export const MEMORY = '/var/lib/drover/memory.json';

/** Files on a disk that may be full. */
export class Disk extends SimFiles {
  full = false;

  override replace(path: string, data: Uint8Array | string): Promise<void> {
    if (!this.full) return super.replace(path, data);
    return Promise.reject(new DroverError('FILE_FAILED', { object: path, reason: 'no space left' }));
  }
}

/** One act of a primary, as it really happened. */
export interface Act {
  readonly atMs: number;
  readonly node: string;
  readonly epoch: number;
}

/** One act of an operation that has a slot. */
export interface SlotAct {
  readonly vm: string;
  readonly slot: 'read' | 'data' | 'life';
  readonly id: string;
  readonly atMs: number;
}

/** A process of a VM, which lives whatever becomes of its daemon. */
export interface VmProcess {
  readonly vm: string;
  readonly node: string;
}

/** A cluster of daemons on virtual time that do nothing but own things, and a record of what they really did. */
export class World {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly service: SimStoreService;
  readonly hosts: readonly Host[];
  readonly acts: Act[] = [];
  readonly slotActs: SlotAct[] = [];
  readonly processes = new Set<VmProcess>();
  /** What must never be. */
  readonly violations: string[] = [];
  started = 0;
  /** Called at each cut of each daemon's election. */
  cut: (daemon: Daemon, name: string) => void | Promise<void> = () => undefined;
  /** Called at the beginning of each term. */
  onElected: (leadership: Leadership) => void = () => undefined;
  readonly log: Log;

  constructor(seed: number, nodes: readonly string[], vms: readonly string[], log: Log = SILENT) {
    this.log = log;
    this.random = new SimRandom(seed);
    this.clock = new SimClock({ random: this.random.fork('ties') });
    this.service = new SimStoreService({
      clock: this.clock,
      random: this.random.fork('service'),
      lagMs: [0, 400],
    });
    this.hosts = nodes.map((node) => new Host(this, node, nodes, vms));
  }

  createProcess(vm: string, node: string): VmProcess {
    for (const other of this.processes)
      if (other.vm === vm) this.violations.push(`${vm} was started on ${node} while it ran on ${other.node}`);
    const process = { vm, node };
    this.processes.add(process);
    this.started += 1;
    return process;
  }
}

/** A machine with one daemon after another on it, and the processes of its VMs. */
export class Host {
  readonly node: string;
  readonly world: World;
  boot: string;
  /** Whether its daemons stand for election. */
  mayLead = true;
  readonly files = new Disk();
  readonly coordinators: readonly string[];
  readonly vms: readonly string[];
  daemon: Daemon;
  #daemons = 0;

  constructor(world: World, node: string, coordinators: readonly string[], vms: readonly string[]) {
    this.world = world;
    this.node = node;
    this.boot = `boot-of-${node}`;
    this.coordinators = coordinators;
    this.vms = vms;
    this.daemon = this.#start();
  }

  /** Kills the daemon and starts the next one; VMs live on. */
  restart(): void {
    this.daemon.process.kill();
    this.daemon = this.#start();
  }

  /** Takes its power away: daemon and VMs are gone. */
  powerOff(): void {
    this.daemon.process.kill();
    for (const process of this.running()) this.world.processes.delete(process);
  }

  /** Boots after a power-off. */
  powerOn(): void {
    this.boot = `${this.boot}'`;
    this.daemon = this.#start();
  }

  running(): readonly VmProcess[] {
    return [...this.world.processes].filter((process) => process.node === this.node);
  }

  #start(): Daemon {
    this.#daemons += 1;
    return new Daemon(this, this.#daemons);
  }
}

export class Daemon {
  readonly process: SimProcess;
  readonly store: SimStore;
  readonly host: Host;
  readonly random: SimRandom;
  readonly scope: Scope;
  election: Election | undefined;
  trust: Trust | undefined;
  membership: Membership | undefined;
  runs: Runs | undefined;
  /** Epochs of the terms that it began. */
  readonly terms: number[] = [];

  constructor(host: Host, count: number) {
    const { world, node } = host;
    this.host = host;
    this.random = world.random.fork(`${node}/${count}`);
    this.process = world.clock.process(`${node}-${count}`, {
      skewMs: Math.round(between(this.random, -60_000, 60_000)),
    });
    this.store = world.service.open(this.process, SESSION_MS);
    this.scope = new Scope(`${node}-${count}`);
    void this.#run();
  }

  get log(): Log {
    return this.host.world.log;
  }

  async #run(): Promise<void> {
    const { host, store, scope, log } = this;
    const { node, boot } = host;
    const clock = this.process.clock;
    const memory = await Memory.load(host.files, MEMORY, log);
    const wake = () => {
      this.trust?.wake();
      this.election?.wake();
    };
    const membership = new Membership(scope, {
      node,
      boot,
      version: '0',
      watchdog: { armed: false, seconds: 0 },
      store,
      clock,
      log,
      onChange: wake,
    });
    this.membership = membership;
    this.trust = new Trust(scope, {
      me: { node, boot },
      store,
      clock,
      memory,
      log,
      proof: () => membership.proof,
      domains: () => Promise.resolve(this.#domains()),
      onChange: wake,
    });
    this.election = new Election(scope, {
      node,
      store,
      clock,
      log,
      candidate: () => host.mayLead && membership.proof !== undefined,
      killPoint: (name) => host.world.cut(this, name),
      rememberedEpoch: () => memory.remembered.epoch,
      onElected: (leadership) => this.#lead(leadership, memory),
    });
    const runs = new Runs(store, { node, boot }, this.trust);
    this.runs = runs;
    for (const vm of host.vms) void this.#keepVm(vm, runs);
    void this.#operate();
  }

  #domains() {
    return this.host
      .running()
      .map((process) => ({ uuid: process.vm, role: 'run' as const, seen: 'libvirt' as const }));
  }

  #lead(leadership: Leadership, memory: Memory): void {
    this.terms.push(leadership.epoch);
    this.host.world.onElected(leadership);
    const { store, log, random } = this;
    const clock = this.process.clock;
    runCensus({
      leadership,
      store,
      clock,
      random,
      log,
      coordinators: this.host.coordinators,
      outgrow: async (epoch) => {
        await memory.note({ epoch });
        this.election?.wake();
      },
    });
    void leadership.scope.run((signal) => this.#act(leadership, signal)).catch(() => undefined);
  }

  /** Acts as the primary again and again; each act really happens at the moment that it is recorded. */
  async #act(leadership: Leadership, signal: AbortSignal): Promise<void> {
    const { world, node } = this.host;
    while (!signal.aborted) {
      await this.process.clock.sleep(between(this.random, 50, 1_500), signal);
      await leadership
        .act(() => {
          world.acts.push({ atMs: world.clock.monotonic(), node, epoch: leadership.epoch });
          return Promise.resolve();
        })
        .catch(() => undefined);
    }
  }

  /** Wants to run the VM now and then: takes it, makes a process, ends it, leaves it. */
  async #keepVm(vm: string, runs: Runs): Promise<void> {
    const { world, node } = this.host;
    const clock = this.process.clock;
    for (;;) {
      await clock.sleep(between(this.random, 100, 3_000));
      try {
        const mine = [...world.processes].find((process) => process.vm === vm && process.node === node);
        if (mine !== undefined) {
          if (chance(this.random, 0.5)) world.processes.delete(mine);
          continue;
        }
        const held = await runs.read(vm);
        if (held?.value.holders.some((holder) => holder.node === node) === true) {
          await runs.leave(vm, { gone: 'process', domain: 'absent', process: 'absent' });
          continue;
        }
        await runs.take(vm, { attempt: hexId(this.random), seen: [], now: clock.now() });
        world.createProcess(vm, node);
      } catch {
        // Held by another, in quarantine, or the store in trouble: the next round reads again.
      }
    }
  }

  /** Takes a slot of some VM now and then, and works in it while its proof of life holds. */
  async #operate(): Promise<void> {
    const { world, node, vms } = this.host;
    const operations = new Operations(this.store);
    const clock = this.process.clock;
    for (let count = 0; ; count += 1) {
      await clock.sleep(between(this.random, 200, 4_000));
      const proof = this.membership?.proof;
      const vm = vms[Math.floor(between(this.random, 0, vms.length))];
      if (proof === undefined || vm === undefined) continue;
      const slot = chance(this.random, 0.5) ? 'data' : chance(this.random, 0.5) ? 'read' : 'life';
      const id = `${this.process.name}-${count}`;
      try {
        const operation = await operations.begin(vm, {
          slot,
          id,
          operation: slot,
          node,
          proof,
          now: clock.now(),
        });
        for (let step = 0; step < 3; step += 1) {
          await clock.sleep(between(this.random, 10, 800));
          const session = this.store.session();
          const alive = session.id === proof.session && clock.monotonic() < session.leaseUntil;
          if (alive) world.slotActs.push({ vm, slot, id, atMs: world.clock.monotonic() });
        }
        await operation.end();
      } catch {
        // Busy, or the store in trouble: the next round asks again.
      }
    }
  }
}
