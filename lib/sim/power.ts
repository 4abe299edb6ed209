import { DroverError, LIMITS } from '../core/index.js';
import type { Bmc, Power } from '../ports/index.js';
import type { SimClock } from './clock.js';
import type { SimMachine } from './hypervisor/machine.js';
import type { SimProcess } from './process.js';
import type { SimRandom } from './random.js';
import { type Reply, SimServer } from './server.js';

/** A machine's BMC. {@link server} has the faults of the way to it. */
export class SimBmc {
  readonly server: SimServer;
  readonly bmc: Bmc;
  readonly #machine: SimMachine;
  readonly #clock: SimClock;
  /** How long after the order the power really goes. */
  delayMs = 0;
  /** It takes orders and does nothing. */
  deaf = false;
  /** It takes no orders. */
  refuses = false;

  constructor(clock: SimClock, random: SimRandom, machine: SimMachine, bmc: Bmc) {
    this.#clock = clock;
    this.#machine = machine;
    this.bmc = bmc;
    this.server = new SimServer({
      clock,
      random,
      delayMs: [20, 200],
      refuseMs: LIMITS.ipmiCallMs,
      unreachable,
    });
  }

  get state(): 'on' | 'off' {
    return this.#machine.powered ? 'on' : 'off';
  }

  order(word: 'on' | 'off'): void {
    const object = objectOf(this.bmc);
    if (this.refuses) throw new DroverError('POWER_REFUSED', { object, reason: 'Unspecified error' });
    if (this.deaf) return;
    this.#clock.schedule(this.delayMs, () => {
      if (word === 'off') this.#machine.powerOff();
      else this.#machine.powerOn();
    });
  }
}

/** The BMCs of simulated machines, for one process. */
export class SimPower implements Power {
  readonly #process: SimProcess;
  readonly #bmcs: readonly SimBmc[];

  constructor(process: SimProcess, bmcs: readonly SimBmc[]) {
    this.#process = process;
    this.#bmcs = bmcs;
  }

  state(bmc: Bmc, signal?: AbortSignal): Promise<'on' | 'off'> {
    return this.#ask<'on' | 'off'>(bmc, signal, false, (one) => one.state);
  }

  async off(bmc: Bmc, signal?: AbortSignal): Promise<void> {
    await this.#ask(bmc, signal, true, (one) => one.order('off'));
  }

  async on(bmc: Bmc, signal?: AbortSignal): Promise<void> {
    await this.#ask(bmc, signal, true, (one) => one.order('on'));
  }

  async #ask<T>(
    bmc: Bmc,
    signal: AbortSignal | undefined,
    change: boolean,
    act: (bmc: SimBmc) => T,
  ): Promise<T> {
    const object = objectOf(bmc);
    const one = this.#bmcs.find(({ bmc: its }) => its.host === bmc.host && its.port === bmc.port);
    if (one === undefined) throw unreachable(object);
    const serve = (reply: Reply<T>) => {
      const letIn = one.bmc.user === bmc.user && one.bmc.password === bmc.password;
      if (!letIn) throw unreachable(object);
      reply.answer(act(one));
    };
    try {
      return await one.server.ask(this.#process, {
        object,
        limitMs: LIMITS.ipmiCallMs,
        signal,
        change,
        serve,
      });
    } catch (error) {
      if (error instanceof DroverError && error.code === 'DEADLINE') throw unreachable(object);
      throw error;
    }
  }
}

function objectOf({ host, port }: Bmc): string {
  return `BMC ${host}:${port}`;
}

function unreachable(object: string): DroverError {
  return new DroverError('POWER_UNREACHABLE', { object, reason: 'Unable to establish a session' });
}
