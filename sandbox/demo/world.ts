import { randomUUID } from 'node:crypto';
import { asDroverError, DroverError } from '../../lib/core/index.js';
import { byKeys, type Guest, type Sandbox, waitForRecord } from '../index.js';
import type { Fleet } from './fleet.js';
import type { KeyVerb } from './by-keys.js';

/** One step of the demonstration: what it is called, and what it does. It throws when something is not as it says. */
export interface Step {
  readonly title: string;
  run(world: World): Promise<void>;
}

/** What the steps hand on to each other. */
export class World {
  /** Of the sandbox. */
  readonly name: string;
  /** Aborted when whoever looks has seen enough. */
  readonly signal: AbortSignal;
  /** Tells what is to be seen, below the title of the step. */
  readonly tell: (text: string) => void;
  /** Runs on `east` from the second chapter on. */
  readonly guest: Guest = { name: 'vm1', uuid: randomUUID(), cluster: 'east' };
  /** Set by the first step. */
  started: Sandbox | undefined;
  /** Cluster → its daemons; set by the second step. */
  readonly fleets = new Map<string, Fleet>();

  constructor(name: string, signal: AbortSignal, tell: (text: string) => void) {
    this.name = name;
    this.signal = signal;
    this.tell = tell;
  }

  get sandbox(): Sandbox {
    if (this.started !== undefined) return this.started;
    throw new DroverError('NOT_FOUND', { object: 'the sandbox', reason: 'the first step has not come yet' });
  }

  /** The daemons of a cluster. */
  fleet(cluster: string): Fleet {
    const fleet = this.fleets.get(cluster);
    if (fleet !== undefined) return fleet;
    throw new DroverError('NOT_FOUND', { object: `droverd of ${cluster}`, reason: 'it was not started' });
  }

  /** Runs `drover` in a cluster, and shows the command and what it printed; returns that. */
  async show(cluster: string, ...args: readonly string[]): Promise<string> {
    this.tell(`$ drover ${args.join(' ')}`);
    const text = await this.fleet(cluster).drover(...args);
    this.tell(text);
    return text;
  }

  /** Lets the program of the demonstration act on keys alone; returns what it saw. */
  async keys(verb: KeyVerb, ...words: readonly string[]): Promise<string> {
    const { stdout } = await this.#orOver(byKeys(this.sandbox, this.guest, verb, ...words));
    return stdout.trim();
  }

  /** Waits for record `k` on the guest's console; returns the newest there. */
  record(k: number): Promise<number> {
    return waitForRecord(this.sandbox, this.guest, k, { limitMs: 90_000, signal: this.signal });
  }

  /** What takes no signal ends with the sandbox: nobody waits for it once all is over. */
  async #orOver<T>(work: Promise<T>): Promise<T> {
    let leave: () => void = () => undefined;
    const over = new Promise<never>((_, reject) => {
      leave = () => reject(asDroverError(this.signal.reason, 'the demonstration'));
    });
    this.signal.addEventListener('abort', leave);
    try {
      return await Promise.race([work, over]);
    } finally {
      this.signal.removeEventListener('abort', leave);
    }
  }
}
