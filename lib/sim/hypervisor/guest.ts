import { DroverError } from '../../core/index.js';
import type { Domain, DomainStats } from '../../ports/index.js';
import type { SimImages, Opened } from '../storage/images.js';
import type { Definition } from './definition.js';
import type { Lifetime } from './history.js';

/** How a guest answers the power button: by going off after so long, or not at all. */
export interface Habits {
  readonly shutdownMs: number | 'ignores';
}

export interface GuestParts {
  readonly definition: Definition;
  readonly lifetime: Lifetime;
  /** Virtual time. */
  readonly now: () => number;
  /** Told when its storage shuts it out. */
  readonly lost: () => void;
}

/** One QEMU process and the guest in it. What may be done to it when is {@link SimMachine}'s business. */
export class SimGuest {
  readonly definition: Definition;
  readonly lifetime: Lifetime;
  /** Stopped as by SIGSTOP: libvirt says that it runs, and it does nothing. */
  hung = false;
  frozen = false;
  /** Where it stands in a migration: only its own guest may be told to go or stand. */
  role: 'own' | 'incoming' | 'handed-over' = 'own';
  reason = 'starting up';
  readonly #now: () => number;
  readonly #lost: () => void;
  #opened: Opened[] = [];
  #devices: readonly string[] = [];
  #state: 'running' | 'paused' = 'paused';

  constructor({ definition, lifetime, now, lost }: GuestParts) {
    this.definition = definition;
    this.lifetime = lifetime;
    this.#now = now;
    this.#lost = lost;
  }

  get uuid(): string {
    return this.definition.uuid;
  }

  get name(): string {
    return this.definition.name;
  }

  get state(): 'running' | 'paused' {
    return this.#state;
  }

  get alive(): boolean {
    return this.lifetime.toMs === Infinity;
  }

  /** Opens its images. Throws as the cluster does; what was opened before is closed then. */
  openDisks(images: SimImages, ip: string): void {
    try {
      for (const name of this.definition.disks.values())
        this.#opened.push(images.open(name, ip, () => this.#lost()));
    } catch (error) {
      for (const opened of this.#opened) opened.close();
      throw error;
    }
  }

  /** Its XML with what was attached to it. */
  get xml(): string {
    return this.definition.xml.replace('</devices>', `${this.#devices.join('')}</devices>`);
  }

  /** Another device, in a place that none has; it opens no image. */
  attach(device: string): void {
    const place = /<(?:target dev|mac address)='[^']+'/.exec(device)?.[0] ?? device;
    if (!/^\s*<(\w+)[^]*(?:<\/\1>|\/>)\s*$/.test(device)) throw this.#refused('XML error');
    if (this.xml.includes(place)) throw this.#refused(`${place} already exists`);
    this.#devices = [...this.#devices, device];
  }

  /** HYPERVISOR_REFUSED when it was not attached. */
  attached(device: string): void {
    if (!this.#devices.includes(device)) throw this.#refused('device not found');
  }

  detach(device: string): void {
    this.#devices = this.#devices.filter((other) => other !== device);
  }

  go(reason: string): void {
    this.reason = reason;
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.lifetime.running.push({ fromMs: this.#now(), toMs: Infinity });
  }

  stand(reason: string): void {
    this.reason = reason;
    if (this.#state === 'paused') return;
    this.#state = 'paused';
    this.#ran();
  }

  /** The end of the process: in good order, or at once, so that Ceph does not learn of it. */
  end(how: 'closed' | 'killed'): void {
    if (!this.alive) return;
    if (this.#state === 'running') this.#ran();
    this.lifetime.toMs = this.#now();
    for (const opened of this.#opened)
      if (how === 'closed') opened.close();
      else opened.die();
    this.#opened = [];
  }

  shown(): Domain {
    return { uuid: this.uuid, name: this.name, state: this.#state, reason: this.reason };
  }

  stats(): DomainStats {
    const ms = this.lifetime.running.reduce(
      (sum, { fromMs, toMs }) => sum + Math.min(toMs, this.#now()) - fromMs,
      0,
    );
    const kib = this.definition.memoryBytes / 1024;
    const idle = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0, errors: 0 };
    return {
      ...{ uuid: this.uuid, name: this.name, state: this.#state, vcpus: 1 },
      cpuTimeNs: Math.round(ms * 1e6),
      memory: { maxKib: kib, currentKib: kib, rssKib: kib },
      disks: [...this.definition.disks.keys()].map((target) => ({ target, ...idle })),
      networks: [],
    };
  }

  #refused(reason: string): DroverError {
    return new DroverError('HYPERVISOR_REFUSED', { object: `domain ${this.uuid}`, reason });
  }

  #ran(): void {
    const last = this.lifetime.running.at(-1);
    if (last !== undefined) last.toMs = this.#now();
  }
}
