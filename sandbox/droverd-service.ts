import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DroverError } from '../lib/core/index.js';
import { Droverd } from './droverd.js';
import { checkout, readIfThere, write } from './files.js';
import { INSIDE } from './layout.js';
import { partScript } from './parts/part.js';
import type { Sandbox } from './sandbox.js';
import { until } from './wait.js';

/** How long a daemon may take until it has said something. */
const SAYS_MS = 60_000;

/**
 * droverd as a part of a node, as systemd would keep it: it comes with the node's power and outlives whoever installed it.
 * {@link Droverd} is the one for tests: it ends with them.
 */
export class DroverdService {
  readonly node: string;
  readonly #sandbox: Sandbox;
  readonly #part: string;

  private constructor(sandbox: Sandbox, node: string) {
    this.#sandbox = sandbox;
    this.node = node;
    this.#part = `${node}-droverd`;
  }

  /** Writes the configuration and starts it, without waiting for it to come up. Once for each node. */
  static async install(sandbox: Sandbox, node: string, configuration: string): Promise<DroverdService> {
    const service = new DroverdService(sandbox, node);
    const command = [process.execPath, join(checkout(), Droverd.PROGRAM), Droverd.CONFIG];
    const script = partScript({ name: service.#part, host: node, node, command });
    await service.#configure(configuration);
    await write(join(sandbox.directory, 'parts', service.#part), script);
    await appendFile(join(sandbox.directory, 'nodes', node, 'parts'), `${service.#part}\n`);
    await sandbox.faults.startPart(service.#part);
    return service;
  }

  /** Starts it again after a {@link kill}, and returns when it is up: earlier it cannot be told to read its configuration. */
  async start(signal?: AbortSignal): Promise<void> {
    const count = () => this.#count('droverd is up');
    const before = await count();
    await this.#sandbox.faults.startPart(this.#part);
    const options = { limitMs: SAYS_MS, signal };
    await until(`${this.node} to come up`, options, async () => (await count()) > before);
  }

  /** Kills it, with its companions, and returns when it is gone. */
  kill(): Promise<void> {
    return this.#sandbox.faults.signalPart(this.#part, 'KILL');
  }

  /** Returns when it has taken this configuration over; CONFIG_INVALID when it refuses to, and its log says why. */
  async reload(configuration: string, signal?: AbortSignal): Promise<void> {
    const [taken, refused] = ['the configuration was read again', 'the configuration stays as it was'];
    const counts = () => Promise.all([this.#count(taken), this.#count(refused)]);
    const [took, refusals] = await counts();
    await this.#configure(configuration);
    await this.#sandbox.faults.signalPart(this.#part, 'HUP');
    const answer = await until(
      `${this.node} to read its configuration`,
      { limitMs: SAYS_MS, signal },
      async () => {
        const [takes, no] = await counts();
        return takes > took ? taken : no > refusals && refused;
      },
    );
    if (answer === refused)
      throw new DroverError('CONFIG_INVALID', {
        object: `${Droverd.CONFIG} of ${this.node}`,
        reason: answer,
      });
  }

  /** Returns when its log has a message that begins so. */
  async said(text: string, signal?: AbortSignal): Promise<void> {
    const what = `${this.node} to say "${text}"`;
    await until(what, { limitMs: SAYS_MS, signal }, async () => (await this.#count(text)) > 0);
  }

  async #count(text: string): Promise<number> {
    const log = await readIfThere(join(this.#sandbox.directory, 'log', `${this.#part}.log`));
    return (log ?? '').split(`"msg":"${text}`).length - 1;
  }

  async #configure(text: string): Promise<void> {
    const path = `${INSIDE}/nodes/${this.node}${Droverd.CONFIG}`;
    await write(this.#sandbox.outside(path), text, 0o600);
  }
}
