import { DroverError, type ErrorCode, messageOf } from '../core/index.js';
import type { Clock } from '../ports/index.js';

/** Lines that a result and the words of a failure may carry; reports have all. */
const RESULT_LINES = 200;
const FAILURE_LINES = 8;
const FAILURE_LENGTH = 3_000;

/** A run, for people: what was done, one line for each thing that it was done to. */
export interface RunSummary {
  /** `Autobackup`, `Automirror`. */
  readonly what: string;
  readonly cluster: string;
  readonly task: string;
  /** Wall time, milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly lines: readonly RunLine[];
}

export interface RunLine {
  /** What it is about: a VM and its destination. */
  readonly object: string;
  readonly ok: boolean;
  /** One sentence. */
  readonly text: string;
  readonly ms: number;
  readonly bytes: number;
}

/**
 * A task that does the same to many things. What fails is the line of its object and stops no other; once the task has been
 * cancelled, what fails ends the run.
 */
export class Run {
  readonly #clock: Clock;
  readonly #task: { readonly id: string; readonly signal: AbortSignal };
  readonly #startedAt: number;
  readonly #lines: RunLine[] = [];

  constructor(clock: Clock, task: { readonly id: string; readonly signal: AbortSignal }) {
    this.#clock = clock;
    this.#task = task;
    this.#startedAt = clock.now();
  }

  done(object: string, how: Pick<RunLine, 'text' | 'ms' | 'bytes'>): void {
    this.#lines.push({ object, ok: true, ...how });
  }

  /** @param since monotonic: when it began with this object */
  failed(object: string, since: number, why: unknown): void {
    if (this.#task.signal.aborted) throw why;
    this.#lines.push({
      ...{ object, ok: false, text: messageOf(why), bytes: 0 },
      ms: this.#clock.monotonic() - since,
    });
  }

  /** The run, which ends now; its lines by their objects. */
  summary(what: string, cluster: string): RunSummary {
    return {
      ...{ what, cluster, task: this.#task.id, startedAt: this.#startedAt, endedAt: this.#clock.now() },
      lines: this.#lines.toSorted((one, other) => (one.object < other.object ? -1 : 1)),
    };
  }
}

/** A run of which a part failed. Its task has failed too, and has the whole result all the same. */
export class RunFailed extends DroverError {
  readonly result: object;

  constructor(
    code: ErrorCode,
    complaint: { readonly object: string; readonly reason: string },
    result: object,
  ) {
    super(code, complaint);
    this.result = result;
  }
}

/**
 * What the task of a run answers: each of its lines, under the name `what`. Throws {@link RunFailed} when one of them failed.
 *
 * @param untold reports that could not be sent, and why
 */
export function resultOfRun(
  { lines }: Pick<RunSummary, 'lines'>,
  untold: readonly string[],
  {
    what,
    incomplete,
    message,
  }: { readonly what: string; readonly incomplete: ErrorCode; readonly message: (count: number) => string },
): object {
  const bad = lines.filter(({ ok }) => !ok);
  const result = {
    [what]: lines
      .slice(0, RESULT_LINES)
      .map(({ object, ok, text, ms, bytes }) => ({ object, ok, text, ms, bytes })),
    ...(untold.length === 0 ? {} : { reports: untold }),
  };
  if (bad.length === 0) return { message: message(lines.length), ...result };
  const words = [...bad.slice(0, FAILURE_LINES).map(({ object, text }) => `${object}: ${text}`), ...untold];
  throw new RunFailed(
    incomplete,
    {
      object: `${bad.length} of ${lines.length} ${what}`,
      reason: words.join('; ').slice(0, FAILURE_LENGTH),
    },
    result,
  );
}
