import { startDaemon } from '../../daemon/daemon.js';
import type { Ground } from '../../daemon/ground.js';
import { Settings } from '../../daemon/settings.js';
import { nodeOf } from '../../lib/config/index.js';
import { DroverError, type Log, Scope } from '../../lib/core/index.js';
import type { ImageStreams, Processes } from '../../lib/ports/index.js';
import {
  SimCeph,
  SimClock,
  SimFiles,
  type SimGuest,
  type SimHypervisor,
  type SimMachine,
  SimMachines,
  type SimProcess,
  SimRandom,
  type SimStore,
  SimStoreService,
} from '../../lib/sim/index.js';
import { GuardedStore } from '../../lib/tree/index.js';
import { mayEnd } from './life-wishes.js';
import { simXml } from './sim-ground.js';

export const SESSION_MS = 8_000;
const BEGIN_AGAIN_MS = 2_000;

/** A VM of a simulated cluster; its number is in its UUID. */
export interface LifeVm {
  readonly uuid: string;
  readonly name: string;
}

export function lifeVm(name: string): LifeVm {
  const number = /\d+$/.exec(name)?.[0] ?? '0';
  return { name, uuid: `${number.padStart(8, '0')}-0000-4000-8000-000000000001` };
}

export interface LifeOptions {
  readonly seed: number | string;
  readonly nodes: readonly string[];
  readonly vms: readonly string[];
  /** The store answers at once, and never with anything old. */
  readonly calm?: boolean;
  /** The daemons hear no event of libvirt's but that it can be heard again. */
  readonly deaf?: boolean;
  /** Told what the daemons log. */
  readonly log?: (node: string, fields: object, message: string) => void;
}

/** Whole daemons, as they are in production, over simulated machines, storage and store: nothing in it is real but them. */
export class LifeWorld {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly service: SimStoreService;
  readonly ceph: SimCeph;
  readonly machines: SimMachines;
  readonly hosts: readonly LifeHost[];
  readonly vms: readonly LifeVm[];
  readonly options: LifeOptions;
  readonly operator: SimStore;
  /** Wishes for which a guest was asked to power off. */
  readonly asked = new Set<string>();

  constructor(options: LifeOptions) {
    this.options = options;
    this.random = new SimRandom(options.seed);
    this.clock = new SimClock({ random: this.random.fork('ties') });
    const { clock, random } = this;
    const store = options.calm === true ? { delayMs: [0, 0] as const } : { lagMs: [0, 200] as const };
    this.service = new SimStoreService({ clock, random: random.fork('service'), ...store });
    this.ceph = new SimCeph({ clock, random: random.fork('ceph') });
    this.machines = new SimMachines({ clock, random: random.fork('machines'), ceph: this.ceph });
    this.vms = options.vms.map(lifeVm);
    for (const { name } of this.vms) this.ceph.images.add({ pool: 'vms', name }, 1024 ** 2);
    this.hosts = options.nodes.map((node, index) => new LifeHost(this, node, index + 1));
    this.operator = this.service.open(clock.process('operator'), SESSION_MS);
  }

  host(node: string): LifeHost {
    const host = this.hosts.find((one) => one.node === node);
    if (host === undefined) throw new Error(`there is no node ${node}`);
    return host;
  }

  vm(name: string): LifeVm {
    const vm = this.vms.find((one) => one.name === name);
    if (vm === undefined) throw new Error(`there is no VM ${name}`);
    return vm;
  }

  /** The value of a key as the service has it; undefined when there is none. */
  text(path: string): string | undefined {
    const entry = this.service.peek(path);
    return entry && new TextDecoder().decode(entry.data);
  }

  /** What runs of a VM, and where. A receiving process counts once its processors run. */
  running(vm: LifeVm): { readonly host: LifeHost; readonly guest: SimGuest }[] {
    return this.hosts.flatMap((host) =>
      host.machine.guests
        .filter((guest) => guest.uuid === vm.uuid && guest.alive && guest.role !== 'incoming')
        .map((guest) => ({ host, guest })),
    );
  }

  xml(vm: LifeVm): string {
    return simXml({ uuid: vm.uuid, name: vm.name, image: vm.name });
  }
}

/** A machine with one daemon after another on it. */
export class LifeHost {
  readonly world: LifeWorld;
  readonly node: string;
  readonly machine: SimMachine;
  readonly files = new SimFiles();
  /** The cut at which the present daemon dies. */
  dieAt: string | undefined;
  process: SimProcess | undefined;
  /** libvirt refuses the next time that it shall ask a guest to power off. */
  refusesShutdown = false;
  store: SimStore | undefined;
  /** Calls that nothing asked for. */
  readonly wrong: string[] = [];
  #daemons = 0;
  #boots = 1;

  constructor(world: LifeWorld, node: string, index: number) {
    this.world = world;
    this.node = node;
    this.machine = world.machines.add(node, `198.18.0.${index}`);
    for (const [path, text] of Object.entries(PROC)) void this.files.replace(path, text);
    this.startDaemon();
  }

  /** Whether a daemon runs here. */
  get up(): boolean {
    return this.process !== undefined && this.process.state !== 'killed';
  }

  startDaemon(): void {
    if (this.up || !this.machine.powered) return;
    this.#daemons += 1;
    const { world, node } = this;
    const process = world.clock.process(`${node}-${this.#daemons}`);
    this.process = process;
    this.store = world.service.open(process, SESSION_MS);
    const scope = new Scope(process.name);
    const settings = new Settings({ file: 'drover.yaml', text: this.#configuration() });
    const say = (fields: object, message: string) => world.options.log?.(node, fields, message);
    const log: Log = { debug: () => undefined, info: say, warn: say, error: say };
    const ground: Ground = {
      config: settings.current,
      identity: nodeOf(settings.current, node),
      me: { node, boot: `boot-${this.#boots}-of-${node}` },
      log,
      clock: process.clock,
      random: world.random.fork(process.name),
      files: this.files,
      processes: NO_PROCESSES,
      store: new GuardedStore(this.store),
      hypervisor: this.#hypervisor(process),
      storage: world.ceph.storage(process, this.machine.address),
      streams: NO_STREAMS,
      companion: () => ({
        ended: new Promise(() => undefined),
        tell: () => undefined,
        kill: () => undefined,
      }),
      killPoint: (name) => this.#cut(process, name),
    };
    startDaemon(scope, ground, settings).catch((error: unknown) => say({ err: error }, 'the daemon failed'));
  }

  kill(): void {
    this.process?.kill();
  }

  powerOff(): void {
    this.kill();
    this.machine.powerOff();
  }

  powerOn(): void {
    if (this.machine.powered) return;
    this.#boots += 1;
    this.machine.powerOn();
    this.startDaemon();
  }

  /** The hypervisor as a daemon has it: what it ends is held against the keys at that moment. */
  #hypervisor(process: SimProcess): SimHypervisor {
    const { world, node, wrong } = this;
    const hypervisor = world.machines.hypervisor(this.machine, process);
    const destroy = hypervisor.destroy.bind(hypervisor);
    hypervisor.destroy = (uuid, options) => {
      if (!mayEnd(world, uuid)) wrong.push(`${node} ended ${uuid} although nothing asks for that`);
      return destroy(uuid, options);
    };
    const watch = hypervisor.watch.bind(hypervisor);
    hypervisor.watch = (listener, signal) =>
      watch((event) => {
        if (world.options.deaf !== true || event.kind === 'gap') listener(event);
      }, signal);
    const shutdown = hypervisor.shutdown.bind(hypervisor);
    hypervisor.shutdown = (uuid, options) => {
      if (this.refusesShutdown) {
        this.refusesShutdown = false;
        return Promise.reject(
          new DroverError('HYPERVISOR_REFUSED', { object: `domain ${uuid}`, reason: 'simulated' }),
        );
      }
      // By the edge word in its record: a word that is written again is another wish.
      const wish = `${uuid} ${/"mzxid":"(\w+)"/.exec(world.text(`/drover/runs/${uuid}`) ?? '')?.[1] ?? ''}`;
      if (world.asked.has(wish)) wrong.push(`${node} asked ${uuid} to power off twice for one wish`);
      world.asked.add(wish);
      return shutdown(uuid, options);
    };
    return hypervisor;
  }

  async #cut(process: SimProcess, name: string): Promise<void> {
    if (this.dieAt !== name || process !== this.process) return;
    this.dieAt = undefined;
    process.kill();
    this.world.options.log?.(this.node, {}, `dies at ${name}`);
    this.world.clock.schedule(BEGIN_AGAIN_MS, () => this.startDaemon());
    await new Promise(() => undefined);
  }

  #configuration(): string {
    const { nodes } = this.world.options;
    const coordinators = nodes.map((node, index) => `${node}: 198.18.0.${index + 1}`).join(', ');
    return `cluster: {name: sim, coordinators: {${coordinators}}}
node: {name: ${this.node}, addresses: {cluster: 198.18.0.${nodes.indexOf(this.node) + 1}}}
store: {session_timeout: 8s}
libvirt: {transport: tcp}
timers: {keepalive: 2s, vm_shutdown: 20s}
api: {enabled: false}
`;
  }
}

const NO_STREAMS: ImageStreams = {
  read: () => {
    throw new DroverError('COMMAND_MISSING', { object: 'a program', reason: 'simulated' });
  },
  write: () =>
    Promise.reject(new DroverError('COMMAND_MISSING', { object: 'a program', reason: 'simulated' })),
  touchedBytes: () =>
    Promise.reject(new DroverError('COMMAND_MISSING', { object: 'a program', reason: 'simulated' })),
};

const NO_PROCESSES: Processes = {
  run: () => Promise.reject(new DroverError('COMMAND_MISSING', { object: 'a program', reason: 'simulated' })),
  pipe: () =>
    Promise.reject(new DroverError('COMMAND_MISSING', { object: 'a program', reason: 'simulated' })),
  lines: () =>
    Promise.reject(new DroverError('COMMAND_MISSING', { object: 'a program', reason: 'simulated' })),
};

const PROC = {
  '/proc/loadavg': '0.50 0.40 0.30 1/100 1\n',
  '/proc/meminfo': 'MemTotal: 16000000 kB\nMemAvailable: 12000000 kB\n',
  '/proc/cpuinfo': 'processor : 0\nprocessor : 1\n',
  '/proc/sys/kernel/osrelease': '6.1.0-sim\n',
};
