import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskProgress } from '../../lib/client/index.js';
import { DroverError } from '../../lib/core/index.js';
import type { CommandResult } from '../../lib/ports/index.js';
import { checkout, write } from '../files.js';
import { droverdConfiguration, DroverdService, INSIDE, type Sandbox, until } from '../index.js';

/** `drover`, inside: with connections of the sandbox's own, not those of whoever shows it. */
export const DROVER = `${INSIDE}/drover`;
const HOME = `${INSIDE}/home`;
/** Exit codes of `drover`: each is an answer. */
const ANSWERS = [0, 1, 2, 3, 4];

/** Sections of `drover.yaml`, by name. */
export type Sections = Readonly<Record<string, object>>;

/** The daemons of one cluster, all with the same configuration, and the command that talks to them. */
export class Fleet {
  readonly cluster: string;
  /** An administrator's, for the API of this cluster. */
  readonly token = randomUUID();
  /** Node → its daemon. */
  readonly daemons = new Map<string, DroverdService>();
  readonly #sandbox: Sandbox;
  readonly #signal: AbortSignal;
  #sections: Sections;

  private constructor(sandbox: Sandbox, cluster: string, signal: AbortSignal) {
    this.#sandbox = sandbox;
    this.cluster = cluster;
    this.#signal = signal;
    // The default is a monitor on each coordinator: here Ceph has a host of its own.
    this.#sections = { ceph: { monitors: [`${sandbox.cephHost(cluster).address}:6789`] } };
  }

  /** Starts a daemon with an API on every node, and returns when they trust what they know of the cluster. */
  static async start(sandbox: Sandbox, cluster: string, signal: AbortSignal): Promise<Fleet> {
    const fleet = new Fleet(sandbox, cluster, signal);
    for (const { name } of sandbox.cluster(cluster).nodes)
      fleet.daemons.set(name, await DroverdService.install(sandbox, name, fleet.#configuration(name)));
    for (const daemon of fleet.daemons.values()) await daemon.said('trust: the tree is trusted', signal);
    await fleet.primary();
    return fleet;
  }

  /**
   * Puts sections into the configuration of every node, in place of those of the same name, and has the daemons read it
   * again. An empty section is as good as none. Returns when the API is there again.
   */
  async configure(sections: Sections): Promise<void> {
    this.#sections = { ...this.#sections, ...sections };
    await Promise.all(
      [...this.daemons].map(([node, daemon]) => daemon.reload(this.#configuration(node), this.#signal)),
    );
    await this.primary();
  }

  /** Who serves the API, and is not `former`; waits until somebody does. */
  primary(former?: string): Promise<string> {
    const options = { limitMs: 60_000, signal: this.#signal };
    return until(`a primary of ${this.cluster}`, options, async () => {
      const status = JSON.parse(await this.drover('status', '-f', 'json')) as { primary_node: string };
      return status.primary_node !== '' && status.primary_node !== former && status.primary_node;
    });
  }

  /** Where the API of this cluster is now: only the primary serves it, and nobody sets up a floating address in here. */
  async address(): Promise<string> {
    return this.#sandbox.node(await this.primary()).address;
  }

  /** Runs `drover` on the first node; returns what it printed. COMMAND_FAILED, with its sentence, unless it succeeds. */
  async drover(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code === 0) return stdout;
    throw this.#unexpected(args, `code ${code}: ${stdout}${stderr}`);
  }

  /** Runs `drover` where it has to be refused; returns the sentence. */
  async refusal(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code === 1) return stderr;
    throw this.#unexpected(args, `it was not refused, code ${code}: ${stdout}${stderr}`);
  }

  /** Waits for the end of a task; returns its last state. COMMAND_FAILED, with its sentence, unless it succeeds. */
  async outcome(task: string): Promise<TaskProgress> {
    const states = await this.drover('task', 'watch', task, '-f', 'json');
    return JSON.parse(states.trim().split('\n').at(-1) ?? '') as TaskProgress;
  }

  #run(args: readonly string[]): Promise<CommandResult> {
    const options = { limitMs: 180_000, okCodes: ANSWERS, signal: this.#signal };
    return this.#sandbox.run(this.#from, [DROVER, ...args], options);
  }

  #unexpected(args: readonly string[], reason: string): DroverError {
    const object = `drover ${args.join(' ')} on ${this.#from}`;
    return new DroverError('COMMAND_FAILED', { object, reason: reason.trim() });
  }

  /** The node that commands are given on. */
  get #from(): string {
    return this.#sandbox.cluster(this.cluster).nodes[0]?.name ?? '';
  }

  /** JSON is YAML. */
  #configuration(node: string): string {
    const settings = Object.entries(this.#sections).map(
      ([name, value]) => `${name}: ${JSON.stringify(value)}\n`,
    );
    return droverdConfiguration(this.#sandbox, node, {
      api: true,
      token: this.token,
      settings: settings.join(''),
    });
  }
}

/** Installs the command as {@link DROVER}. On a node it finds the cluster of that node by itself. */
export async function installDrover(sandbox: Sandbox): Promise<void> {
  const program = join(checkout(), 'dist/cli/main.js');
  const script = `#!/bin/sh\nexport DROVER_HOME=${HOME}\nunset DROVER_CONNECTION\nexec '${process.execPath}' '${program}' "$@"\n`;
  const path = sandbox.outside(DROVER);
  await write(path, script);
  await chmod(path, 0o755);
}
