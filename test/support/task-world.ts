import { Type } from 'typebox';
import { DroverError, hexId, type Log, SILENT } from '../../lib/core/index.js';
import type { Clock } from '../../lib/ports/index.js';
import {
  between,
  chance,
  SimClock,
  type SimProcess,
  SimRandom,
  type SimStore,
  SimStoreService,
} from '../../lib/sim/index.js';
import {
  cancelTask,
  defineTask,
  requestTask,
  type ScheduleDefinition,
  type TaskContext,
  type TaskKind,
} from '../../lib/task/index.js';
import { taskArguments } from '../../schemas/index.js';
import { TaskLedger } from './task-ledger.js';
import { TaskNode } from './task-node.js';

export const SESSION_MS = 8_000;
export const NODES = ['hv1', 'hv2', 'hv3'];

/** One act of a run, as it really happened: at this moment it believed to have the claim. */
export interface TaskAct {
  readonly task: string;
  readonly attempt: number;
  readonly atMs: number;
}

const MINUTE_MS = 60_000;

export const SCHEDULES: readonly ScheduleDefinition[] = [
  {
    name: 'minutely',
    cron: '* * * * *',
    timeZone: 'UTC',
    kind: 'sim.any',
    args: { steps: 2 },
    catchUp: true,
  },
  {
    name: 'long',
    cron: '* * * * *',
    timeZone: 'Europe/Berlin',
    kind: 'sim.primary',
    args: { steps: 70 },
    catchUp: false,
  },
];

/** A cluster of daemons on virtual time that do nothing but tasks, and a record of what they really did. */
export class TaskWorld {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly service: SimStoreService;
  readonly hosts: readonly TaskHost[];
  readonly acts: TaskAct[] = [];
  /** `<task>/<attempt>` → what its run returns. */
  readonly tokens = new Map<string, string>();
  readonly ledger: TaskLedger;
  /** Ids whose requester was told that the task exists. */
  readonly accepted = new Set<string>();
  readonly violations: string[] = [];
  readonly log: Log;
  requesting = true;

  constructor(seed: number, log: Log = SILENT) {
    this.log = log;
    this.random = new SimRandom(seed);
    this.clock = new SimClock({ random: this.random.fork('ties') });
    this.service = new SimStoreService({
      clock: this.clock,
      random: this.random.fork('service'),
      lagMs: [0, 400],
    });
    this.ledger = new TaskLedger(this.service, this.tokens);
    this.hosts = NODES.map((node) => new TaskHost(this, node));
    new Requester(this);
  }

  begin(key: string): string {
    if (this.tokens.has(key)) this.violations.push(`${key} was begun twice`);
    const token = `${key} of ${this.tokens.size}`;
    this.tokens.set(key, token);
    return token;
  }
}

/** A machine with one daemon after another on it. */
export class TaskHost {
  readonly world: TaskWorld;
  readonly node: string;
  daemon: TaskDaemon;
  #daemons = 0;

  constructor(world: TaskWorld, node: string) {
    this.world = world;
    this.node = node;
    this.daemon = this.#start();
  }

  /** Kills the daemon and starts the next one. */
  restart(): void {
    this.daemon.process.kill();
    this.daemon = this.#start();
  }

  /** Lets the daemon stop in peace, then starts the next one. */
  replace(): void {
    const { daemon } = this;
    void daemon.tasks.stop();
    this.daemon = this.#start();
  }

  #start(): TaskDaemon {
    this.#daemons += 1;
    return new TaskDaemon(this, this.#daemons);
  }
}

export class TaskDaemon {
  readonly process: SimProcess;
  readonly tasks: TaskNode;
  readonly #host: TaskHost;
  readonly #random: SimRandom;
  readonly #running = new Set<string>();

  constructor(host: TaskHost, count: number) {
    const { world, node } = host;
    this.#host = host;
    this.#random = world.random.fork(`${node}/${count}`);
    this.process = world.clock.process(`${node}-${count}`, {
      skewMs: Math.round(between(this.#random, -MINUTE_MS, MINUTE_MS)),
    });
    const { clock } = this.process;
    this.tasks = new TaskNode({
      node,
      store: world.service.open(this.process, SESSION_MS),
      clock,
      kinds: this.#kinds(clock),
      schedules: SCHEDULES,
      concurrency: 3,
      log: world.log,
    });
  }

  #kinds(clock: Clock): readonly TaskKind[] {
    const args = taskArguments('sim', 'Works for some steps.', {
      steps: Type.Integer({ minimum: 0, maximum: 100 }),
      fail: Type.Optional(Type.Boolean()),
      node: Type.Optional(Type.String()),
    });
    type Context = TaskContext<{ readonly steps: number; readonly fail?: boolean; readonly node?: string }>;
    const run = (context: Context) => this.#work(context, clock);
    return [
      defineTask({ kind: 'sim.any', arguments: args, where: 'any', run }),
      defineTask({ kind: 'sim.primary', arguments: args, where: 'primary', run }),
      defineTask({
        kind: 'sim.node',
        arguments: args,
        where: ({ node = 'hv1' }) => Promise.resolve({ node }),
        run,
      }),
    ];
  }

  async #work(
    context: TaskContext<{ readonly steps: number; readonly fail?: boolean }>,
    clock: Clock,
  ): Promise<unknown> {
    const { world } = this.#host;
    const { id, attempt, args, signal, resume } = context;
    if (this.#running.has(id)) world.violations.push(`${id} ran twice in ${this.process.name}`);
    this.#running.add(id);
    try {
      const token = world.begin(`${id}/${attempt}`);
      for (let step = typeof resume === 'number' ? resume : 0; step < args.steps; step += 1) {
        await clock.sleep(between(this.#random, 10, 2_000), signal);
        context.throwIfOver();
        world.acts.push({ task: id, attempt, atMs: world.clock.monotonic() });
        context.progress({ current: step, total: args.steps, text: 'works' });
        if (chance(this.#random, 0.3)) await context.save(step + 1);
      }
      if (args.fail === true) throw new DroverError('REFUSED', { object: id, reason: 'it was to fail' });
      return { token };
    } finally {
      // What stops in an orderly way takes its time.
      if (signal.aborted && chance(this.#random, 0.5)) await clock.sleep(between(this.#random, 0, 12_000));
      this.#running.delete(id);
    }
  }
}

/** Whoever writes keys: asks for tasks, twice now and then, cancels some, and writes things that nobody understands. */
class Requester {
  readonly #world: TaskWorld;
  readonly #random: SimRandom;
  readonly #store: SimStore;
  readonly #clock: Clock;

  constructor(world: TaskWorld) {
    this.#world = world;
    this.#random = world.random.fork('requester');
    const process = world.clock.process('requester');
    this.#clock = process.clock;
    this.#store = world.service.open(process, SESSION_MS);
    void this.#live();
  }

  async #live(): Promise<void> {
    for (let count = 0; ; count += 1) {
      await this.#clock.sleep(between(this.#random, 100, 5_000));
      if (!this.#world.requesting) continue;
      const id = `t${count}`;
      try {
        if (chance(this.#random, 0.15)) await this.#garbage(id);
        else await this.#request(id);
        if (chance(this.#random, 0.25))
          await this.#cancel(`t${Math.floor(between(this.#random, 0, count + 1))}`);
      } catch {
        // The store in trouble, or the task has ended: on to the next.
      }
    }
  }

  async #request(id: string): Promise<void> {
    const pick = <T>(...values: readonly T[]) =>
      values[Math.floor(between(this.#random, 0, values.length))] as T;
    const request = {
      id,
      kind: pick('sim.any', 'sim.primary', 'sim.node'),
      args: { steps: pick(0, 1, 3, 8), fail: chance(this.#random, 0.15), node: pick(...NODES) },
    };
    for (let times = chance(this.#random, 0.2) ? 2 : 1; times > 0; times -= 1) {
      await requestTask(this.#store, request, this.#clock.now());
      this.#world.accepted.add(id);
    }
  }

  #cancel(id: string): Promise<void> {
    return cancelTask(this.#store, id, { by: 'ann', at: this.#clock.now() });
  }

  /** As a script with a bare client would: the request alone, or not even that. */
  async #garbage(id: string): Promise<void> {
    const texts = [
      'garbage',
      JSON.stringify({ v: 1, id, kind: 'no.such', args: {} }),
      JSON.stringify({ v: 1, id, kind: 'sim.any', args: { steps: 'many' } }),
      JSON.stringify({ v: 1, id: 'another', kind: 'sim.any', args: { steps: 1 } }),
      JSON.stringify({ v: 1, id, kind: 'sim.any', args: { steps: 1 }, runOn: 'nobody' }),
      JSON.stringify({ v: 1, id, kind: 'sim.any', args: { steps: 1 } }),
    ];
    const text = texts[Math.floor(between(this.#random, 0, texts.length))] ?? '';
    const name = chance(this.#random, 0.2) ? `Bad Name ${hexId(this.#random, 4)}` : id;
    const path = `/drover/tasks/${name}`;
    await this.#store.commit([{ op: 'create', path, data: new TextEncoder().encode(text) }]);
    this.#world.accepted.add(name);
  }
}
