import { DroverError } from '../../lib/core/index.js';
import { type Command, CommandFailure, type CommandResult, type Processes } from '../../lib/ports/index.js';

/** How a program is to answer: what it prints, and its exit code; no code: a signal ended it. */
export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number | undefined;
}

type Script = (command: Command, signal?: AbortSignal) => Answer | Promise<Answer>;

/** Programs that answer from a recording, as the real port would tell it; and what was asked of them. */
export class ScriptedProcesses implements Processes {
  readonly commands: Command[] = [];
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  /** The command lines so far, without the options that every one of them has. */
  told(skip: number): string[] {
    return this.commands.map(({ program, args }) => [program, ...args.slice(skip)].join(' '));
  }

  async run(command: Command, signal?: AbortSignal): Promise<CommandResult> {
    const { stdout, stderr, code } = await this.#answer(command, signal);
    return { code, stdout, stderr, durationMs: 1 };
  }

  async lines(command: Command, onLine: (line: string) => void, signal: AbortSignal): Promise<CommandResult> {
    this.commands.push(command);
    const { stdout = '', stderr = '', ...rest } = await this.#script(command, signal);
    for (const line of stdout.split('\n').slice(0, -1)) onLine(line);
    return { code: checked(command, stderr, rest), stdout: '', stderr, durationMs: 1 };
  }

  pipe(): Promise<void> {
    throw new Error('no pipe is scripted');
  }

  async #answer(
    command: Command,
    signal: AbortSignal | undefined,
  ): Promise<{ stdout: string; stderr: string; code: number }> {
    this.commands.push(command);
    const { stdout = '', stderr = '', ...rest } = await this.#script(command, signal);
    return { stdout, stderr, code: checked(command, stderr, rest) };
  }
}

function checked(
  { program, okCodes = [0] }: Command,
  stderr: string,
  rest: { code?: number | undefined },
): number {
  const code = 'code' in rest ? rest.code : 0;
  if (code !== undefined && okCodes.includes(code)) return code;
  const signal = code === undefined ? 'SIGSEGV' : undefined;
  const failure = new CommandFailure({ program, code, signal, stderr });
  throw new DroverError('COMMAND_FAILED', { object: program, reason: failure.message }, failure);
}
