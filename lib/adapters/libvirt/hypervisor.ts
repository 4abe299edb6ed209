import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import type {
  CephSecret,
  Clock,
  Domain,
  DomainEvent,
  DomainProcess,
  DomainStats,
  Hypervisor,
  HypervisorCall,
  Migration,
  MigrationProgress,
  Processes,
} from '../../ports/index.js';
import { capacityOf, domainsOf, type Listing, readListing, statsOf } from './domstats.js';
import { refusedWith, unreadable } from './failures.js';
import { readProgress } from './job.js';
import { armDeadMan } from './dead-man.js';
import { abortMigration, migrate } from './migration.js';
import { qemuProcesses } from './qemus.js';
import { setCephSecret } from './secret.js';
import { checkedUuid, Virsh } from './virsh.js';
import { firstOf } from './wait.js';
import { watchEvents } from './watch.js';

export interface LibvirtOptions {
  readonly processes: Processes;
  readonly clock: Clock;
  /** Default `qemu:///system`. */
  readonly uri?: string;
  /** Where the node's procfs is mounted; default `/proc`. */
  readonly proc?: string;
}

/** The guests of a node, by libvirt's `virsh`. Nothing is read from tables made for people. */
export class LibvirtHypervisor implements Hypervisor {
  readonly #virsh: Virsh;
  readonly #clock: Clock;
  readonly #proc: string;

  constructor({ processes, clock, uri = 'qemu:///system', proc = '/proc' }: LibvirtOptions) {
    this.#virsh = new Virsh(processes, uri);
    this.#clock = clock;
    this.#proc = proc;
  }

  async domains(options?: HypervisorCall): Promise<readonly Domain[]> {
    return domainsOf(await this.#list('domstats --raw --state', options));
  }

  /** From the whole list: that a domain is missing in it is sure, while a failed look-up may have many causes. */
  async domain(uuid: string, options?: HypervisorCall): Promise<Domain | undefined> {
    checkedUuid(uuid);
    return (await this.domains(options)).find((domain) => domain.uuid === uuid);
  }

  async processes(options: HypervisorCall = {}): Promise<readonly DomainProcess[]> {
    const { limitMs = LIMITS.libvirtCallMs, signal } = options;
    const found = qemuProcesses(this.#proc);
    const how = await firstOf(this.#clock, found, limitMs, signal);
    if (how === 'ended') return await found;
    const object = 'list of processes';
    if (how === 'cancelled')
      throw new DroverError('CANCELLED', { object, reason: 'nobody waits for it any more' }, signal?.reason);
    // The kernel makes a reader wait for a process that hangs in it.
    throw new DroverError('DEADLINE', { object, reason: `the kernel did not tell it within ${limitMs} ms` });
  }

  async liveXml(uuid: string, options?: HypervisorCall): Promise<string | undefined> {
    try {
      return await this.#run(uuid, ['dumpxml', uuid], options);
    } catch (error) {
      if (await this.#isGone(error, uuid, options)) return undefined;
      throw error;
    }
  }

  async stats(options?: HypervisorCall): Promise<readonly DomainStats[]> {
    return statsOf(await this.#list('domstats --raw --nowait', options));
  }

  async create(xml: string, options?: HypervisorCall): Promise<void> {
    await this.#virsh.run('new domain', ['create', '/dev/stdin'], { ...options, input: xml });
  }

  async shutdown(uuid: string, options?: HypervisorCall): Promise<void> {
    await this.#run(uuid, ['shutdown', uuid], options);
  }

  async destroy(uuid: string, options?: HypervisorCall): Promise<void> {
    try {
      await this.#run(uuid, ['destroy', uuid], options);
    } catch (error) {
      if (!(await this.#isGone(error, uuid, options))) throw error;
    }
  }

  async suspend(uuid: string, options?: HypervisorCall): Promise<void> {
    await this.#run(uuid, ['suspend', uuid], options);
  }

  async resume(uuid: string, options?: HypervisorCall): Promise<void> {
    try {
      await this.#run(uuid, ['resume', uuid], options);
    } catch (error) {
      if (!refusedWith(error, /domain is already running/)) throw error;
    }
  }

  async resizeDisk(uuid: string, target: string, bytes: number, options?: HypervisorCall): Promise<void> {
    const object = `disk ${target} of domain ${uuid}`;
    if (!/^[a-z]+$/.test(target) || !Number.isSafeInteger(bytes) || bytes <= 0)
      throw new DroverError('BAD_INPUT', { object, reason: `no disk has ${bytes} bytes and such a name` });
    const stats = await this.#run(uuid, ['domstats', '--raw', '--block', uuid], options);
    const [figures] = readListing(object, stats).figures.values();
    const capacity = figures === undefined ? undefined : capacityOf(figures, target);
    if (capacity === undefined)
      throw new DroverError('HYPERVISOR_REFUSED', { object, reason: 'QEMU says nothing of such a disk' });
    if (capacity > bytes)
      throw new DroverError('REFUSED', { object, reason: `it has ${capacity} bytes, more than ${bytes}` });
    if (capacity < bytes) await this.#run(uuid, ['blockresize', uuid, target, `${bytes}B`], options);
  }

  async attach(uuid: string, device: string, options?: HypervisorCall): Promise<void> {
    await this.#device('attach-device', uuid, device, options);
  }

  async detach(uuid: string, device: string, options?: HypervisorCall): Promise<void> {
    await this.#device('detach-device', uuid, device, options);
  }

  async migrate(
    uuid: string,
    migration: Migration,
    options: Pick<HypervisorCall, 'signal'> = {},
  ): Promise<void> {
    await migrate(this.#virsh, this.#clock, checkedUuid(uuid), migration, options.signal);
  }

  async migrationProgress(uuid: string, options?: HypervisorCall): Promise<MigrationProgress | undefined> {
    try {
      const words = ['domjobinfo', '--rawstats', uuid];
      return readProgress(`migration of domain ${uuid}`, await this.#run(uuid, words, options));
    } catch (error) {
      // It is not here, or still on its way to here.
      const none = isDroverError(error, 'NOT_FOUND') || refusedWith(error, /only on the source host/);
      if (none) return undefined;
      throw error;
    }
  }

  async abortMigration(uuid: string, options?: HypervisorCall): Promise<void> {
    await abortMigration(this.#virsh, checkedUuid(uuid), options);
  }

  async freeze(uuid: string, options?: HypervisorCall): Promise<number> {
    const call = { limitMs: LIMITS.freezeMs, ...options, talkative: true };
    const said = await this.#virsh.run(`domain ${uuid}`, ['domfsfreeze', checkedUuid(uuid)], call);
    const count = /^Froze (\d+) filesystem/m.exec(said)?.[1];
    if (count === undefined) throw unreadable(`domain ${uuid}`, said);
    return Number(count);
  }

  deadMan(
    uuid: string,
    how: 'resume' | 'thaw',
    limitMs: number,
    options?: HypervisorCall,
  ): Promise<{ readonly release: () => Promise<void> }> {
    return armDeadMan(this.#virsh, { uuid, how, limitMs }, options);
  }

  async thaw(uuid: string, options?: HypervisorCall): Promise<void> {
    await this.#run(uuid, ['domfsthaw', uuid], options);
  }

  async setCephSecret(secret: CephSecret, options?: HypervisorCall): Promise<void> {
    await setCephSecret(this.#virsh, secret, options);
  }

  async watch(listener: (event: DomainEvent) => void, signal: AbortSignal): Promise<void> {
    await watchEvents(this.#virsh, this.#clock, listener, signal);
  }

  /** Both lists by one `virsh`: one process and one connection. */
  async #list(domstats: string, options: HypervisorCall | undefined): Promise<Listing> {
    const object = 'list of domains';
    return readListing(
      object,
      await this.#virsh.run(object, [`list --all --uuid --name; ${domstats}`], options),
    );
  }

  /** One command about one domain. */
  async #run(uuid: string, words: readonly string[], options: HypervisorCall | undefined): Promise<string> {
    checkedUuid(uuid);
    return await this.#virsh.run(`domain ${uuid}`, words, options);
  }

  async #device(verb: string, uuid: string, device: string, options?: HypervisorCall): Promise<void> {
    const words = [verb, checkedUuid(uuid), '/dev/stdin', '--live'];
    await this.#virsh.run(`domain ${uuid}`, words, { ...options, input: device });
  }

  /** True when `error` came because the domain does not exist, or does not run, any more. */
  async #isGone(error: unknown, uuid: string, options: HypervisorCall | undefined): Promise<boolean> {
    if (!isDroverError(error, 'NOT_FOUND', 'HYPERVISOR_REFUSED')) return false;
    const domain = await this.domain(uuid, options);
    return domain === undefined || domain.state === 'off';
  }
}
