import type { Test } from 'tap';
import { between, SimRandom } from '../../lib/sim/index.js';
import { requestTask } from '../../lib/task/index.js';
import { MIB, VolumeCluster } from './volume-cluster.js';

const NODES = ['n1', 'n2'] as const;
const NAMES = ['a', 'b', 'c'] as const;
const POOL = { pool: 'vms' };
const TASKS = 8;
/** Five deaths end a task; so many do not. */
const DEATHS = 3;

interface Volume {
  readonly id: string;
  readonly bytes: number;
}

interface Wish {
  readonly kind: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** How it must end by what is there, and what is there then; `id` is that of the image that has the name. */
  readonly ends: 'done' | 'STORAGE_EXISTS' | 'NOT_FOUND';
  readonly then: () => void;
}

/** One seed: tasks one after the other, their workers killed at any moment, against a model of what must come of them. */
export class VolumeSeed {
  readonly #cluster: VolumeCluster;
  readonly #random: SimRandom;
  readonly #volumes = new Map<string, Volume>();
  readonly #trash = new Map<string, { readonly name: string; readonly bytes: number }>();
  deaths = 0;

  private constructor(cluster: VolumeCluster, random: SimRandom) {
    this.#cluster = cluster;
    this.#random = random;
  }

  static async run(t: Test, seed: number): Promise<VolumeSeed> {
    const run = new VolumeSeed(await VolumeCluster.start(`volumes ${seed}`), new SimRandom(`wishes ${seed}`));
    for (let count = 1; count <= TASKS; count += 1)
      await run.#task(t, `seed ${seed}, task ${count}`, `t${count}`);
    await run.#cluster.stop();
    return run;
  }

  async #task(t: Test, title: string, id: string): Promise<void> {
    const { kind, args, ends, then } = this.#draw();
    const { tasks } = this.#cluster;
    await tasks.settle(requestTask(tasks.client, { id, kind, args }, tasks.world.clock.now()));
    let left = DEATHS;
    while (
      !/"state":"(done|failed|cancelled)"/.test(this.#cluster.text(`/drover/tasks/${id}/status`) ?? '')
    ) {
      await tasks.world.clock.advance(this.#whole(1, 400));
      if (left > 0 && this.#whole(1, 4) === 1) {
        left -= 1;
        this.deaths += 1;
        await this.#cluster.restart(NODES[this.#whole(0, 1)] ?? 'n1');
      }
    }
    const { status } = await tasks.ended(id);
    t.equal(status.error?.code ?? status.state, ends, `${title}: ${kind} ${JSON.stringify(args)}`);
    if (ends === 'done') then();
    this.#check(t, title);
  }

  /** What is there is what must be there: images, bytes, trash, and what is told. */
  #check(t: Test, title: string): void {
    const cluster = this.#cluster;
    const names = [...this.#volumes.keys()].sort();
    t.same(cluster.images, names, `${title}: images`);
    t.same(cluster.trash, [...this.#trash.values()].map(({ name }) => name).sort(), `${title}: trash`);
    for (const name of names) {
      t.match(cluster.image(name), this.#volumes.get(name), `${title}: ${name}`);
      t.match(cluster.told(name), { id: cluster.image(name)?.id, size: cluster.image(name)?.bytes });
    }
    for (const name of NAMES)
      if (!names.includes(name)) t.equal(cluster.told(name), undefined, `${title}: ${name} is not told`);
  }

  #draw(): Wish {
    const [name, other] = [this.#name(), this.#name()];
    const volume = this.#volumes.get(name);
    const bytes = this.#whole(1, 9) * MIB;
    switch (this.#whole(0, 5)) {
      case 0:
      case 1:
        return {
          kind: 'volume.create',
          args: { ...POOL, volume: name, bytes, force: true },
          ends: volume === undefined ? 'done' : 'STORAGE_EXISTS',
          then: () => this.#made(name, bytes),
        };
      case 2:
        return {
          kind: 'volume.clone',
          args: { ...POOL, volume: name, to: other, force: true },
          ends: this.#volumes.has(other) ? 'STORAGE_EXISTS' : volume === undefined ? 'NOT_FOUND' : 'done',
          then: () => this.#made(other, volume?.bytes ?? 0),
        };
      case 3:
        return {
          kind: 'volume.remove',
          args: { ...POOL, volume: name },
          ends: volume === undefined ? 'NOT_FOUND' : 'done',
          then: () => {
            if (volume !== undefined) this.#trash.set(volume.id, { name, bytes: volume.bytes });
            this.#volumes.delete(name);
          },
        };
      case 4:
        return this.#restoring() ?? this.#growing(name, volume);
      default:
        return name === other ? this.#growing(name, volume) : this.#renaming(name, other, volume);
    }
  }

  #growing(name: string, volume: Volume | undefined): Wish {
    const bytes = (volume?.bytes ?? 0) + 513;
    return {
      kind: 'volume.resize',
      args: { ...POOL, volume: name, bytes, force: true },
      ends: volume === undefined ? 'NOT_FOUND' : 'done',
      then: () => {
        if (volume !== undefined) this.#volumes.set(name, { ...volume, bytes });
      },
    };
  }

  #renaming(name: string, to: string, volume: Volume | undefined): Wish {
    const taken = this.#volumes.has(to);
    return {
      kind: 'volume.rename',
      args: { ...POOL, volume: name, to },
      ends: taken ? 'STORAGE_EXISTS' : volume === undefined ? 'NOT_FOUND' : 'done',
      then: () => {
        if (volume !== undefined) this.#volumes.set(to, volume);
        this.#volumes.delete(name);
      },
    };
  }

  #restoring(): Wish | undefined {
    const [entry] = [...this.#trash];
    if (entry === undefined) return undefined;
    const [id, { name, bytes }] = entry;
    return {
      kind: 'volume.restore',
      args: { ...POOL, id },
      ends: this.#volumes.has(name) ? 'STORAGE_EXISTS' : 'done',
      then: () => {
        this.#volumes.set(name, { id, bytes });
        this.#trash.delete(id);
      },
    };
  }

  #made(name: string, bytes: number): void {
    this.#volumes.set(name, { id: this.#cluster.image(name)?.id ?? 'none', bytes });
  }

  #name(): string {
    return NAMES[this.#whole(0, NAMES.length - 1)] ?? 'a';
  }

  /** A whole number from `low` to `high`, both included. */
  #whole(low: number, high: number): number {
    return Math.floor(between(this.#random, low, high + 1));
  }
}
