import { DroverError } from '../../core/index.js';
import type { Domain, DomainEvent, DomainProcess } from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import { between, type SimRandom } from '../random.js';
import { SimServer } from '../server.js';
import type { SimImage, SimImages } from '../storage/images.js';
import { type Definition, readDefinition } from './definition.js';
import { type Habits, SimGuest } from './guest.js';
import type { Lifetime, LifetimeHistory } from './history.js';

export interface MachineParts {
  readonly name: string;
  readonly address: string;
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly history: LifetimeHistory;
  /** Where its guests' disks are; without one they have none. */
  readonly images: SimImages | undefined;
  readonly habits: Habits;
}

/** libvirt learns a little later that a QEMU is gone. */
const NOTICE_MS = 1_200;
/** libvirt sends SIGTERM, and SIGKILL when that had no effect for this long. */
const DESTROY_HUNG_MS = 10_000;
/** A guest without a state of its own to speak of goes down in this time. */
const DESTROY_MS: readonly [number, number] = [50, 500];

/**
 * One hypervisor host: libvirtd, its guests, and everything that can happen to them. Guests live on without libvirtd;
 * nothing lives on without power.
 */
export class SimMachine {
  readonly name: string;
  readonly address: string;
  /** libvirtd, with the faults of a call to it. Stop and start it by {@link stopLibvirt} and {@link startLibvirt}, and let it go on by {@link resumeLibvirt}. */
  readonly libvirt: SimServer;
  readonly #parts: MachineParts;
  readonly #listeners = new Set<(event: DomainEvent) => void>();
  /** What libvirtd knows of, by UUID. */
  readonly #domains = new Map<string, SimGuest>();
  /** Every QEMU, known or not. */
  readonly #processes = new Set<SimGuest>();
  readonly #onUp: ((anew: boolean) => void)[] = [];
  /** What a libvirtd that hangs has not told yet. */
  #late: DomainEvent[] = [];
  /** UUID → key of the secrets that libvirtd knows: its memory, which ends with it. */
  readonly secrets = new Map<string, string>();
  readonly #habits = new Map<string, Habits>();
  /** What of our own runs on it: it ends with the power. */
  readonly #daemons = new Set<SimProcess>();
  #nextCreate: { readonly words: string } | undefined;
  #powered = true;
  #pid = 1_000;
  /** Counts the times it was powered on. */
  boots = 1;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.address = parts.address;
    this.libvirt = new SimServer({
      clock: parts.clock,
      random: parts.random.fork('libvirt'),
      delayMs: [5, 50],
      unreachable: (object) =>
        new DroverError('HYPERVISOR_UNREACHABLE', { object, reason: 'failed to connect to the hypervisor' }),
    });
  }

  get powered(): boolean {
    return this.#powered;
  }

  // What is there

  domains(): Domain[] {
    return [...this.#domains.values()].map((guest) => guest.shown());
  }

  processes(): DomainProcess[] {
    return [...this.#processes].map(({ uuid, lifetime }) => ({ uuid, pid: lifetime.pid }));
  }

  /** What libvirtd knows, or NOT_FOUND. */
  guest(uuid: string): SimGuest {
    const guest = this.#domains.get(uuid);
    if (guest !== undefined) return guest;
    throw new DroverError('NOT_FOUND', { object: `domain ${uuid}`, reason: 'failed to get domain' });
  }

  find(uuid: string): SimGuest | undefined {
    return this.#domains.get(uuid);
  }

  get guests(): readonly SimGuest[] {
    return [...this.#domains.values()];
  }

  /** `process` runs on this machine. */
  host(process: SimProcess): void {
    this.#daemons.add(process);
  }

  /** `action` is run whenever libvirtd begins, or goes on: then it is not `anew`. */
  onUp(action: (anew: boolean) => void): void {
    this.#onUp.push(action);
  }

  /** The image behind a guest's disk. */
  imageOf(guest: SimGuest, target: string): SimImage | undefined {
    const name = guest.definition.disks.get(target);
    return name === undefined ? undefined : this.#parts.images?.find(name);
  }

  onEvent(listener: (event: DomainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  // What libvirtd does

  create(xml: string): void {
    const refusal = this.#nextCreate;
    this.#nextCreate = undefined;
    if (refusal !== undefined) throw refused('new domain', refusal.words);
    const definition = readDefinition(xml);
    const guest = this.begin(definition, undefined);
    guest.go('booted');
    this.tell(guest, 'Started Booted');
  }

  /** A new QEMU, still standing. HYPERVISOR_REFUSED when the name or UUID is taken, or a disk cannot be opened. */
  begin(definition: Definition, incomingOf: Lifetime | undefined): SimGuest {
    const { clock, history, images } = this.#parts;
    const { uuid, name } = definition;
    if (this.#domains.has(uuid)) throw refused(`domain ${uuid}`, `domain '${name}' is already active`);
    if (this.guests.some((other) => other.name === name))
      throw refused(`domain ${uuid}`, `domain '${name}' already exists with another uuid`);
    const unknown = definition.secrets.find((secret) => !this.secrets.has(secret));
    if (unknown !== undefined)
      throw refused(`domain ${uuid}`, `Secret not found: no secret with matching uuid '${unknown}'`);
    this.#pid += 1;
    const lifetime: Lifetime = {
      ...{ uuid, node: this.name, pid: this.#pid, fromMs: clock.monotonic(), toMs: Infinity },
      incomingOf,
      running: [],
    };
    const guest: SimGuest = new SimGuest({
      definition,
      lifetime,
      now: () => clock.monotonic(),
      lost: () => this.ioError(guest),
    });
    try {
      if (images !== undefined) guest.openDisks(images, this.address);
    } catch (error) {
      if (!(error instanceof DroverError)) throw error;
      throw refused(`domain ${uuid}`, `error opening a disk: ${error.reason}`);
    }
    history.add(lifetime);
    this.#domains.set(uuid, guest);
    this.#processes.add(guest);
    return guest;
  }

  shutdown(uuid: string): void {
    const guest = this.guest(uuid);
    const { shutdownMs } = this.#habits.get(uuid) ?? this.#parts.habits;
    if (shutdownMs === 'ignores' || guest.hung || guest.state !== 'running') return;
    this.#parts.clock.schedule(shutdownMs, () => {
      if (guest.alive && guest.state === 'running' && !guest.hung) this.powerOffGuest(guest);
    });
  }

  /** Ends the guest's process; `done` is called when libvirt would return. */
  destroy(uuid: string, done: () => void): void {
    const guest = this.guest(uuid);
    const ms = guest.hung ? DESTROY_HUNG_MS : between(this.#parts.random, ...DESTROY_MS);
    this.#parts.clock.schedule(ms, () => {
      this.#gone(guest, guest.hung ? 'killed' : 'closed', 'Stopped Destroyed');
      done();
    });
  }

  // What can happen

  /** How a guest answers the power button from now on. */
  setHabits(uuid: string, habits: Habits): void {
    this.#habits.set(uuid, habits);
  }

  /** The next create is refused with these words. */
  refuseNextCreate(words: string): void {
    this.#nextCreate = { words };
  }

  /** The guest powers itself off. */
  powerOffGuest(guest: SimGuest): void {
    this.tell(guest, 'Shutdown Finished after guest request');
    this.#gone(guest, 'closed', 'Stopped Shutdown');
  }

  /** The guest's QEMU is killed. libvirt lists it as running until it has noticed. */
  crash(guest: SimGuest): void {
    guest.end('killed');
    this.#processes.delete(guest);
    this.#parts.clock.schedule(NOTICE_MS, () => {
      if (this.libvirt.state !== 'down') this.forget(guest, 'Stopped Failed');
    });
  }

  /** Its disks fail: it stands, by `error_policy='stop'`. */
  ioError(guest: SimGuest): void {
    if (!guest.alive || guest.role !== 'own') return;
    guest.stand('I/O error');
    this.#emit({ kind: 'io-error', name: guest.name, text: '(virtio-disk0) pause' });
    this.tell(guest, 'Suspended I/O Error');
  }

  /** libvirtd dies. Its guests live on. */
  stopLibvirt(): void {
    this.libvirt.stop();
    this.#late = [];
    this.secrets.clear();
  }

  /** libvirtd begins: it finds its guests again, and that some have ended. */
  startLibvirt(): void {
    if (!this.#powered) return;
    this.libvirt.start();
    this.#late = [];
    for (const guest of this.guests) if (!guest.alive) this.forget(guest, 'Stopped Failed');
    for (const action of this.#onUp) action(true);
    this.#emit({ kind: 'gap' });
  }

  /** libvirtd has hung, as by SIGSTOP, and goes on: it notices and tells what happened meanwhile. */
  resumeLibvirt(): void {
    if (this.libvirt.state !== 'hung') return;
    this.libvirt.start();
    for (const event of this.#late.splice(0)) this.#emit(event);
    for (const action of this.#onUp) action(false);
  }

  /** Everything ends at once: no event, no clean end. */
  powerOff(): void {
    this.#powered = false;
    this.stopLibvirt();
    for (const guest of this.#processes) guest.end('killed');
    for (const process of this.#daemons) process.kill();
    for (const all of [this.#processes, this.#domains, this.#daemons]) all.clear();
  }

  /** It boots, without guests. */
  powerOn(): void {
    if (this.#powered) return;
    this.#powered = true;
    this.boots += 1;
    this.startLibvirt();
  }

  /** The process ends in good order, and libvirt notices at once. */
  #gone(guest: SimGuest, how: 'closed' | 'killed', text: string): void {
    guest.end(how);
    this.#processes.delete(guest);
    if (this.libvirt.state !== 'down') this.forget(guest, text);
  }

  /** A migrated or given-up guest ends here. */
  leave(guest: SimGuest, text: string): void {
    this.#gone(guest, 'closed', text);
  }

  forget(guest: SimGuest, text: string): void {
    if (this.#domains.get(guest.uuid) !== guest) return;
    this.#domains.delete(guest.uuid);
    this.tell(guest, text);
  }

  tell(guest: SimGuest, text: string): void {
    this.#emit({ kind: 'lifecycle', name: guest.name, text });
  }

  tellOther(guest: SimGuest, event: string): void {
    this.#emit({ kind: 'other', name: guest.name, event });
  }

  /** Nobody hears anything of a libvirtd that does not run, and only later of one that hangs. */
  #emit(event: DomainEvent): void {
    if (this.libvirt.state === 'hung') this.#late.push(event);
    if (this.libvirt.state !== 'up') return;
    for (const listener of this.#listeners) listener(event);
  }
}

export function refused(object: string, reason: string): DroverError {
  return new DroverError('HYPERVISOR_REFUSED', { object, reason });
}
