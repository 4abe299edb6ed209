import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Ground } from './ground.js';

const PROGRAM = fileURLToPath(new URL('../daemon/main.js', import.meta.url));
const CONFIG = '/etc/drover/drover.yaml';

/** One event of a daemon's log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly vm?: string;
  readonly [field: string]: unknown;
}

/** A real daemon on a node of a sandbox. It does not come back by itself when the node's power does. */
export class Droverd {
  readonly node: string;
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(node: string, child: ChildProcess) {
    this.node = node;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) =>
        this.lines.push(JSON.parse(line) as LogLine),
      );
  }

  /**
   * Writes the node's configuration and starts the daemon. It dies with this process.
   *
   * @param options `api`: whether it serves the API, on its own address, when it is the primary
   */
  static async start(sandbox: Ground, node: string, { api = false } = {}): Promise<Droverd> {
    const script = `mkdir -p /etc/drover && cat > ${CONFIG}`;
    await sandbox.run(node, ['sh', '-c', script], { input: configuration(sandbox, node, api) });
    const child = sandbox.spawnNode(node, PROGRAM, [CONFIG], { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Droverd(node, child);
  }

  /** The latest lines of its log, for a failed test. */
  tail(count = 40): string {
    return this.lines
      .slice(-count)
      .map((line) => JSON.stringify(line).slice(0, 500))
      .join('\n');
  }

  async signal(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

function configuration(sandbox: Ground, node: string, api: boolean): string {
  const { cluster: name, address } = sandbox.node(node);
  const cluster = sandbox.cluster(name);
  const coordinators = cluster.nodes.map((other) => `    ${other.name}: ${other.address}\n`).join('');
  return `cluster:
  name: ${name}
  coordinators:
${coordinators}store:
  servers: [${cluster.connect}]
  session_timeout: 3s
node:
  addresses:
    cluster: ${address}
libvirt:
  transport: tcp
timers:
  keepalive: 1s
  vm_shutdown: 60s
api:
  enabled: ${api}
${api ? apiSettings(address) : ''}`;
}

function apiSettings(address: string): string {
  return `  listen: ${address}
  tokens:
    - name: sandbox
      scopes: [admin]
      token: sandbox-token
`;
}
