import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DroverError } from '../lib/core/index.js';
import type { CommandResult } from '../lib/ports/index.js';
import { write } from './files.js';
import { INSIDE } from './layout.js';
import { BMC_PASSWORD, ipmitool } from './parts/bmc.js';
import type { Ground } from './ground.js';

export type PowerWord = 'on' | 'off' | 'cycle' | 'status';
export type PartSignal = 'KILL' | 'STOP' | 'CONT' | 'TERM' | 'HUP';

/** What can go wrong, as methods. Every fault is idempotent and has its opposite. */
export class Faults {
  readonly #sandbox: Ground;

  constructor(sandbox: Ground) {
    this.#sandbox = sandbox;
  }

  /** Real `ipmitool` against the node's BMC, from the sandbox's own level; returns what it printed. */
  async power(node: string, word: PowerWord): Promise<string> {
    const command = ipmitool(this.#sandbox.node(node), 'chassis', 'power', word);
    const result = await this.#top(command, { IPMI_PASSWORD: BMC_PASSWORD });
    return result.stdout.trim();
  }

  /** The power supply itself, without a BMC: `off` returns when not one process of the node is left. */
  async rawPower(node: string, word: 'on' | 'off'): Promise<void> {
    const bit = word === 'on' ? '1' : '0';
    await this.#top(['bash', `${INSIDE}/bin/power.sh`, this.#sandbox.node(node).name, 'set', 'power', bit]);
  }

  /** Pulls or plugs a host's cable. It stays pulled over a power cycle. */
  async link(host: string, word: 'up' | 'down'): Promise<void> {
    const { name, kind } = this.#sandbox.host(host);
    const unplugged = join(this.#sandbox.directory, 'nodes', name, 'unplugged');
    if (kind === 'node') await (word === 'down' ? write(unplugged, '') : rm(unplugged, { force: true }));
    await this.#top(['ip', 'link', 'set', `v-${name}`, word]);
  }

  /** No frame from any of `from` reaches any of `to`, nor the other way unless `oneWay`. */
  async partition(
    from: readonly string[],
    to: readonly string[],
    options: { oneWay?: boolean } = {},
  ): Promise<void> {
    await this.#cut('add', this.#pairs(from, to, options));
  }

  /** Undoes {@link partition} for these hosts, or every partition. */
  async heal(from?: readonly string[], to?: readonly string[]): Promise<void> {
    if (from === undefined || to === undefined) {
      await this.#top(['nft', 'flush', 'set', 'bridge', 'sandbox', 'cut']);
      return;
    }
    // Deleting what is not there would fail; adding it first does not.
    const pairs = this.#pairs(from, to, {});
    await this.#cut('add', pairs);
    await this.#cut('delete', pairs);
  }

  /** Limits what a host sends and receives, each, to so many Mbit/s; undefined: no limit. */
  async rate(host: string, mbit: number | undefined): Promise<void> {
    const { name } = this.#sandbox.host(host);
    const shape = ['tbf', 'rate', `${mbit ?? 0}mbit`, 'burst', '64kb', 'latency', '50ms'];
    const ends = [
      ['tc', 'qdisc'],
      ['ip', 'netns', 'exec', name, 'tc', 'qdisc'],
    ];
    for (const [index, tc] of ends.entries()) {
      const device = ['dev', index === 0 ? `v-${name}` : 'eth0', 'root'];
      if (mbit !== undefined) await this.#top([...tc, 'replace', ...device, ...shape]);
      // 2: there is no limit to take away.
      else await this.#top([...tc, 'del', ...device], {}, [0, 2]);
    }
  }

  /** Starts a part that is down; nothing happens to one that is up. */
  async startPart(part: string): Promise<void> {
    await this.#part(part, 'start', part);
  }

  /** Signals a part: STOP and CONT, or KILL, which returns when it is gone. */
  async signalPart(part: string, signal: PartSignal): Promise<void> {
    await this.#part(part, 'signal', part, signal);
  }

  /** Signals every process on a node whose command line matches the extended regular expression. */
  async signalProcess(node: string, pattern: string, signal: PartSignal): Promise<void> {
    const { name } = this.#sandbox.node(node);
    const command = ['bash', `${INSIDE}/bin/signal.sh`, signal, pattern];
    const { code } = await this.#sandbox.run(name, command, { okCodes: [0, 3] });
    if (code === 3) {
      const object = `process ${JSON.stringify(pattern)} on ${name}`;
      throw new DroverError('NOT_FOUND', { object, reason: 'no command line matches' });
    }
  }

  async #part(part: string, ...words: string[]): Promise<void> {
    const node = this.#sandbox.nodes.find(
      ({ name }) => part.startsWith(`${name}-`) && part !== `${name}-bmc`,
    );
    await this.#sandbox.inside.run(node?.name, ['bash', `${INSIDE}/bin/part.sh`, ...words]);
  }

  #pairs(from: readonly string[], to: readonly string[], { oneWay = false }: { oneWay?: boolean }): string[] {
    const port = (host: string) => `"v-${this.#sandbox.host(host).name}"`;
    return from.flatMap((a) =>
      to.flatMap((b) => {
        const there = `${port(a)} . ${port(b)}`;
        return oneWay ? [there] : [there, `${port(b)} . ${port(a)}`];
      }),
    );
  }

  async #cut(verb: 'add' | 'delete', pairs: readonly string[]): Promise<void> {
    await this.#top(['nft', verb, 'element', 'bridge', 'sandbox', 'cut', `{ ${pairs.join(', ')} }`]);
  }

  #top(
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
    okCodes: readonly number[] = [0],
  ): Promise<CommandResult> {
    return this.#sandbox.inside.run(undefined, command, { env, okCodes });
  }
}
