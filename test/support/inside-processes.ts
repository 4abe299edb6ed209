import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostProcesses } from '../../lib/adapters/host/index.js';
import type { Clock, Command, CommandResult, PipeOptions, Processes } from '../../lib/ports/index.js';
import type { Sandbox } from '../../sandbox/index.js';

/** Programs on a host of a sandbox, run by the real port: what a daemon there would have. */
export class InsideProcesses implements Processes {
  readonly #host: HostProcesses;
  readonly #inside: (command: Command) => Command;

  constructor(sandbox: Sandbox, host: string, clock: Clock) {
    this.#host = new HostProcesses(clock);
    this.#inside = (command) => {
      const [program = '', ...args] = sandbox.inside.commandLine(host, [command.program, ...command.args]);
      return { ...command, program, args };
    };
  }

  run(command: Command, signal?: AbortSignal): Promise<CommandResult> {
    return this.#host.run(this.#inside(command), signal);
  }

  pipe(stages: readonly Command[], options: PipeOptions): Promise<void> {
    return this.#host.pipe(stages.map(this.#inside), options);
  }

  lines(command: Command, onLine: (line: string) => void, signal: AbortSignal): Promise<CommandResult> {
    return this.#host.lines(this.#inside(command), onLine, signal);
  }
}

/** The procfs of a node of a sandbox, as a path outside: through the first process of each namespace. */
export function procOf(sandbox: Sandbox, node: string): string {
  const top = readFileSync(join(sandbox.directory, 'top.pid'), 'utf8').trim();
  const inside = join('/proc', firstChild('/proc', top), 'root/proc');
  const power = readFileSync(join(sandbox.directory, 'nodes', node, 'power.pid'), 'utf8').trim();
  return join(inside, firstChild(inside, power), 'root/proc');
}

function firstChild(proc: string, pid: string): string {
  const [child] = readFileSync(join(proc, pid, 'task', pid, 'children'), 'utf8')
    .trim()
    .split(' ');
  if (child === undefined || child === '') throw new Error(`process ${pid} of ${proc} has no child`);
  return child;
}
