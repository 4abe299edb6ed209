import { conflictOf, type Write } from '../../lib/ports/index.js';
import { createDomain, encodeKey, keyPath } from '../../lib/tree/index.js';
import type { Command } from './life-commands.js';
import type { LifeVm, LifeWorld } from './life-world.js';

const TRIES = 20;

/** Carries commands out, one after the other, as operators and bad luck do. */
export class LifeRun {
  readonly world: LifeWorld;

  constructor(world: LifeWorld) {
    this.world = world;
  }

  /** Time passes until every node trusts the tree. */
  async settle(): Promise<void> {
    await this.world.clock.runUntil(
      () =>
        this.world.text('/drover/cluster') !== undefined &&
        this.world.hosts.every((host) => this.#ready(host.node)),
      60_000,
      'the first census',
    );
  }

  #ready(node: string): boolean {
    return this.world.text(`/nodes/${node}/daemonstate`) === 'run';
  }

  async do(command: Command): Promise<void> {
    const { world } = this;
    switch (command.do) {
      case 'wish': {
        const { state, node, last } = command;
        await this.#write(world.vm(command.vm), { state, node, lastNode: last });
        return;
      }
      case 'define':
        return this.#define(world.vm(command.vm), command.node, command.method);
      case 'undefine':
        return this.#remove(`/domains/${world.vm(command.vm).uuid}`);
      case 'write':
        return this.put(command.path, command.text);
      case 'flush':
      case 'unflush':
        return this.put(`/nodes/${command.node}/domainstate`, command.do);
      case 'kill':
        world.host(command.node).kill();
        return;
      case 'start':
        world.host(command.node).startDaemon();
        return;
      case 'kill-at':
        world.host(command.node).dieAt = command.point;
        return;
      case 'power-off':
        world.host(command.node).powerOff();
        return;
      case 'power-on':
        world.host(command.node).powerOn();
        return;
      case 'libvirt-stop':
        world.host(command.node).machine.stopLibvirt();
        return;
      case 'libvirt-start':
        this.#startLibvirt(command.node);
        return;
      case 'libvirt-hang':
        world.host(command.node).machine.libvirt.hang();
        return;
      case 'refuse-create':
        world.host(command.node).machine.refuseNextCreate('internal error: simulated');
        return;
      case 'refuse-shutdown':
        world.host(command.node).refusesShutdown = true;
        return;
      case 'migration-stalls':
      case 'migration-goes-on':
        return this.#stall(world.vm(command.vm), command.do === 'migration-stalls');
      case 'store-stop':
        world.service.stop();
        return;
      case 'store-start':
        world.service.start();
        return;
      case 'expire': {
        const { store } = world.host(command.node);
        if (store !== undefined) world.service.expire(store);
        return;
      }
      case 'wait':
        return world.clock.advance(command.ms);
      case 'until':
        return this.#until(command);
      default:
        this.#guest(command.do, world.vm(command.vm));
        return;
    }
  }

  async #stall({ uuid, name }: LifeVm, stalled: boolean): Promise<void> {
    const { clock, machines } = this.world;
    await clock.runUntil(() => machines.migration(uuid) !== undefined, 30_000, `a migration of ${name}`);
    const migration = machines.migration(uuid);
    if (migration !== undefined) migration.stalled = stalled;
  }

  #startLibvirt(node: string): void {
    const { machine } = this.world.host(node);
    if (!machine.powered) return;
    if (machine.libvirt.state === 'hung') machine.resumeLibvirt();
    else if (machine.libvirt.state === 'down') machine.startLibvirt();
  }

  async #until({ vm: name, runs, state }: Extract<Command, { do: 'until' }>): Promise<void> {
    const { world } = this;
    const vm = world.vm(name);
    const so = () =>
      (runs === undefined ||
        world.running(vm).some(({ host, guest }) => host.node === runs && guest.state === 'running')) &&
      (state === undefined || world.text(`/domains/${vm.uuid}/state`) === state);
    await world.clock.runUntil(
      so,
      180_000,
      `${name} ${runs === undefined ? '' : `on ${runs} `}${state ?? ''}`,
    );
  }

  #guest(what: Extract<Command, { vm: string }>['do'], vm: LifeVm): void {
    for (const { host, guest } of this.world.running(vm)) {
      if (what === 'guest-off' && guest.state === 'running') host.machine.powerOffGuest(guest);
      if (what === 'guest-crash') host.machine.crash(guest);
      if (what === 'guest-io-error') host.machine.ioError(guest);
      if (what === 'guest-ignores') host.machine.setHabits(vm.uuid, { shutdownMs: 'ignores' });
      if (what === 'virsh-destroy' && host.machine.find(vm.uuid) !== undefined)
        host.machine.destroy(vm.uuid, () => undefined);
    }
  }

  async #define(vm: LifeVm, node: string, method: string = 'none'): Promise<void> {
    const writes = createDomain(vm.uuid, {
      name: vm.name,
      xml: this.world.xml(vm),
      node,
      volumes: [{ pool: 'vms', volume: vm.name }],
      migrationMethod: method as 'none',
    });
    await this.#commit(() => Promise.resolve(writes));
  }

  /** Writes keys of a VM from what was read, all in one transaction, again when something moved meanwhile. */
  async #write(
    vm: LifeVm,
    keys: { state?: string | undefined; node?: string | undefined; lastNode?: string | undefined },
  ) {
    await this.#commit(async (store) => {
      const writes: Write[] = [];
      for (const [key, value] of Object.entries(keys)) {
        if (value === undefined) continue;
        const path = keyPath('domain', key as 'state', { uuid: vm.uuid });
        const entry = await store.read(path);
        const data = encodeKey('domain', key as 'state', value as never);
        if (entry !== undefined) writes.push({ op: 'set', path, data, version: entry.stat.version });
      }
      return writes;
    });
  }

  /** Sets or creates a key. */
  async put(path: string, text: string): Promise<void> {
    const data = new TextEncoder().encode(text);
    await this.#commit(async (store) => {
      const entry = await store.read(path);
      return [
        entry === undefined
          ? { op: 'create', path, data }
          : { op: 'set', path, data, version: entry.stat.version },
      ];
    });
  }

  async #remove(path: string): Promise<void> {
    const { operator, clock } = this.world;
    const children = await clock.settle(operator.children(path));
    for (const name of children?.names ?? []) await this.#remove(`${path}/${name}`);
    await this.#commit(async (store) => {
      const entry = await store.read(path);
      return entry === undefined ? [] : [{ op: 'delete', path, version: entry.stat.version }];
    });
  }

  async #commit(writes: (store: LifeWorld['operator']) => Promise<readonly Write[]>): Promise<void> {
    const { operator, clock } = this.world;
    for (let left = TRIES; ; left -= 1) {
      try {
        await clock.settle(
          (async () => {
            await operator.sync();
            await operator.commit(await writes(operator));
          })(),
        );
        return;
      } catch (error) {
        const conflict = conflictOf(error);
        // A VM that is defined already stays as it is.
        if (conflict?.why === 'exists' || left === 0) return;
        await clock.advance(100);
      }
    }
  }
}
