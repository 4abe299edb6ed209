/**
 * The guests of one node, as libvirt on it sees them. Domains are transient: one that is not running does not exist.
 * A domain is named by its UUID everywhere.
 */
export interface Hypervisor {
  /** Every domain that libvirt lists, with its state and why. */
  domains(options?: HypervisorCall): Promise<readonly Domain[]>;
  /** One domain, or undefined when libvirt lists none of that UUID. */
  domain(uuid: string, options?: HypervisorCall): Promise<Domain | undefined>;
  /** Every process of this node that carries the UUID of a domain, whether libvirt knows of it or not. */
  processes(options?: HypervisorCall): Promise<readonly DomainProcess[]>;
  /** The XML of a running domain, or undefined. */
  liveXml(uuid: string, options?: HypervisorCall): Promise<string | undefined>;
  /** Figures of all running domains, from one call. */
  stats(options?: HypervisorCall): Promise<readonly DomainStats[]>;

  /** Creates a transient domain. HYPERVISOR_REFUSED with libvirt's own words when it does not start. */
  create(xml: string, options?: HypervisorCall): Promise<void>;
  /** Asks the guest to power off. Does not wait for it. */
  shutdown(uuid: string, options?: HypervisorCall): Promise<void>;
  /** Ends the domain's process and returns when libvirt says so. Gone already is fine. */
  destroy(uuid: string, options?: HypervisorCall): Promise<void>;
  suspend(uuid: string, options?: HypervisorCall): Promise<void>;
  resume(uuid: string, options?: HypervisorCall): Promise<void>;
  /** Grows a disk of a running domain. `target` is the device, e.g. `vda`. */
  resizeDisk(uuid: string, target: string, bytes: number, options?: HypervisorCall): Promise<void>;

  /** Sends a running domain to another node. Ends when it runs there, or with an error when it still runs here. */
  migrate(uuid: string, migration: Migration, options?: HypervisorCall): Promise<void>;
  /** How far a migration of this domain has come, or undefined when there is none. */
  migrationProgress(uuid: string, options?: HypervisorCall): Promise<MigrationProgress | undefined>;
  /** Cancels a migration; the domain goes on here. None is fine. */
  abortMigration(uuid: string, options?: HypervisorCall): Promise<void>;

  /** Freezes the guest's file systems through its agent. Returns how many. HYPERVISOR_REFUSED without an agent. */
  freeze(uuid: string, options?: HypervisorCall): Promise<number>;
  /** Thaws them; not frozen is fine. */
  thaw(uuid: string, options?: HypervisorCall): Promise<void>;

  /**
   * Tells what happens to domains, until `signal` aborts. Events only wake: the state is read again. After a gap (the
   * connection was lost) `listener` is called with `{ kind: 'gap' }`.
   */
  watch(listener: (event: DomainEvent) => void, signal: AbortSignal): Promise<void>;
}

export interface HypervisorCall {
  /** Milliseconds; default `LIMITS.libvirtCallMs`. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

export type DomainState =
  'running' | 'paused' | 'shutting-down' | 'off' | 'crashed' | 'suspended' | 'unknown';

export interface Domain {
  readonly uuid: string;
  readonly name: string;
  readonly state: DomainState;
  /** libvirt's reason in its own words, e.g. `booted`, `migrating`, `I/O error`. */
  readonly reason: string;
}

export interface DomainProcess {
  readonly uuid: string;
  readonly pid: number;
}

export interface DomainStats {
  readonly uuid: string;
  readonly name: string;
  readonly state: DomainState;
  readonly vcpus: number;
  /** Nanoseconds of processor time since the start. */
  readonly cpuTimeNs: number;
  readonly memory: { readonly maxKib: number; readonly currentKib: number; readonly rssKib: number };
  readonly disks: readonly DiskStats[];
  readonly networks: readonly NetworkStats[];
}

export interface DiskStats {
  /** The device, e.g. `vda`. */
  readonly target: string;
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  readonly errors: number;
}

export interface NetworkStats {
  readonly name: string;
  readonly received: {
    readonly bytes: number;
    readonly packets: number;
    readonly errors: number;
    readonly drops: number;
  };
  readonly sent: {
    readonly bytes: number;
    readonly packets: number;
    readonly errors: number;
    readonly drops: number;
  };
}

export interface Migration {
  /** libvirt's URI of the other node, e.g. `qemu+tcp://198.18.0.12/system`. */
  readonly to: string;
  /** Where the other QEMU listens, e.g. `tcp://198.18.0.12`. */
  readonly data: string;
  readonly maxDowntimeMs: number;
  /** Milliseconds for the whole; default `LIMITS.migrationMs`. */
  readonly limitMs?: number;
}

export interface MigrationProgress {
  readonly totalBytes: number;
  readonly remainingBytes: number;
  readonly elapsedMs: number;
}

export type DomainEvent =
  | {
      readonly kind: 'lifecycle';
      readonly uuid: string | undefined;
      readonly name: string;
      readonly text: string;
    }
  | { readonly kind: 'agent'; readonly name: string; readonly connected: boolean }
  | { readonly kind: 'io-error'; readonly name: string; readonly text: string }
  | { readonly kind: 'other'; readonly name: string; readonly event: string }
  | { readonly kind: 'gap' };
