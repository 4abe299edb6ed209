import { isMainThread } from 'node:worker_threads';
import { asDroverError, DroverError, LIMITS } from '../../core/index.js';
import type { Clock, Command, CommandResult, Flows, PipeOptions, Processes } from '../../ports/index.js';
import { Child, type End, type Origin } from './child.js';
import { cancelled, failed, late, tooMuch } from './complaints.js';
import { chunksOf, feed, isClosedPipe, settled, within } from './flow.js';
import { runPipe } from './pipe.js';
import { locate } from './program.js';
import { Lines, type Sink, Tail, Whole } from './sinks.js';
import { supervise } from './supervise.js';
import { decode } from './words.js';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Programs of this machine. {@link Child} carries all calls, on `node:child_process` alone. A library such as
 * execa would end the child where its whole group must go, wait for ever for a stream that a stranger holds, escape
 * megabytes of binary output into a message (0.3 s and more), and cost twice the processor time a call.
 */
export class HostProcesses implements Processes, Flows {
  readonly #clock: Clock;

  /** Must be made, and used, in the main thread: the kernel ends a child with the *thread* that started it. */
  constructor(clock: Clock) {
    if (!isMainThread) {
      throw new DroverError('REFUSED', {
        object: 'starting programs',
        reason: 'this is a worker thread, and its children would die with it',
        remedy: 'start programs from the main thread',
      });
    }
    this.#clock = clock;
  }

  async run(command: Command, signal?: AbortSignal): Promise<CommandResult> {
    const excess = () => tooMuch(command.program, outputBytes(command));
    const stdout = new Whole(outputBytes(command), excess);
    const stderr = new Whole(outputBytes(command), excess);
    const result = await this.#follow(command, { stdout, stderr, limitMs: LIMITS.commandMs, signal });
    return { ...result, stdout: decode(stdout.bytes()) };
  }

  async lines(command: Command, onLine: (line: string) => void, signal: AbortSignal): Promise<CommandResult> {
    const excess = () => tooMuch(command.program, outputBytes(command));
    // Between the abort and the end of the child nobody listens any more.
    const whileWanted = (line: string) => {
      if (!signal.aborted) onLine(line);
    };
    const stdout = new Lines(outputBytes(command), whileWanted, excess);
    const stderr = new Tail(LIMITS.messageBytes);
    return await this.#follow(command, { stdout, stderr, limitMs: Infinity, signal });
  }

  async pipe(stages: readonly Command[], options: PipeOptions): Promise<void> {
    const [first, ...others] = stages;
    if (first === undefined || others.some((stage) => stage.input !== undefined)) {
      throw new DroverError('BAD_INPUT', {
        object: `pipe of ${stages.length} stages`,
        reason: 'it needs at least one, and only the first can have an input',
      });
    }
    checkLimit(first.program, options.limitMs);
    refuseAborted(first.program, options.signal);
    const located = stages.map((command) => ({ command, origin: originOf(command) }));
    await runPipe(located, options, this.#clock);
  }

  async *output(command: Command, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    refuseAborted(command.program, signal);
    const stderr = new Tail(LIMITS.messageBytes);
    const child = new Child(
      command,
      originOf(command),
      { stdin: undefined, stdout: 'reader', stderr },
      this.#clock,
    );
    const ended = settled(child.ended);
    const onAbort = () => void child.output?.destroy();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      // Its streams are missing when it could not be started, which its end tells.
      if (child.output !== null) yield* chunksOf(child.output);
      refuseAborted(command.program, signal);
      this.#judge(command, await within(ended), stderr);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await child.stop();
    }
  }

  async input(command: Command, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    refuseAborted(command.program, signal);
    const stderr = new Tail(LIMITS.messageBytes);
    const child = new Child(
      command,
      originOf(command),
      { stdin: 'writer', stdout: 'ignore', stderr },
      this.#clock,
    );
    const ended = settled(child.ended);
    const fault = child.input === null ? undefined : await feed(child.input, source, signal);
    const end = await supervise(within(ended), {
      clock: this.#clock,
      limitMs: LIMITS.pipeDrainMs,
      signal: undefined,
      late: () => late(command.program, LIMITS.pipeDrainMs, child.exited),
      cancelled: () => new Error('it has no signal'),
      stop: () => child.stop(),
    });
    refuseAborted(command.program, signal);
    // A program that ends without reading all of its input says by its exit code what that means.
    if (fault !== undefined && !isClosedPipe(fault)) throw asDroverError(fault, command.program);
    this.#judge(command, end, stderr);
  }

  #judge(command: Command, end: End, stderr: Tail): void {
    if (end.code !== undefined && (command.okCodes ?? [0]).includes(end.code)) return;
    throw failed(command.program, { ...end, program: command.program, stderr: stderr.bytes() });
  }

  async #follow(
    command: Command,
    bounds: {
      readonly stdout: Sink;
      readonly stderr: Whole | Tail;
      readonly limitMs: number;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<CommandResult> {
    const { stdout, stderr, signal } = bounds;
    const limitMs = command.limitMs ?? bounds.limitMs;
    checkLimit(command.program, limitMs);
    const began = this.#clock.monotonic();
    refuseAborted(command.program, signal);
    const child = new Child(command, originOf(command), { stdin: undefined, stdout, stderr }, this.#clock);
    const end = await supervise(child.ended, {
      clock: this.#clock,
      limitMs,
      signal,
      late: () => late(command.program, limitMs, child.exited),
      cancelled: (by) => cancelled(command.program, by),
      stop: () => child.stop(),
    });
    const said = stderr.bytes();
    const { code } = end;
    if (code === undefined || !(command.okCodes ?? [0]).includes(code))
      throw failed(command.program, { ...end, program: command.program, stderr: said });
    const durationMs = this.#clock.monotonic() - began;
    return { code, stdout: '', stderr: decode(said), durationMs };
  }
}

function originOf(command: Command): Origin {
  const { PATH = DEFAULT_PATH, HOME = '/' } = process.env;
  const env = { PATH, HOME, LC_ALL: 'C', ...command.env };
  return { setpriv: locate('setpriv', PATH), program: locate(command.program, env.PATH), env };
}

function outputBytes(command: Command): number {
  return command.outputBytes ?? LIMITS.commandOutputBytes;
}

function checkLimit(program: string, limitMs: number): void {
  if (limitMs > 0) return;
  throw new DroverError('BAD_INPUT', { object: program, reason: `its limit is ${limitMs} ms` });
}

function refuseAborted(program: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(program, signal);
}
