import type { Test } from 'tap';
import { Type } from 'typebox';
import type { Store } from '../../lib/ports/index.js';
import type { SimProcess, SimStore } from '../../lib/sim/index.js';
import {
  defineTask,
  isEnded,
  readTask,
  type TaskContext,
  type TaskKind,
  type TaskView,
} from '../../lib/task/index.js';
import { taskArguments } from '../../schemas/index.js';
import { simWorld, type SimWorld } from './sim-world.js';
import { TaskNode, type TaskNodeOptions } from './task-node.js';

export interface StartedNode {
  readonly process: SimProcess;
  readonly store: SimStore;
  readonly tasks: TaskNode;
}

/** A simulated cluster for tests of tasks, with a client that is no member. */
export class TaskCluster {
  readonly world: SimWorld;
  readonly client: Store;

  private constructor(world: SimWorld, client: Store) {
    this.world = world;
    this.client = client;
  }

  static async start(seed: number | string): Promise<TaskCluster> {
    const world = simWorld(seed);
    const { store } = await world.client('client');
    return new TaskCluster(world, store);
  }

  /** Starts a node; its kinds are made with its clock and its store. */
  async node(
    name: string,
    kinds: (process: SimProcess, store: Store) => readonly TaskKind[],
    options: Partial<TaskNodeOptions> = {},
  ): Promise<StartedNode> {
    const { process, store } = await this.world.client(name);
    const { clock } = process;
    const tasks = new TaskNode({ node: name, store, clock, kinds: kinds(process, store), ...options });
    await this.world.clock.runUntil(() => this.peek(`/drover/sessions/${name}`) !== undefined, 20_000, name);
    return { process, store, tasks };
  }

  /** Lets time pass until the call settles. */
  settle<T>(promise: Promise<T>): Promise<T> {
    return this.world.settle(promise);
  }

  /** The text at `path` by the service's own word. */
  peek(path: string): string | undefined {
    const entry = this.world.service.peek(path);
    return entry && new TextDecoder().decode(entry.data);
  }

  /** Writes a key as a foreign program would. */
  async write(path: string, value: unknown, mode: 'persistent' | 'ephemeral' = 'persistent'): Promise<void> {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const data = new TextEncoder().encode(text);
    await this.settle(this.client.commit([{ op: 'create', path, data, mode }]));
  }

  /** Gives a key another text. */
  async change(path: string, text: string): Promise<void> {
    const data = new TextEncoder().encode(text);
    await this.settle(
      this.client.commit([
        { op: 'set', path, data, version: this.world.service.peek(path)?.stat.version ?? 0 },
      ]),
    );
  }

  state(id: string): string | undefined {
    const text = this.peek(`/drover/tasks/${id}/status`);
    return text === undefined ? undefined : /"state":"(\w+)"/.exec(text)?.[1];
  }

  /** Lets time pass until the task has ended, and returns it. */
  async ended(id: string, limitMs = 120_000): Promise<TaskView> {
    const over = () => isEnded({ state: (this.state(id) ?? 'queued') as 'queued' });
    await this.world.clock.runUntil(over, limitMs, `the end of task ${id}`);
    const view = await this.settle(readTask(this.client, id));
    if (view === undefined) throw new Error(`task ${id} is gone`);
    return view;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await this.world.clock.runUntil(condition, 120_000, what);
  }
}

export const NO_ARGUMENTS = taskArguments('test', 'Takes what it likes.', {
  n: Type.Optional(Type.Integer()),
});

/** A kind that does `run`. */
export function kindOf(
  kind: string,
  run: (context: TaskContext<{ readonly n?: number }>) => Promise<unknown>,
  options: { readonly concurrency?: number; readonly where?: 'any' | 'primary' } = {},
): TaskKind {
  const { concurrency = 4, where = 'any' } = options;
  return defineTask({ kind, arguments: NO_ARGUMENTS, where, concurrency, run });
}

/** Ends what a test of a cluster started. */
export async function stopNodes(
  t: Test,
  cluster: TaskCluster,
  ...nodes: readonly StartedNode[]
): Promise<void> {
  for (const { tasks, process } of nodes) {
    if (process.state !== 'killed') await cluster.settle(tasks.stop());
  }
  const claims = cluster.world.service.history.flatMap(({ writes }) => writes.map(({ path }) => path));
  for (const path of new Set(claims.filter((name) => name.endsWith('/claim'))))
    t.equal(cluster.peek(path), undefined, `${path} did not outlive its worker`);
}
