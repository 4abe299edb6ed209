/** Running programs. Every child is its own process group, dies with its parent, has a time limit and bounded output. */
export interface Processes {
  /**
   * Runs a control command to its end and returns what it printed.
   *
   * Fails with COMMAND_MISSING, DEADLINE, CANCELLED, OUTPUT_TOO_LARGE, or COMMAND_FAILED: when the exit code is not in
   * `okCodes`, with a {@link CommandFailure} as its cause, or when the system refuses to start it, with that error.
   */
  run(command: Command, signal?: AbortSignal): Promise<CommandResult>;
  /**
   * Runs stages as one pipe: each one's stdout is the next one's stdin by file descriptor, no byte passes this process.
   * The error names the first stage, from the source on, that failed for a reason of its own. Once a stage has failed,
   * those before it are ended. Only the first may have an `input`; the last one's stdout is discarded. A stage's own
   * `limitMs` and `outputBytes` are without effect.
   */
  pipe(stages: readonly Command[], options: PipeOptions): Promise<void>;
  /**
   * Starts a long-lived child that prints lines, and hands them on until it ends or `signal` aborts. Without a limit
   * unless the command has one; `outputBytes` bounds one line. An `onLine` that throws ends the child.
   *
   * Fails like {@link run}; with CANCELLED when it was the signal that ended it.
   */
  lines(command: Command, onLine: (line: string) => void, signal: AbortSignal): Promise<CommandResult>;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Milliseconds; default `LIMITS.commandMs`; `Infinity` only where another limit is set by the caller. */
  readonly limitMs?: number;
  /** Added to a minimal environment (PATH, HOME, LC_ALL=C). Secrets go here or into `input`, never into `args`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Exit codes that are not a failure. Default: 0 only. */
  readonly okCodes?: readonly number[];
  /** Bytes; default `LIMITS.commandOutputBytes`. */
  readonly outputBytes?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface PipeOptions {
  /** Milliseconds for the whole pipe. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /**
   * How the pipe is ended early: `source` ends the first stage and lets the others see the end of their input (an
   * `rbd import-diff` must never be killed), for at most `LIMITS.pipeDrainMs`; `all` ends every stage. Default `all`.
   */
  readonly abort?: 'source' | 'all';
}

/** How a command ended badly: the cause of a COMMAND_FAILED. */
export class CommandFailure extends Error {
  readonly program: string;
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;

  constructor(end: {
    program: string;
    code: number | undefined;
    signal: string | undefined;
    stderr: string;
  }) {
    super(`${end.program} ended with ${end.signal ?? `code ${String(end.code)}`}`);
    this.name = 'CommandFailure';
    this.program = end.program;
    this.code = end.code;
    this.signal = end.signal;
    this.stderr = end.stderr;
  }
}

/** The {@link CommandFailure} behind an error, or undefined. */
export function commandFailureOf(error: unknown): CommandFailure | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof CommandFailure ? cause : undefined;
}
