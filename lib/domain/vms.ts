import type { DomainEvent } from '../ports/index.js';
import { LIMITS, type Scope } from '../core/index.js';
import { keyPath } from '../tree/index.js';
import { Starts } from './starts.js';
import { Vm, type VmOptions } from './vm.js';

export interface VmsOptions extends Omit<VmOptions, 'starts'> {
  /** A connection with libvirt stands: it may have begun anew before. */
  readonly onConnected: () => void;
}

const DOMAINS = '/domains';
const RUNS = '/drover/runs';

/**
 * All VMs that this node may have to do with: those defined, those with a run record, and those that run here though
 * nobody knows of them. Each has a loop of its own, so that one's trouble stops no other.
 */
export class Vms {
  readonly #scope: Scope;
  readonly #options: VmOptions;
  readonly #onConnected: () => void;
  readonly #vms = new Map<string, Vm>();

  constructor(scope: Scope, options: VmsOptions) {
    this.#scope = scope;
    this.#onConnected = options.onConnected;
    this.#options = { ...options, starts: new Starts(LIMITS.startsAtOnceCount) };
    const { store, hypervisor, log, me } = options.world;
    const watches = [
      // A VM that waits for its node to be ready hears of it by this alone.
      store.watch(keyPath('node', 'domainState', { node: me.node }), () => this.wake()),
      store.watchChildren(DOMAINS, (children) => this.#meet(children?.names ?? [])),
      store.watchChildren(RUNS, (children) => this.#meet(children?.names ?? [])),
    ];
    for (const watch of watches) scope.defer(() => watch.close());
    scope
      .run((signal) => hypervisor.watch((event) => this.#onEvent(event), signal))
      .catch((error: unknown) => {
        if (!scope.closed) log.error({ err: error }, 'the events of libvirt ended');
      });
  }

  /** Looks at every VM again: something that concerns them all has changed. */
  wake(): void {
    for (const vm of this.#vms.values()) vm.wake();
  }

  #meet(uuids: readonly string[]): void {
    if (this.#scope.closed) return;
    for (const uuid of uuids)
      if (!this.#vms.has(uuid) && isUuid(uuid))
        this.#vms.set(uuid, new Vm(this.#scope.child(`vm-${uuid}`), uuid, this.#options));
  }

  #onEvent(event: DomainEvent): void {
    if (event.kind === 'gap') {
      this.#onConnected();
      for (const vm of this.#vms.values()) vm.stirred();
      void this.#scope.run(async (signal) => this.#meetHere(signal)).catch(() => this.wake());
      return;
    }
    const vms = [...this.#vms.values()].filter((vm) => vm.name === event.name);
    const how = event.kind === 'lifecycle' ? ENDS.get(event.text) : undefined;
    for (const vm of vms)
      if (how === undefined) vm.stirred();
      else vm.ended(how);
  }

  /** After a gap in the events: whatever runs here is looked at, known or not. */
  async #meetHere(signal: AbortSignal): Promise<void> {
    const here = await this.#options.world.hypervisor.domains({ signal });
    this.#meet(here.map(({ uuid }) => uuid));
    this.wake();
  }
}

/** libvirt's words for the end of a process; a migration's end is not one. */
const ENDS: ReadonlyMap<string, 'powered-off' | 'crashed'> = new Map([
  ['Stopped Shutdown', 'powered-off'],
  ['Stopped Destroyed', 'crashed'],
  ['Stopped Failed', 'crashed'],
  ['Stopped Crashed', 'crashed'],
]);

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
