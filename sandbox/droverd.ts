import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { checkout } from './files.js';
import { type ConfigurationOptions, droverdConfiguration } from './droverd-configuration.js';
import type { Ground } from './ground.js';
import { HALT_AT, HALTED } from './halt.js';

/** One event of a daemon's log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly vm?: string;
  readonly [field: string]: unknown;
}

/** The daemon that dies, or halts, at a named place. */
const KILLABLE = 'dist/sandbox/killable-droverd.js';

interface DroverdOptions extends ConfigurationOptions {
  readonly killAt?: string;
  readonly haltable?: boolean;
}

/** A real daemon on a node of a sandbox. It does not come back by itself when the node's power does. */
export class Droverd {
  /** What the unit of systemd starts, below the directory of the installation, and with which file. */
  static readonly PROGRAM = 'dist/daemon/main.js';
  static readonly CONFIG = '/etc/drover/drover.yaml';

  readonly node: string;
  readonly lines: LogLine[] = [];
  readonly #sandbox: Ground;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #code: number | null = null;

  private constructor(sandbox: Ground, node: string, child: ChildProcess) {
    this.#sandbox = sandbox;
    this.node = node;
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        this.#code = code;
        resolve();
      });
    });
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(lineOf(line)));
  }

  /**
   * Writes the node's configuration and starts the daemon. It dies with this process.
   *
   * @param options those of its configuration; `killAt`: the cut of a step at which it kills itself; `haltable`: it and its
   *   companions halt where {@link haltAt} says
   */
  static async start(sandbox: Ground, node: string, options: DroverdOptions = {}): Promise<Droverd> {
    const { killAt, haltable = killAt !== undefined } = options;
    const script = `mkdir -p /etc/drover && cat > ${Droverd.CONFIG}`;
    await sandbox.run(node, ['sh', '-c', script], {
      input: droverdConfiguration(sandbox, node, options),
    });
    const program = haltable ? KILLABLE : Droverd.PROGRAM;
    const args = [Droverd.CONFIG, ...(killAt === undefined ? [] : [killAt])];
    const child = sandbox.spawnNode(node, join(checkout(), program), args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Droverd(sandbox, node, child);
  }

  /** The exit code of a daemon that has ended by itself. */
  get code(): number | null {
    return this.#code;
  }

  /** The latest lines of its log, for a failed test. */
  tail(count = 40): string {
    return this.lines
      .slice(-count)
      .map((line) => JSON.stringify(line).slice(0, 500))
      .join('\n');
  }

  /** Sends the daemon itself a signal, as an operator or systemd may. */
  async tell(signal: 'TERM' | 'HUP' | 'STOP' | 'CONT'): Promise<void> {
    const command = ['bash', '/run/sandbox/bin/signal.sh', signal, 'node .*daemon/main\\.js'];
    await this.#sandbox.run(this.node, command);
  }

  /** Has the next of its programs that comes to this kill point halt there. */
  async haltAt(point: string): Promise<void> {
    await this.#shell(`printf %s '${point}' > ${HALT_AT}`);
  }

  /** The process that has halted; undefined as long as none has. */
  async halted(): Promise<number | undefined> {
    const text = await this.#shell(`cat ${HALTED} 2>/dev/null || true`);
    return text === '' ? undefined : Number(text);
  }

  /** Lets it go on, and halts nobody any more. */
  async letGo(): Promise<void> {
    await this.#shell(`rm -f ${HALTED} ${HALT_AT}`);
  }

  /** Kills a process of this node, such as a companion of this daemon. */
  async killProcess(pid: number): Promise<void> {
    await this.#shell(`kill -9 ${pid}`);
  }

  async #shell(script: string): Promise<string> {
    return (await this.#sandbox.run(this.node, ['sh', '-c', script])).stdout;
  }

  /** Returns when it has ended, by whatever. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Ends the daemon as systemd does, and returns when it has ended. */
  async stop(): Promise<void> {
    await this.tell('TERM');
    await this.#ended;
  }

  /** Kills it, with its companions. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** A line of the log; one that is none, such as the end of a process that was killed while it wrote, as its text. */
function lineOf(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: 0, msg: line };
  }
}
