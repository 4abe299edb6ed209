import { randomUUID } from 'node:crypto';
import { asDroverError, DroverError } from '../../lib/core/index.js';
import { byKeys, type Guest, type Sandbox, waitForRecord } from '../index.js';
import type { Fleet } from './fleet.js';
import type { KeyVerb } from './by-keys.js';

/** An image that holds what the guest does not write itself. */
export const DATA = 'vm1-data';

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
  /** Runs on `east` from the second chapter on; {@link DATA} is its second disk. */
  readonly guest: Guest = { name: 'vm1', uuid: randomUUID(), cluster: 'east', images: ['vm1', DATA] };
  /** Set by the first step. */
  started: Sandbox | undefined;
  /** Cluster → its daemons; set by the second step. */
  readonly fleets = new Map<string, Fleet>();
  /** What is worth to be told once more, at the end. */
  readonly figures: string[] = [];

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
    this.#command(cluster, args);
    const text = await this.fleet(cluster).drover(...args);
    this.tell(text);
    return text;
  }

  /** As {@link show}, for a command that asks for a task: returns what the task has as its result. */
  async task<T>(cluster: string, ...args: readonly string[]): Promise<T> {
    this.#command(cluster, args);
    return await this.end<T>(cluster, (await this.fleet(cluster).drover(...args, '--no-wait')).trim());
  }

  /** As {@link task}, without waiting for its end; returns the id of the task. */
  async ask(cluster: string, ...args: readonly string[]): Promise<string> {
    const id = await this.show(cluster, ...args, '--no-wait');
    return id.trim();
  }

  /** Waits for the end of a task and shows it; returns its result. */
  async end<T>(cluster: string, task: string): Promise<T> {
    const { state, status, result } = await this.fleet(cluster).outcome(task);
    this.tell(`${state}: ${status}`);
    return result as T;
  }

  /** Shows a command that is refused, and the sentence. */
  async refused(cluster: string, ...args: readonly string[]): Promise<void> {
    this.#command(cluster, args);
    this.tell(await this.fleet(cluster).refusal(...args));
  }

  /** The command as one gives it on a node of east, who knows the other cluster as well. */
  #command(cluster: string, args: readonly string[]): void {
    this.tell(`$ drover ${cluster === 'east' ? '' : `-c ${cluster} `}${args.join(' ')}`);
  }

  /** Tells a figure now, and at the end. */
  figure(text: string): void {
    this.tell(text);
    this.figures.push(text);
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
