import type { Migration, MigrationProgress } from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import { between, type SimRandom } from '../random.js';
import type { Reply } from '../server.js';
import type { SimGuest } from './guest.js';
import { refused, type SimMachine } from './machine.js';

export interface MigrationParts {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly from: SimMachine;
  /** Undefined when nobody answers at that address. */
  readonly to: SimMachine | undefined;
  readonly guest: SimGuest;
  readonly migration: Migration;
  readonly over: () => void;
}

/** The migrations that are under way, by domain. */
export interface Migrations {
  migration(uuid: string): SimMigration | undefined;
  migrate(from: SimMachine, uuid: string, migration: Migration, reply: Reply<undefined>): void;
}

const MIB_PER_SECOND = 100;
const MIB = 1024 ** 2;
/** How long the source's QEMU takes to end once the guest runs at the destination. */
const LINGER_MS: readonly [number, number] = [1, 500];
const LOOK_MS = 20;

/**
 * A live migration, driven by the source's libvirtd: whoever asked for it may be gone. Both QEMUs exist from its begin to
 * its end; the guest runs in one of them.
 */
export class SimMigration {
  /** It moves no more bytes from now on, until it is aborted, or this is false again. */
  stalled = false;
  readonly #parts: MigrationParts;
  readonly #incoming: SimGuest;
  readonly #to: SimMachine;
  readonly #reply: Reply<undefined>;
  readonly #totalBytes: number;
  readonly #beganMs: number;
  #processedBytes = 0;
  #over = false;

  /** Begins it. HYPERVISOR_REFUSED when it cannot begin. */
  constructor(parts: MigrationParts, reply: Reply<undefined>) {
    const { from, to, guest, clock } = parts;
    const object = `migration of domain ${guest.uuid}`;
    if (to?.libvirt.state !== 'up') throw refused(object, 'unable to connect to server: No route to host');
    if (to === from) throw refused(object, 'Attempt to migrate guest to the same host');
    if (guest.hung || guest.role !== 'own') throw refused(object, 'cannot acquire state change lock');
    this.#parts = parts;
    this.#to = to;
    this.#reply = reply;
    this.#totalBytes = Math.max(MIB, guest.definition.memoryBytes);
    this.#beganMs = clock.monotonic();
    this.#incoming = to.begin(guest.definition, guest.lifetime);
    this.#incoming.reason = 'migrating';
    this.#incoming.role = 'incoming';
    to.tell(this.#incoming, 'Started Migrated');
    this.#next();
  }

  get to(): SimMachine {
    return this.#to;
  }

  get progress(): MigrationProgress {
    return {
      totalBytes: this.#totalBytes,
      processedBytes: this.#processedBytes,
      remainingBytes: this.#totalBytes - this.#processedBytes,
      elapsedMs: Math.round(this.#parts.clock.monotonic() - this.#beganMs),
    };
  }

  /** Ends it with these words; the guest goes on at the source, if it lives. */
  fail(words: string): void {
    if (this.#over) return;
    this.#end();
    // A destination without libvirtd keeps the incoming QEMU until that runs again.
    if (this.#to.libvirt.state === 'up') this.#to.leave(this.#incoming, 'Stopped Failed');
    this.#reply.fail(refused(`migration of domain ${this.#parts.guest.uuid}`, words));
  }

  #next(): void {
    this.#parts.clock.schedule(LOOK_MS, () => {
      if (this.#over) return;
      const trouble = this.#trouble();
      if (trouble !== undefined) this.fail(trouble);
      else if (this.#moved()) this.#complete();
      else this.#next();
    });
  }

  /** Why it cannot go on. */
  #trouble(): string | undefined {
    const { from, guest } = this.#parts;
    if (!guest.alive) return 'domain is not running';
    // With the source's libvirtd nobody drives it; that one gives it up when it begins again.
    if (from.libvirt.state !== 'up') return undefined;
    if (guest.reason === 'I/O error') return 'migration out: I/O error';
    const lost = !this.#incoming.alive || this.#to.libvirt.state === 'down';
    return lost ? 'End of file while reading data: Input/output error' : undefined;
  }

  /** Moves what it can; true when all is there. */
  #moved(): boolean {
    const { from, guest, migration } = this.#parts;
    const driven = from.libvirt.state === 'up' && this.#to.libvirt.state === 'up';
    if (this.stalled || guest.hung || !driven) return false;
    const rate = (migration.bandwidthMibPerSecond ?? MIB_PER_SECOND) * MIB;
    this.#processedBytes = Math.min(this.#totalBytes, this.#processedBytes + (rate * LOOK_MS) / 1000);
    return this.#processedBytes === this.#totalBytes;
  }

  #complete(): void {
    const { from, guest, clock, random } = this.#parts;
    const { state, frozen } = guest;
    this.#end();
    guest.stand('migrated');
    guest.role = 'handed-over';
    from.tell(guest, 'Suspended Migrated');
    this.#incoming.frozen = frozen;
    this.#incoming.role = 'own';
    if (state === 'running') this.#incoming.go('migrated');
    else this.#incoming.reason = 'user';
    this.#to.tell(this.#incoming, 'Resumed Migrated');
    clock.schedule(between(random, ...LINGER_MS), () => {
      if (guest.alive) from.leave(guest, 'Stopped Migrated');
      this.#reply.answer(undefined);
    });
  }

  #end(): void {
    this.#over = true;
    this.#parts.over();
  }
}
