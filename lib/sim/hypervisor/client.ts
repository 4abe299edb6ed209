import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import type {
  CephSecret,
  Domain,
  DomainEvent,
  DomainProcess,
  DomainStats,
  Hypervisor,
  HypervisorCall,
  Migration,
  MigrationProgress,
} from '../../ports/index.js';
import type { SimClock } from '../clock.js';
import type { SimProcess } from '../process.js';
import type { Reply } from '../server.js';
import { Channel } from '../store/channel.js';
import type { SimGuest } from './guest.js';
import { refused, type SimMachine } from './machine.js';
import type { Migrations } from './migration.js';

export interface SimHypervisorParts {
  readonly machine: SimMachine;
  readonly migrations: Migrations;
  readonly process: SimProcess;
  readonly clock: SimClock;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A guest agent that cannot answer is waited for this long. */
const AGENT_MS = 5_000;
/** How long a guest takes to give up a device. */
const DETACH_MS = 100;
/** How often a dead man looks. */
const LOOK_MS = 100;
/** How late an event comes. */
const EVENT_MS = 2;

/** The guests of a simulated machine, for one process on it. */
export class SimHypervisor implements Hypervisor {
  readonly #parts: SimHypervisorParts;

  constructor(parts: SimHypervisorParts) {
    this.#parts = parts;
  }

  domains(options?: HypervisorCall): Promise<readonly Domain[]> {
    return this.#read('list of domains', options, () => this.#machine.domains());
  }

  domain(uuid: string, options?: HypervisorCall): Promise<Domain | undefined> {
    return this.#about(uuid, options, () => this.#machine.find(uuid)?.shown());
  }

  processes(): Promise<readonly DomainProcess[]> {
    const { process, clock } = this.#parts;
    const found = this.#machine.processes();
    return new Promise((resolve) => clock.schedule(1, () => process.deliver(() => resolve(found))));
  }

  liveXml(uuid: string, options?: HypervisorCall): Promise<string | undefined> {
    return this.#about(uuid, options, () => this.#machine.find(uuid)?.xml);
  }

  stats(options?: HypervisorCall): Promise<readonly DomainStats[]> {
    return this.#read('list of domains', options, () => this.#machine.guests.map((guest) => guest.stats()));
  }

  create(xml: string, options?: HypervisorCall): Promise<void> {
    return this.#change('new domain', options, () => this.#machine.create(xml));
  }

  shutdown(uuid: string, options?: HypervisorCall): Promise<void> {
    return this.#act(uuid, options, () => this.#machine.shutdown(uuid));
  }

  async destroy(uuid: string, options?: HypervisorCall): Promise<void> {
    const object = checked(uuid);
    await this.#ask<undefined>(object, options, true, (reply) => {
      const done = () => reply.answer(undefined);
      if (this.#machine.find(uuid) === undefined) done();
      else this.#machine.destroy(uuid, done);
    });
  }

  suspend(uuid: string, options?: HypervisorCall): Promise<void> {
    return this.#act(uuid, options, (guest) => {
      refuseStuck(guest);
      guest.stand('user');
      this.#machine.tell(guest, 'Suspended Paused');
    });
  }

  resume(uuid: string, options?: HypervisorCall): Promise<void> {
    return this.#act(uuid, options, (guest) => {
      refuseStuck(guest);
      if (guest.state === 'running') return;
      guest.go('unpaused');
      this.#machine.tell(guest, 'Resumed Unpaused');
    });
  }

  resizeDisk(uuid: string, target: string, bytes: number, options?: HypervisorCall): Promise<void> {
    const object = `disk ${target} of domain ${uuid}`;
    return this.#act(uuid, options, (guest) => {
      if (!/^[a-z]+$/.test(target) || !Number.isSafeInteger(bytes) || bytes <= 0)
        throw new DroverError('BAD_INPUT', { object, reason: `no disk has ${bytes} bytes` });
      const image = this.#machine.imageOf(guest, target);
      if (image === undefined) throw refused(object, 'QEMU says nothing of such a disk');
      if (image.bytes > bytes)
        throw new DroverError('REFUSED', {
          object,
          reason: `it has ${image.bytes} bytes, more than ${bytes}`,
        });
      image.bytes = bytes;
    });
  }

  attach(uuid: string, device: string, options?: HypervisorCall): Promise<void> {
    return this.#act(uuid, options, (guest) => {
      refuseStuck(guest);
      guest.attach(device);
    });
  }

  /** The guest gives it up a little later. */
  detach(uuid: string, device: string, options?: HypervisorCall): Promise<void> {
    return this.#act(uuid, options, (guest) => {
      refuseStuck(guest);
      guest.attached(device);
      this.#parts.clock.schedule(DETACH_MS, () => {
        guest.detach(device);
        this.#machine.tellOther(guest, 'device-removed');
      });
    });
  }

  async migrate(
    uuid: string,
    migration: Migration,
    options: Pick<HypervisorCall, 'signal'> = {},
  ): Promise<void> {
    const { migrations, process } = this.#parts;
    const object = checked(uuid);
    const { signal } = options;
    const limitMs = migration.limitMs ?? LIMITS.migrationMs;
    const hangUp = new AbortController();
    const job = this.#ask<undefined>(object, { limitMs: Infinity, signal: hangUp.signal }, true, (reply) =>
      migrations.migrate(this.#machine, uuid, migration, reply),
    );
    let cut: DroverError | undefined;
    const abort = (error: DroverError) => {
      cut = error;
      void this.#abortUntilOver(uuid, job, hangUp);
    };
    const onAbort = () =>
      abort(new DroverError('CANCELLED', { object, reason: 'it was aborted on request' }, signal?.reason));
    const alarm = process.clock.after(limitMs, () =>
      abort(new DroverError('DEADLINE', { object, reason: `it took longer than ${limitMs} ms` })),
    );
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await job;
    } catch (error) {
      const aborted = isDroverError(error, 'HYPERVISOR_REFUSED', 'CANCELLED');
      throw aborted && cut !== undefined ? cut : error;
    } finally {
      alarm.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  migrationProgress(uuid: string, options?: HypervisorCall): Promise<MigrationProgress | undefined> {
    return this.#about(uuid, options, () => this.#outgoing(uuid)?.progress);
  }

  abortMigration(uuid: string, options?: HypervisorCall): Promise<void> {
    return this.#change(checked(uuid), options, () =>
      this.#outgoing(uuid)?.fail('operation aborted: migration out: canceled by client'),
    );
  }

  freeze(uuid: string, options?: HypervisorCall): Promise<number> {
    const call = { limitMs: LIMITS.freezeMs, ...options };
    return this.#agent(uuid, call, (guest) => {
      if (guest.frozen) throw refused(`domain ${uuid}`, 'the agent is in frozen state');
      guest.frozen = true;
      return guest.definition.disks.size;
    });
  }

  async thaw(uuid: string, options?: HypervisorCall): Promise<void> {
    await this.#agent(uuid, options, (guest) => {
      guest.frozen = false;
      return 0;
    });
  }

  deadMan(
    uuid: string,
    how: 'resume' | 'thaw',
    limitMs: number,
    options?: HypervisorCall,
  ): Promise<{ readonly release: () => Promise<void> }> {
    const { clock, process } = this.#parts;
    const until = clock.monotonic() + limitMs;
    let armed = true;
    const look = (): void => {
      if (!armed) return;
      if (process.state !== 'killed' && clock.monotonic() < until) {
        clock.schedule(LOOK_MS, look);
        return;
      }
      const guest = this.#machine.find(uuid);
      if (guest === undefined) return;
      if (how === 'thaw') guest.frozen = false;
      else if (guest.state !== 'running') {
        guest.go('unpaused');
        this.#machine.tell(guest, 'Resumed Unpaused');
      }
    };
    return this.#read(`domain ${uuid}`, options, () => {
      look();
      return {
        release: () => {
          armed = false;
          return Promise.resolve();
        },
      };
    });
  }

  setCephSecret({ uuid, key }: CephSecret, options?: HypervisorCall): Promise<void> {
    const object = `secret ${uuid}`;
    return this.#change(object, options, () => {
      if (!UUID.test(uuid) || !/^[A-Za-z0-9+/]+={0,2}$/.test(key))
        throw new DroverError('BAD_INPUT', { object, reason: 'no secret has such a UUID or key' });
      this.#machine.secrets.set(uuid, key);
    });
  }

  /** While libvirtd does not run, nobody hears anything; {@link SimMachine} says `gap` when it does again. */
  watch(listener: (event: DomainEvent) => void, signal: AbortSignal): Promise<void> {
    const { clock, process } = this.#parts;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const channel = new Channel(
        clock,
        () => EVENT_MS,
        (message) => process.deliver(message),
      );
      const hand = (event: DomainEvent) =>
        channel.send(() => {
          if (!signal.aborted) listener(event);
        });
      const forget = this.#machine.onEvent(hand);
      if (this.#machine.libvirt.state === 'up') hand({ kind: 'gap' });
      const end = () => {
        forget();
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
    });
  }

  get #machine(): SimMachine {
    return this.#parts.machine;
  }

  /** A migration of this domain away from here. */
  #outgoing(uuid: string) {
    const migration = this.#parts.migrations.migration(uuid);
    return migration?.to === this.#machine ? undefined : migration;
  }

  async #abortUntilOver(uuid: string, job: Promise<unknown>, hangUp: AbortController): Promise<void> {
    const { process } = this.#parts;
    let over = false;
    const note = () => void (over = true);
    job.then(note, note);
    const until = process.clock.monotonic() + LIMITS.libvirtCallMs;
    while (!isOver() && process.clock.monotonic() < until) {
      await this.abortMigration(uuid, { limitMs: AGENT_MS }).catch(ignoreRefusal);
      await process.clock.sleep(1_000);
    }
    hangUp.abort();
    function isOver(): boolean {
      return over;
    }
  }

  #agent(
    uuid: string,
    options: HypervisorCall | undefined,
    act: (guest: SimGuest) => number,
  ): Promise<number> {
    return this.#ask<number>(checked(uuid), options, true, (reply) => {
      const guest = this.#machine.guest(uuid);
      if (guest.definition.agent && !guest.hung && guest.state === 'running') {
        reply.answer(act(guest));
        return;
      }
      const silent = refused(`domain ${uuid}`, 'Guest agent is not responding');
      this.#parts.clock.schedule(guest.definition.agent ? AGENT_MS : 0, () => reply.fail(silent));
    });
  }

  /** A read about one domain, which need not be there. */
  #about<T>(uuid: string, options: HypervisorCall | undefined, read: () => T): Promise<T> {
    return this.#read(checked(uuid), options, read);
  }

  /** A change of a domain that must be there. */
  #act(uuid: string, options: HypervisorCall | undefined, act: (guest: SimGuest) => void): Promise<void> {
    return this.#change(checked(uuid), options, () => act(this.#machine.guest(uuid)));
  }

  #read<T>(object: string, options: HypervisorCall | undefined, read: () => T): Promise<T> {
    return this.#ask<T>(object, options, false, (reply) => reply.answer(read()));
  }

  async #change(object: string, options: HypervisorCall | undefined, change: () => void): Promise<void> {
    await this.#ask<undefined>(object, options, true, (reply) => {
      change();
      reply.answer(undefined);
    });
  }

  #ask<T>(
    object: string,
    options: HypervisorCall = {},
    change: boolean,
    serve: (reply: Reply<T>) => void,
  ): Promise<T> {
    const { limitMs = LIMITS.libvirtCallMs, signal } = options;
    return this.#machine.libvirt.ask<T>(this.#parts.process, { object, limitMs, signal, change, serve });
  }
}

function checked(uuid: string): string {
  if (UUID.test(uuid)) return `domain ${uuid}`;
  throw new DroverError('BAD_INPUT', {
    object: `domain ${uuid}`,
    reason: 'that is not a UUID in lower case',
  });
}

/** What libvirt says of a QEMU that does not answer, that is gone, or that has handed its guest over. */
function refuseStuck(guest: SimGuest): void {
  const object = `domain ${guest.uuid}`;
  if (!guest.alive) throw refused(object, 'Unable to read from monitor: Connection reset by peer');
  if (guest.hung || guest.role !== 'own') throw refused(object, 'cannot acquire state change lock');
}

function ignoreRefusal(error: unknown): void {
  if (!isDroverError(error, 'HYPERVISOR_REFUSED', 'HYPERVISOR_UNREACHABLE', 'DEADLINE', 'NOT_FOUND'))
    throw error;
}
