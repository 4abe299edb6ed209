import { asDroverError, DroverError, type Random } from '../core/index.js';
import type { Alarm, Clock } from '../ports/index.js';
import { SimProcess, type SimProcessOptions } from './process.js';
import { type Happening, HappeningQueue } from './queue.js';
import { sleepOn } from './sleep.js';
import { turn } from './turn.js';

export interface SimClockOptions {
  /** Wall time at the beginning, milliseconds since 1970 UTC. */
  readonly startMs?: number;
  /** Shuffles what happens at the same moment; without it the order of creation counts. */
  readonly random?: Random;
}

/** What somebody who drives the clock waits for. */
interface Goal {
  readonly reached: () => boolean;
  /** Virtual time at which the wait is over, reached or not. */
  readonly limitAt: number;
  readonly end: (reached: boolean) => void;
}

const START_MS = Date.UTC(2026, 0, 1);
const LIMIT_MS = 3_600_000;

/**
 * Virtual time. It stands still until someone drives it, by {@link advance}, {@link runUntil} or {@link settle}; then one
 * thing happens after the other, and all micro-tasks run out in between. As a Clock it is an observer's own: it is never
 * paused, and its wall clock is right.
 */
export class SimClock implements Clock {
  readonly #startMs: number;
  readonly #random: Random | undefined;
  readonly #queue = new HappeningQueue();
  readonly #goals = new Set<Goal>();
  #elapsed = 0;
  #order = 0;
  #processes = 0;
  #stirred = false;
  #driving = false;

  constructor(options: SimClockOptions = {}) {
    this.#startMs = options.startMs ?? START_MS;
    this.#random = options.random;
  }

  now(): number {
    return Math.floor(this.#startMs + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, action: () => void): Alarm {
    return this.schedule(ms, () => {
      this.stir();
      action();
    });
  }

  /** A process on a machine of its own: see {@link SimProcess}. */
  process(name: string, options: SimProcessOptions = {}): SimProcess {
    this.#processes += 1;
    return new SimProcess(this, name, this.#processes, options);
  }

  /**
   * For parts of the world, not of a process: `action` may settle no promise and call nobody's code, unless it calls
   * {@link stir}; then nobody waits for micro-tasks after it.
   */
  schedule(ms: number, action: () => void): Alarm {
    const at = this.#elapsed + Math.max(0, ms);
    this.#order += 1;
    const tie = this.#random?.uint32() ?? 0;
    const happening: Happening = { at, tie, order: this.#order, action };
    this.#queue.push(happening);
    return {
      cancel: () => {
        happening.action = undefined;
      },
    };
  }

  /** Says that code of a process ran, so that its micro-tasks run out before the next thing happens. */
  stir(): void {
    this.#stirred = true;
  }

  /** Lets `ms` of virtual time pass. */
  advance(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#drive({ reached: () => false, limitAt: this.#elapsed + ms, end: () => resolve() });
    });
  }

  /** Lets time pass until `condition` holds, looked at after each thing that happens; DEADLINE after `limitMs`. */
  runUntil(condition: () => boolean, limitMs = LIMIT_MS, what = 'a simulated condition'): Promise<void> {
    const late = { object: what, reason: `not so in ${limitMs} virtual ms` };
    return new Promise((resolve, reject) => {
      const reached = () => {
        try {
          return condition();
        } catch (error) {
          reject(asDroverError(error, what));
          return true;
        }
      };
      const end = (inTime: boolean) => {
        if (inTime) resolve();
        else reject(new DroverError('DEADLINE', late));
      };
      this.#drive({ reached, limitAt: this.#elapsed + limitMs, end });
    });
  }

  /** Lets time pass until `promise` settles, and settles as it does; DEADLINE after `limitMs`. */
  async settle<T>(promise: Promise<T>, limitMs = LIMIT_MS, what = 'a simulated call'): Promise<T> {
    let settled = false;
    const note = () => {
      settled = true;
    };
    promise.then(note, note);
    await this.runUntil(() => settled, limitMs, what);
    return promise;
  }

  /** One loop serves all that drive, so that they may overlap. */
  #drive(goal: Goal): void {
    this.#goals.add(goal);
    if (this.#driving) return;
    this.#driving = true;
    turn(this.#spin);
  }

  /** Lets things happen until one ran code of a process: then its micro-tasks run out first. */
  readonly #spin = (): void => {
    while (this.#goals.size > 0) {
      this.#step();
      if (!this.#stirred) continue;
      this.#stirred = false;
      turn(this.#spin);
      return;
    }
    this.#driving = false;
  };

  #step(): void {
    if (this.#endGoals()) return;
    const limitAt = Math.min(...[...this.#goals].map((goal) => goal.limitAt));
    const next = this.#queue.peek();
    if (next === undefined || next.at > limitAt) {
      this.#elapsed = limitAt;
      this.#endGoals(limitAt);
      return;
    }
    this.#queue.pop();
    this.#elapsed = next.at;
    next.action?.();
  }

  /** Ends the goals that are reached, and those whose limit is not after `now`. True when there was one. */
  #endGoals(now = -1): boolean {
    let ended = false;
    for (const goal of [...this.#goals]) {
      const reached = goal.reached();
      if (!reached && goal.limitAt > now) continue;
      this.#goals.delete(goal);
      goal.end(reached);
      ended = true;
      this.stir();
    }
    return ended;
  }
}
