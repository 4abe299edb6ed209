import type { TaskProgress, Tasks, TaskTicket } from '../../schemas/api.js';
import { isDroverError, LIMITS } from '../core/index.js';
import { isRefused } from './refused.js';
import { at, type CallOptions, type Requests } from './requests.js';

/** The time that a watch is counted by; the clock of the machine, or a simulated one. */
export interface WatchClock {
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Tasks: asked for, watched, cancelled. */
export class TaskCalls {
  readonly #requests: Requests;
  readonly #clock: WatchClock;

  constructor(requests: Requests, clock: WatchClock) {
    this.#requests = requests;
    this.#clock = clock;
  }

  list(finished = false, options?: CallOptions): Promise<Tasks> {
    return this.#requests.get('/tasks', { finished }, options);
  }

  get(task: string, options?: CallOptions): Promise<TaskProgress> {
    return this.#requests.get(at`/tasks/${task}`, {}, options);
  }

  request(
    kind: string,
    args: Readonly<Record<string, unknown>>,
    id?: string,
    options?: CallOptions,
  ): Promise<TaskTicket> {
    return this.#requests.change('POST', '/tasks', { kind, args: JSON.stringify(args), id }, options);
  }

  cancel(task: string, why?: string, options?: CallOptions): Promise<string> {
    return this.#requests.say('DELETE', at`/tasks/${task}`, { why }, options);
  }

  /**
   * Each new state of a task, the last one included; then it ends. Looks again at once after a change and ever more
   * rarely while nothing happens. An API that does not answer for a while, as in a change of the primary, is asked
   * again for `LIMITS.clientLostMs`; then, and for a task that does not exist, it fails as {@link get} does.
   */
  async *watch(task: string, signal?: AbortSignal): AsyncGenerator<TaskProgress, void> {
    const options = signal === undefined ? {} : { signal };
    let last = '';
    let pauseMs: number = LIMITS.clientWatchFirstMs;
    let answeredAt = this.#clock.monotonic();
    for (;;) {
      const progress = await this.#look(task, options, answeredAt);
      if (progress !== undefined) {
        answeredAt = this.#clock.monotonic();
        const now = JSON.stringify(progress);
        if (now !== last) {
          yield progress;
          pauseMs = LIMITS.clientWatchFirstMs;
        }
        last = now;
        if (hasEnded(progress)) return;
      }
      await this.#clock.sleep(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 1.5, LIMITS.clientWatchLastMs);
    }
  }

  /** Undefined when nobody answered, and it is not too long ago that somebody did. */
  async #look(task: string, options: CallOptions, answeredAt: number): Promise<TaskProgress | undefined> {
    try {
      return await this.get(task, options);
    } catch (error) {
      const passing = isDroverError(error, 'API_UNREACHABLE', 'DEADLINE') || isRefused(error, 502, 503, 504);
      if (!passing || this.#clock.monotonic() - answeredAt >= LIMITS.clientLostMs) throw error;
      return undefined;
    }
  }
}

/** Whether a task is in one of its final states. */
export function hasEnded({ state }: Pick<TaskProgress, 'state'>): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}
