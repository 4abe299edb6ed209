import type { Image } from '../../lib/ports/index.js';
import { benchmarkTask, sampleTask } from '../../lib/benchmark/index.js';
import {
  SimCeph,
  SimFiles,
  type SimHypervisor,
  type SimLoad,
  type SimMachine,
  SimMachines,
  type SimProcess,
} from '../../lib/sim/index.js';
import { pointTasks } from '../../lib/point/index.js';
import { requestTask, type TaskView } from '../../lib/task/index.js';
import { volumeTasks } from '../../lib/volume/index.js';
import { type StartedNode, TaskCluster } from './task-fixture.js';

export const VM = '00000001-0000-4000-8000-000000000001';
export const MIB = 1024 ** 2;

/** The XML of a VM with these images in pool `vms`. */
export function vmXml(name: string, images: readonly string[]): string {
  const disks = images.map(
    (image, at) =>
      `<disk type='network' device='disk'><source protocol='rbd' name='vms/${image}'/><target dev='vd${'abcd'[at] ?? 'z'}'/></disk>`,
  );
  return `<domain type='kvm'><name>${name}</name><uuid>${VM}</uuid><memory unit='MiB'>96</memory><devices>${disks.join('')}</devices></domain>`;
}

/** A simulated cluster whose nodes do nothing but tasks about volumes. */
export class VolumeCluster {
  readonly tasks: TaskCluster;
  readonly ceph: SimCeph;
  readonly #machines: SimMachines;
  readonly #hosts = new Map<string, SimMachine>();
  readonly #nodes: StartedNode[] = [];
  /** The kill point at which a worker is killed, once. */
  killAt: string | undefined;
  /** The loads of each node's processes, in the order of their start. */
  readonly loads: SimLoad[] = [];
  /** What every node reads of its kernel. */
  readonly files = new SimFiles();
  /** How long libvirt thinks before it suspends a guest. */
  suspendMs = 0;
  /** Kill points that were passed. */
  readonly passed: string[] = [];

  private constructor(tasks: TaskCluster) {
    this.tasks = tasks;
    const { clock, random } = tasks.world;
    this.ceph = new SimCeph({ clock, random: random.fork('ceph') });
    this.#machines = new SimMachines({ clock, random: random.fork('machines'), ceph: this.ceph });
  }

  /** Two nodes, `n1` and `n2`; `keys` are written beforehand. */
  static async start(seed: string, keys: Readonly<Record<string, string>> = {}): Promise<VolumeCluster> {
    const cluster = new VolumeCluster(await TaskCluster.start(seed));
    for (const name of ['n1', 'n2']) await cluster.#join(name);
    const folders = ['/nodes', '/domains', '/ceph', '/ceph/pools', '/ceph/volumes', '/ceph/snapshots'];
    for (const path of folders) await cluster.tasks.write(path, '');
    for (const path of Object.keys(keys).sort()) await cluster.tasks.write(path, keys[path]);
    return cluster;
  }

  async #join(name: string): Promise<void> {
    const host = this.#hosts.get(name) ?? this.#machines.add(name, `198.18.0.${name.slice(1)}`);
    this.#hosts.set(name, host);
    const started = await this.tasks.node(name, (process, store) => {
      const storage = this.ceph.storage(process, host.address);
      const killPoint = async (point: string) => {
        this.passed.push(point);
        if (point !== this.killAt) return;
        this.killAt = undefined;
        process.kill();
        await process.here();
      };
      const hypervisor = this.#machines.hypervisor(host, process);
      const { clock } = process;
      const suspend = hypervisor.suspend.bind(hypervisor);
      hypervisor.suspend = async (...call) => {
        await clock.sleep(this.suspendMs);
        await suspend(...call);
      };
      const load = this.ceph.load(process, host.address);
      this.loads.push(load);
      const world = { store, storage, hypervisor, clock, killPoint };
      const defaults = { volumeBytes: 64 * MIB, runtimeMs: 10_000, warmUpMs: 2_000 };
      const benchmarks = { ...world, load, files: this.files, storageAddress: undefined, defaults };
      const points = { ...world, random: this.tasks.world.random.fork(process.name) };
      return [
        ...volumeTasks(world),
        ...pointTasks(points),
        benchmarkTask(benchmarks),
        sampleTask(benchmarks),
      ];
    });
    this.#nodes.push(started);
  }

  /** Kills what runs of ours on a node, and starts it anew. */
  async restart(name: string): Promise<void> {
    for (const { process, tasks } of this.#nodes)
      if (tasks.scope.name === name && process.state !== 'killed') process.kill();
    await this.#join(name);
  }

  /** What a process has of the libvirt of a host. */
  hypervisor(host: string, process: SimProcess): SimHypervisor {
    return this.#machines.hypervisor(this.host(host), process);
  }

  host(name: string): SimMachine {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** Asks for a task, lets time pass until it has ended, and returns it. */
  async done(id: string, kind: string, args: Readonly<Record<string, unknown>>): Promise<TaskView> {
    const { clock } = this.tasks.world;
    await this.tasks.settle(requestTask(this.tasks.client, { id, kind, args }, clock.now()));
    return await this.tasks.ended(id, 300_000);
  }

  /** Asks for a task that must be done; returns its result. */
  async does(id: string, kind: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { status } = await this.done(id, kind, args);
    if (status.state !== 'done') throw new Error(`${kind} ${status.state}: ${status.error?.message ?? ''}`);
    return status.result;
  }

  /** Asks for a task that must fail; returns the code of its error. */
  async fails(id: string, kind: string, args: Readonly<Record<string, unknown>>): Promise<string> {
    const { status } = await this.done(id, kind, args);
    return status.error?.code ?? status.state;
  }

  image(name: string): Pick<Image, 'id' | 'bytes'> | undefined {
    return this.ceph.images.find({ pool: 'vms', name });
  }

  /** Names of the images that are there. */
  get images(): readonly string[] {
    return [...this.ceph.images.pool('vms').images.keys()].sort();
  }

  get trash(): readonly string[] {
    return [...this.ceph.images.pool('vms').trash.values()].map(({ name }) => name).sort();
  }

  text(path: string): string | undefined {
    return this.tasks.peek(path);
  }

  /** What the public tree says of a volume. */
  told(name: string): { readonly id?: string; readonly size?: number } | undefined {
    const text = this.text(`/ceph/volumes/vms/${name}/stats`);
    return text === undefined ? undefined : (JSON.parse(text) as { id?: string; size?: number });
  }

  async stop(): Promise<void> {
    for (const { tasks, process } of this.#nodes)
      if (process.state !== 'killed') await this.tasks.settle(tasks.stop());
  }
}

/** The keys of the VM, as it is defined. */
export function vmKeys(
  name: string,
  images: readonly string[],
  state = 'stop',
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const keys: Readonly<Record<string, string>> = {
    '': name,
    '/xml': vmXml(name, images),
    '/state': state,
    '/node': 'n1',
    '/rbdlist': images.map((image) => `vms/${image}`).join(','),
    '/snapshots': '',
    ...more,
  };
  return Object.fromEntries(Object.entries(keys).map(([at, text]) => [`/domains/${VM}${at}`, text]));
}
