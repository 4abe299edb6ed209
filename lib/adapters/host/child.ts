import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { DroverError, messageOf } from '../../core/index.js';
import type { Clock, Command } from '../../ports/index.js';
import { settled } from './flow.js';
import { endGroup, isAlive } from './group.js';
import { drain, type Sink } from './sinks.js';

/** How long the last words of a program that has ended are waited for. */
const LAST_WORDS_MS = 200;

/** How a child ended: one of the two is there. */
export interface End {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** Where a child starts: the files of `setpriv` and of its program, and its whole environment. */
export interface Origin {
  readonly setpriv: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Plumbing {
  /** What it reads: nothing, `command.input`, what the child before it prints, or what is written to {@link Child.input}. */
  readonly stdin: Child | 'writer' | undefined;
  /** Where its output goes: to a sink, to the child after it, to who reads {@link Child.output}, or nowhere. */
  readonly stdout: Sink | 'next' | 'reader' | 'ignore';
  readonly stderr: Sink;
}

/**
 * One running program, in a process group of its own, which dies with this process: `setpriv --pdeathsig KILL` asks the
 * kernel for that and then becomes the program. What the program itself starts ends with its group at a limit or an
 * abort; what has left the group is out of reach, but holds nothing of ours.
 */
export class Child {
  readonly program: string;
  /** When the program has ended and everything it printed is taken. Fails when it cannot start, or a sink throws. */
  readonly ended: Promise<End>;
  readonly #process: ChildProcess;
  readonly #clock: Clock;
  #over = false;
  #stopped = false;
  #stopping: Promise<void> | undefined;

  /** Throws, or fails {@link ended}, with COMMAND_FAILED when the system refuses to start it. */
  constructor(command: Command, origin: Origin, plumbing: Plumbing, clock: Clock) {
    this.program = command.program;
    this.#clock = clock;
    this.#process = launch(command, origin, plumbing);
    this.ended = this.#follow(plumbing);
    this.#feed(command.input);
  }

  get started(): boolean {
    return this.#process.pid !== undefined;
  }

  /** True when {@link stop} found it alive: how it ended then is no fault of its own. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** True when the program itself has ended, though something it left behind may hold its output open. */
  get exited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /**
   * Ends the whole group and lets go of its streams; nothing when it is over already. Fails with DEADLINE when something
   * of it cannot be killed.
   */
  stop(): Promise<void> {
    const pid = this.#process.pid;
    if (this.#over || pid === undefined) return Promise.resolve();
    this.#stopping ??= this.#stop(pid);
    return this.#stopping;
  }

  async #stop(group: number): Promise<void> {
    this.#stopped = !this.exited && isAlive(group);
    // Once its leader is reaped, a process with the group's number is a stranger, and the group is long gone.
    const reused = this.exited && isAlive(group);
    const survivors = reused ? [] : await endGroup(group, this.#clock);
    // What it said on its way out may still be unread, and says whose fault it was; a stranger may hold the stream open.
    await Promise.race([settled(this.ended), this.#clock.sleep(LAST_WORDS_MS)]);
    for (const stream of this.#process.stdio) stream?.destroy();
    if (survivors.length === 0) return;
    throw new DroverError('DEADLINE', {
      object: this.program,
      reason: `process ${survivors.join(', ')} lives on after SIGKILL`,
      remedy: 'it hangs in the kernel, mostly on a device or a mount: restore that, or restart the node',
    });
  }

  async #follow({ stdout, stderr }: Plumbing): Promise<End> {
    const child = this.#process;
    const printed: Promise<void>[] = [];
    // A child that could not be started may lack its streams.
    if (child.stderr) printed.push(drain(this.program, child.stderr, stderr));
    if (child.stdout && typeof stdout === 'object') printed.push(drain(this.program, child.stdout, stdout));
    const exit = new Promise<End>((resolve, reject) => {
      child.once('error', (error) => reject(startFailure(this.program, error)));
      child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    const [end] = await Promise.all([exit, ...printed]);
    this.#over = true;
    return end;
  }

  #feed(input: string | Uint8Array | undefined): void {
    const stdin = this.#process.stdin;
    if (!stdin || input === undefined) return;
    // A program may end without having read its input: what that means is said by its exit code.
    stdin.on('error', () => stdin.destroy());
    stdin.end(input);
  }

  /** What it reads, when that is to be written; null when it could not be started. */
  get input(): Writable | null {
    return this.#process.stdin;
  }

  /** The stream that the next child takes over, or that is read. */
  get output(): Readable | null {
    return this.#process.stdout;
  }
}

function launch(command: Command, origin: Origin, { stdin, stdout }: Plumbing): ChildProcess {
  const before = stdin === 'writer' ? undefined : (stdin?.output ?? undefined);
  const first = stdin === 'writer' || command.input !== undefined ? 'pipe' : 'ignore';
  try {
    const child = spawn(origin.setpriv, ['--pdeathsig', 'KILL', '--', origin.program, ...command.args], {
      // A session, and so a process group, of its own.
      detached: true,
      env: origin.env,
      stdio: [before ?? first, stdout === 'ignore' ? 'ignore' : 'pipe', 'pipe'],
    });
    // The child has its own copy now. With ours open, a writer would never learn that its reader is gone.
    before?.destroy();
    return child;
  } catch (error) {
    throw startFailure(command.program, error);
  }
}

/** The system's own message may quote arguments: only its code is told. */
function startFailure(program: string, error: unknown): DroverError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
  return new DroverError('COMMAND_FAILED', { object: program, reason: `cannot be started: ${code}` }, error);
}
