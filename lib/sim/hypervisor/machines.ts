import type { Migration } from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import type { SimRandom } from '../random.js';
import type { Reply } from '../server.js';
import type { SimCeph } from '../storage/cluster.js';
import { SimHypervisor } from './client.js';
import type { Habits } from './guest.js';
import { LifetimeHistory } from './history.js';
import { refused, SimMachine } from './machine.js';
import { type Migrations, SimMigration } from './migration.js';

export interface SimMachinesOptions {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly ceph?: SimCeph;
  /** How guests answer the power button, unless told otherwise. Default: off after 2 s. */
  readonly habits?: Habits;
}

/** Hypervisor hosts that reach each other, and everything that their guests did. */
export class SimMachines implements Migrations {
  readonly history = new LifetimeHistory();
  readonly #options: SimMachinesOptions;
  readonly #machines = new Map<string, SimMachine>();
  readonly #migrations = new Map<string, SimMigration>();

  constructor(options: SimMachinesOptions) {
    this.#options = options;
  }

  /** A machine that is on, with libvirtd up and no guests. */
  add(name: string, address: string): SimMachine {
    const { clock, random, ceph, habits = { shutdownMs: 2_000 } } = this.#options;
    const machine = new SimMachine({
      ...{ name, address, clock, habits, history: this.history },
      random: random.fork(name),
      images: ceph?.images,
    });
    this.#machines.set(address, machine);
    machine.onUp((anew) => {
      for (const [uuid, migration] of anew ? this.#migrations : [])
        if (machine.find(uuid) !== undefined) migration.fail('operation aborted: libvirtd was restarted');
      for (const guest of machine.guests)
        if (guest.role === 'incoming' && !this.#migrations.has(guest.uuid))
          machine.leave(guest, 'Stopped Failed');
    });
    return machine;
  }

  /** What a process on a machine has of it. */
  hypervisor(machine: SimMachine, process: SimProcess): SimHypervisor {
    machine.host(process);
    return new SimHypervisor({ machine, migrations: this, process, clock: this.#options.clock });
  }

  /** The migration of a domain that is under way, from wherever. */
  migration(uuid: string): SimMigration | undefined {
    return this.#migrations.get(uuid);
  }

  /** What the source's libvirtd does when it is asked to migrate. */
  migrate(from: SimMachine, uuid: string, migration: Migration, reply: Reply<undefined>): void {
    const guest = from.guest(uuid);
    if (this.#migrations.has(uuid))
      throw refused(`migration of domain ${uuid}`, 'another migration job is already running');
    const to = this.#machines.get(/^qemu\+tcp:\/\/([^/]+)\/system$/.exec(migration.to)?.[1] ?? '');
    const { clock, random } = this.#options;
    const over = () => void this.#migrations.delete(uuid);
    const parts = { clock, random, from, to, guest, migration, over };
    this.#migrations.set(uuid, new SimMigration(parts, reply));
  }
}
