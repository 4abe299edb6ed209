import type { Alarm, Clock } from '../ports/index.js';
import { sleepOn } from './sleep.js';

/** What a process needs of the world's time; {@link SimClock} is it. */
export interface World {
  now(): number;
  monotonic(): number;
  schedule(ms: number, action: () => void): Alarm;
  stir(): void;
}

export interface SimProcessOptions {
  /** How far this machine's wall clock is ahead of the right time; negative when it is behind. */
  readonly skewMs?: number;
}

const BETWEEN_BOOTS_MS = 1_000_000;

/**
 * A process on a machine of its own: its wall clock may be wrong and its monotonic clock counts from its own boot. It
 * can be stopped and continued like by SIGSTOP and SIGCONT, and killed.
 *
 * While it is stopped its alarms and all that is delivered to it wait; its clocks go on. Once it is killed nothing of it
 * runs any more: alarms never fire, calls never settle.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #world: World;
  #state: 'running' | 'paused' | 'killed' = 'running';
  /** What came while it was stopped, in order. */
  #waiting: (() => void)[] = [];

  constructor(world: World, name: string, boot: number, options: SimProcessOptions) {
    this.#world = world;
    this.name = name;
    this.clock = new ProcessClock(world, this, options.skewMs ?? 0, boot * BETWEEN_BOOTS_MS);
  }

  get state(): 'running' | 'paused' | 'killed' {
    return this.#state;
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (let count = this.#waiting.length; count > 0; count -= 1) this.#scheduleNext();
  }

  kill(): void {
    this.#state = 'killed';
    this.#waiting = [];
  }

  /**
   * Resolves when the process runs: at once, after {@link resume}, or never. Code of the process that stops or kills
   * itself, say in a kill point, awaits this next.
   */
  here(): Promise<void> {
    return new Promise((resolve) => {
      this.call(resolve);
    });
  }

  /** Something comes to the process from outside: it runs now, or on {@link resume} in order of arrival, or never. */
  deliver(action: () => void): void {
    if (this.#state === 'killed') return;
    if (this.#state === 'running' && this.#waiting.length === 0) {
      this.#world.stir();
      action();
      return;
    }
    this.#waiting.push(action);
    if (this.#state === 'running') this.#scheduleNext();
  }

  /** The process does something: now, or when it is continued, or never. */
  call(action: () => void): void {
    if (this.#state === 'running') action();
    else this.deliver(action);
  }

  #scheduleNext(): void {
    this.#world.schedule(0, () => {
      if (this.#state !== 'running') return;
      const action = this.#waiting.shift();
      if (action === undefined) return;
      this.#world.stir();
      action();
    });
  }
}

class ProcessClock implements Clock {
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #skewMs: number;
  readonly #bootMs: number;

  constructor(world: World, process: SimProcess, skewMs: number, bootMs: number) {
    this.#world = world;
    this.#process = process;
    this.#skewMs = skewMs;
    this.#bootMs = bootMs;
  }

  now(): number {
    return this.#world.now() + this.#skewMs;
  }

  monotonic(): number {
    return this.#world.monotonic() + this.#bootMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, action: () => void): Alarm {
    let cancelled = false;
    const alarm = this.#world.schedule(ms, () =>
      this.#process.deliver(() => {
        if (!cancelled) action();
      }),
    );
    return {
      cancel: () => {
        cancelled = true;
        alarm.cancel();
      },
    };
  }
}
