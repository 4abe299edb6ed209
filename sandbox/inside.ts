import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { execa } from 'execa';
import { DroverError, LIMITS } from '../lib/core/index.js';
import { CommandFailure, type CommandResult } from '../lib/ports/index.js';

export interface RunOptions {
  /** Milliseconds; default `LIMITS.commandMs`. */
  readonly limitMs?: number | undefined;
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Exit codes that are not a failure. Default: 0 only. */
  readonly okCodes?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What enter.sh answers for a node without power. */
const NODE_IS_OFF = 113;
/** Dies with its parent, on both sides of nsenter: a command never outlives the tool that asked for it. */
const BOUND = ['setpriv', '--pdeathsig', 'KILL'];

/** The way into a sandbox: every command of the tool goes through here. */
export class Inside {
  readonly #namespaces: readonly string[];

  /** @param top process id, outside, of the sandbox's unshare */
  constructor(top: number) {
    const ns = `/proc/${top}/ns`;
    this.#namespaces = [
      `--mount=${ns}/mnt`,
      `--net=${ns}/net`,
      `--uts=${ns}/uts`,
      `--ipc=${ns}/ipc`,
      `--pid=${ns}/pid_for_children`,
    ];
  }

  /** The whole command line, outside, of a command inside: on `host`, or on the sandbox's own level. */
  commandLine(host: string | undefined, command: readonly string[]): string[] {
    const enter = host === undefined ? [] : ['bash', '/run/sandbox/bin/enter.sh', host];
    return [...BOUND, 'nsenter', ...this.#namespaces, '--', ...BOUND, ...enter, ...command];
  }

  /** Fails with COMMAND_FAILED, DEADLINE, CANCELLED, or REFUSED when the node is off. */
  async run(
    host: string | undefined,
    command: readonly string[],
    options: RunOptions = {},
  ): Promise<CommandResult> {
    const [program = '', ...args] = this.commandLine(host, command);
    const limitMs = options.limitMs ?? LIMITS.commandMs;
    const result = await execa(program, args, {
      cwd: '/',
      env: { ...options.env },
      input: options.input ?? '',
      timeout: limitMs,
      killSignal: 'SIGKILL',
      reject: false,
      stripFinalNewline: false,
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    });
    const object = `${host === undefined ? '' : `${host}: `}${command.join(' ').slice(0, 200)}`;
    if (result.isCanceled) throw new DroverError('CANCELLED', { object, reason: 'the caller gave up' });
    if (result.timedOut) throw new DroverError('DEADLINE', { object, reason: `no end within ${limitMs} ms` });
    const { exitCode: code, stdout, stderr, durationMs } = result;
    if (host !== undefined && code === NODE_IS_OFF)
      throw new DroverError('REFUSED', { object: host, reason: 'the node is off', remedy: 'power it on' });
    if (code === undefined || !(options.okCodes ?? [0]).includes(code)) {
      const failure = new CommandFailure({ program: command[0] ?? '', code, signal: result.signal, stderr });
      const reason = `${failure.message}: ${stderr.trim().slice(-1000)}`;
      throw new DroverError('COMMAND_FAILED', { object, reason }, failure);
    }
    return { code, stdout, stderr, durationMs };
  }

  /** Starts a command whose streams are the caller's. It dies with this process. */
  spawn(host: string | undefined, command: readonly string[], options: SpawnOptions): ChildProcess {
    const [program = '', ...args] = this.commandLine(host, command);
    return spawn(program, args, { cwd: '/', ...options });
  }
}
