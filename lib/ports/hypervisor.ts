/**
 * The guests of one node, as libvirt on it sees them. Domains are transient: one that is not running does not exist.
 * A domain is named by its UUID everywhere.
 *
 * Calls fail with BAD_INPUT before anything is sent, NOT_FOUND for a domain that libvirt does not list (unless said
 * otherwise), HYPERVISOR_REFUSED with libvirt's own words, and HYPERVISOR_UNREACHABLE when libvirt gives no usable answer.
 * With DEADLINE, CANCELLED and HYPERVISOR_UNREACHABLE what was asked may have happened: read again.
 */
export interface Hypervisor {
  /** Every domain that libvirt lists, with its state and why. */
  domains(options?: HypervisorCall): Promise<readonly Domain[]>;
  /** One domain, or undefined when libvirt lists none of that UUID. */
  domain(uuid: string, options?: HypervisorCall): Promise<Domain | undefined>;
  /**
   * Every process of this node that carries the UUID of a domain, whether libvirt knows of it or not. Asks the kernel:
   * works without libvirt. INTERNAL when the list of processes cannot be read.
   */
  processes(options?: HypervisorCall): Promise<readonly DomainProcess[]>;
  /** The XML of a running domain, or undefined. */
  liveXml(uuid: string, options?: HypervisorCall): Promise<string | undefined>;
  /**
   * Figures of all running domains, from one call. A guest whose QEMU does not answer has its disks' figures missing, and
   * makes the first such call wait until its limit: give it a short one.
   */
  stats(options?: HypervisorCall): Promise<readonly DomainStats[]>;

  /** Creates a transient domain. HYPERVISOR_REFUSED with libvirt's own words when it does not start. */
  create(xml: string, options?: HypervisorCall): Promise<void>;
  /** Asks the guest to power off. Does not wait for it. */
  shutdown(uuid: string, options?: HypervisorCall): Promise<void>;
  /** Ends the domain's process and returns when libvirt says so: 10 s for a hung one. Gone already is fine. */
  destroy(uuid: string, options?: HypervisorCall): Promise<void>;
  /** Stops its processors. Suspended already is fine. */
  suspend(uuid: string, options?: HypervisorCall): Promise<void>;
  /** Running already is fine. */
  resume(uuid: string, options?: HypervisorCall): Promise<void>;
  /**
   * Grows a disk of a running domain, and its image. `target` is the device, e.g. `vda`. Its present size is fine;
   * REFUSED for a smaller one: libvirt would cut the disk.
   */
  resizeDisk(uuid: string, target: string, bytes: number, options?: HypervisorCall): Promise<void>;

  /**
   * Gives a running domain another device, from its XML. HYPERVISOR_REFUSED with libvirt's own words, also for a second
   * one in the same place.
   */
  attach(uuid: string, device: string, options?: HypervisorCall): Promise<void>;
  /**
   * Asks the guest to give up a device. It may take its time, or never do it: {@link liveXml} shows, and an event of the
   * kind `other` wakes. HYPERVISOR_REFUSED for a device that it has not.
   */
  detach(uuid: string, device: string, options?: HypervisorCall): Promise<void>;

  /**
   * Sends a running domain to another node. Ends when it runs there. At the limit, and on `signal`, it is aborted, and the
   * call ends once that is done. After HYPERVISOR_REFUSED it is where it was, unless the guest itself has ended; after any
   * other error it may be on either side, or still on its way: libvirt carries on by itself.
   */
  migrate(uuid: string, migration: Migration, options?: Pick<HypervisorCall, 'signal'>): Promise<void>;
  /** How far a migration of this domain away from here has come, or undefined when there is none. */
  migrationProgress(uuid: string, options?: HypervisorCall): Promise<MigrationProgress | undefined>;
  /** Cancels a migration; the domain goes on here. None is fine. */
  abortMigration(uuid: string, options?: HypervisorCall): Promise<void>;

  /**
   * Freezes the guest's file systems through its agent. Returns how many. HYPERVISOR_REFUSED without an agent, and when
   * they are frozen. After an error they may be frozen: thaw. Default limit `LIMITS.freezeMs`.
   */
  freeze(uuid: string, options?: HypervisorCall): Promise<number>;
  /** Thaws them; not frozen is fine. */
  thaw(uuid: string, options?: HypervisorCall): Promise<void>;
  /**
   * Arms a dead man before a domain is suspended or frozen: it is resumed or thawed when this process has died, or after
   * `limitMs`, whoever lives then; unless it is released before.
   */
  deadMan(
    uuid: string,
    how: 'resume' | 'thaw',
    limitMs: number,
    options?: HypervisorCall,
  ): Promise<{ readonly release: () => Promise<void> }>;

  /**
   * Makes libvirt know a key of Ceph under a UUID, for as long as it runs; its disks name it by that. One that it knows
   * already, whoever defined it, has the new key afterwards. HYPERVISOR_REFUSED with libvirt's own words, and when the UUID
   * is that of a secret of another kind. The key is in no message.
   */
  setCephSecret(secret: CephSecret, options?: HypervisorCall): Promise<void>;

  /**
   * Tells what happens to domains, until `signal` aborts. Events only wake: the state is read again. `listener` is called
   * with `{ kind: 'gap' }` whenever a connection stands, the first one included: something may have happened before it.
   * `listener` must not throw.
   */
  watch(listener: (event: DomainEvent) => void, signal: AbortSignal): Promise<void>;
}

export interface HypervisorCall {
  /** Milliseconds for each command that the call takes, one for most; default `LIMITS.libvirtCallMs`. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

export interface CephSecret {
  readonly uuid: string;
  /** As a keyring has it: base64. */
  readonly key: string;
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
  /** Missing figures are 0. */
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
  /** Default: as fast as it goes. */
  readonly bandwidthMibPerSecond?: number;
  /** Milliseconds for the whole; default `LIMITS.migrationMs`. */
  readonly limitMs?: number;
}

/** Bytes are all zero while it is being prepared. */
export interface MigrationProgress {
  readonly totalBytes: number;
  /** Sent so far: grows while anything moves, also when the guest makes more to send. */
  readonly processedBytes: number;
  readonly remainingBytes: number;
  readonly elapsedMs: number;
}

export type DomainEvent =
  | {
      readonly kind: 'lifecycle';
      /** Events carry no UUID. */
      readonly name: string;
      /** libvirt's words, e.g. `Stopped Destroyed`. */
      readonly text: string;
    }
  | { readonly kind: 'agent'; readonly name: string; readonly connected: boolean }
  | { readonly kind: 'io-error'; readonly name: string; readonly text: string }
  | { readonly kind: 'other'; readonly name: string; readonly event: string }
  | { readonly kind: 'gap' };
