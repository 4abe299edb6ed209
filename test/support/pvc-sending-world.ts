import { DroverError, SILENT } from '../../lib/core/index.js';
import { mirrorTasks, type MirrorWorld } from '../../lib/mirror/index.js';
import { pointTasks } from '../../lib/point/index.js';
import { type PvcCalls, PvcPeer } from '../../lib/pvc/mirror/index.js';
import { SimCeph, SimMachines } from '../../lib/sim/index.js';
import { requestTask, type TaskView } from '../../lib/task/index.js';
import { volumeTasks } from '../../lib/volume/index.js';
import { ByteStreams } from './byte-streams.js';
import { PvcCluster } from './pvc-receiver.js';
import { type StartedNode, TaskCluster } from './task-fixture.js';
import { VM, vmKeys } from './volume-cluster.js';

export { VM };

/** A cluster of ours with a stopped VM of two disks, which mirrors it to a cluster of PVC. */
export class PvcSendingWorld {
  readonly pvc = new PvcCluster();
  readonly tasks: TaskCluster;
  readonly streams: ByteStreams;
  /** The kill point at which a worker is killed, once. */
  killAt: string | undefined;
  readonly #nodes: StartedNode[] = [];
  #asked = 0;
  readonly #ceph: SimCeph;

  private constructor(tasks: TaskCluster) {
    this.tasks = tasks;
    const { clock, random } = tasks.world;
    this.#ceph = new SimCeph({ clock, random: random.fork('ceph') });
    this.streams = new ByteStreams(this.#ceph.images);
  }

  /** @param disks name → bytes */
  static async start(disks: Readonly<Record<string, number>>, keep = 7): Promise<PvcSendingWorld> {
    const world = new PvcSendingWorld(await TaskCluster.start('pvc'));
    for (const [name, bytes] of Object.entries(disks)) world.#ceph.images.add({ pool: 'vms', name }, bytes);
    await world.#join('n1', keep);
    const folders = ['/nodes', '/domains', '/ceph', '/ceph/pools', '/ceph/volumes', '/ceph/snapshots'];
    for (const path of folders) await world.tasks.write(path, '');
    const keys = vmKeys('wire1', Object.keys(disks), 'stop', { '/node_autostart': 'True' });
    for (const path of Object.keys(keys).sort()) await world.tasks.write(path, keys[path]);
    await world.tasks.write('/drover/cluster', {
      v: 1,
      id: '00000000-0000-4000-8000-00000000c001',
      incarnation: 1,
    });
    return world;
  }

  /** A second node, which takes over when the first one is killed. */
  async standby(): Promise<void> {
    await this.#join('n2', 7);
  }

  async #join(name: string, keep: number): Promise<void> {
    const { clock, random } = this.tasks.world;
    const machines = new SimMachines({ clock, random: random.fork('machines'), ceph: this.#ceph });
    const host = machines.add(name, `198.18.0.${name.slice(1)}`);
    const started = await this.tasks.node(name, (process, store) => {
      const killPoint = async (point: string) => {
        if (point !== this.killAt) return;
        this.killAt = undefined;
        process.kill();
        await process.here();
      };
      const ports = {
        ...{ store, storage: this.#ceph.storage(process, host.address), clock: process.clock },
        ...{ hypervisor: machines.hypervisor(host, process), random: random.fork(process.name), killPoint },
      };
      const open = () => Promise.resolve(new PvcPeer({ ...ports, name: 'west', calls: callsOf(this.pvc) }));
      const world: MirrorWorld = {
        ...{ ...ports, streams: this.streams, log: SILENT, keep, tags: [], ownTags: [], defaultPeer: 'west' },
        cluster: { name: 'here', monitors: [], secretUuid: undefined },
        peers: { west: { pools: { '*': 'there' }, bytesPerSecond: undefined, open } },
        tell: () => Promise.resolve([]),
      };
      return [...volumeTasks(ports), ...pointTasks(ports), ...mirrorTasks(world)];
    });
    this.#nodes.push(started);
  }

  /** Fills a stretch of a disk; with no byte it is discarded. */
  fill(name: string, from: number, to: number, byte = 0): void {
    const bytes = Buffer.from(this.streams.bytes({ pool: 'vms', name }));
    bytes.fill(byte, from, to);
    this.streams.put({ pool: 'vms', name }, bytes);
  }

  resize(name: string, length: number): void {
    const bytes = this.streams.bytes({ pool: 'vms', name });
    this.streams.put(
      { pool: 'vms', name },
      Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))], length),
    );
  }

  /** Asks for a task, lets time pass until it has ended, and returns how it did. */
  async ends(kind: string, args: Readonly<Record<string, unknown>> = {}): Promise<TaskView['status']> {
    this.#asked += 1;
    const id = `t${this.#asked}`;
    const { clock } = this.tasks.world;
    // The names of points have seconds.
    await clock.advance(2_000);
    await this.tasks.settle(
      requestTask(this.tasks.client, { id, kind, args: { vm: 'wire1', ...args } }, clock.now()),
    );
    return (await this.tasks.ended(id, 900_000)).status;
  }

  async mirrored(): Promise<{ readonly message: string; readonly point: string; readonly base?: string }> {
    const { state, result, error } = await this.ends('vm.create_mirror');
    if (state !== 'done') throw new Error(`${state}: ${error?.message ?? ''}`);
    return result as { message: string; point: string; base?: string };
  }

  mirror(): Record<string, unknown> | undefined {
    const text = this.tasks.peek(`/drover/mirrors/${VM}`);
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    for (const { tasks, process } of this.#nodes)
      if (process.state !== 'killed') await this.tasks.settle(tasks.stop());
  }
}

/** The way to a cluster in this very process, with the errors that the way over the network has. */
export function callsOf(pvc: PvcCluster): PvcCalls {
  return {
    async send({ method, path, type, body }) {
      const [where = '', query] = path.split('?');
      const chunks =
        typeof body === 'string' || Buffer.isBuffer(body) ? whole(Buffer.from(body)) : (body ?? whole());
      let answer: { readonly status: number; readonly body: unknown };
      try {
        answer = await pvc.answer({
          method,
          path: where,
          query: new URLSearchParams(query),
          type,
          body: chunks,
        });
      } catch (error) {
        throw new DroverError(
          'API_UNREACHABLE',
          { object: 'peer west', reason: 'its connection was cut' },
          error,
        );
      }
      if (answer.status < 300) return answer.body;
      const { message } = answer.body as { readonly message: string };
      throw new DroverError(answer.status === 404 ? 'NOT_FOUND' : 'REFUSED', {
        object: 'peer west',
        reason: message,
      });
    },
    close: () => Promise.resolve(),
  };
}

async function* whole(...buffers: readonly Buffer[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield* buffers;
}
