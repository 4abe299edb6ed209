import type { DocumentKind, Remembered, Run } from '../../schemas/index.js';
import { type Log, messageOf } from '../../lib/core/index.js';
import { conflictOf } from '../../lib/ports/index.js';
import type { SimStore } from '../../lib/sim/index.js';
import { decodeDocument, type DocumentInput, encodeDocument } from '../../lib/tree/index.js';
import { type Daemon, type Host, MEMORY, SESSION_MS, World } from './ownership-world.js';

/** Session timeout plus three seconds, as the design promises, and the longest pause between two connects. */
export const LEADER_WITHIN_MS = SESSION_MS + 3_000 + 2_000;

/** What a daemon or its census said. */
export interface Said {
  readonly atMs: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

/**
 * A small cluster to which one thing happens, told step by step: an operator with a shell of the store and a hand on
 * the power switches. Everything follows from the seed.
 */
export class Scenario {
  readonly said: Said[] = [];
  readonly world: World;
  readonly operator: SimStore;

  constructor(seed: number, nodes: readonly string[] = ['hv1', 'hv2', 'hv3']) {
    const say = (level: Said['level']) => (fields: object, message: string) =>
      void this.said.push({ atMs: this.world.clock.monotonic(), level, message, fields });
    const log: Log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    this.world = new World(seed, nodes, [], log);
    this.operator = this.world.service.open(this.world.clock.process('operator'), SESSION_MS);
  }

  /** A cluster that has a leader and trusts its tree. */
  static async settled(seed: number, nodes?: readonly string[]): Promise<Scenario> {
    const scenario = new Scenario(seed, nodes);
    await scenario.until(() => scenario.isSettled(), 'the first census is over');
    return scenario;
  }

  get leaders(): readonly Daemon[] {
    return this.world.hosts
      .map(({ daemon }) => daemon)
      .filter((daemon) => daemon.process.state === 'running' && daemon.election?.leadership !== undefined);
  }

  /** The one leader. */
  get leader(): Daemon {
    const [leader, ...others] = this.leaders;
    if (leader === undefined || others.length > 0) throw new Error(`${this.leaders.length} leaders`);
    return leader;
  }

  /** One leader, and every node that lives trusts the tree. */
  isSettled(): boolean {
    const living = this.world.hosts.filter(({ daemon }) => daemon.process.state !== 'killed');
    return this.leaders.length === 1 && living.every(({ daemon }) => daemon.trust?.trusted === true);
  }

  host(node: string): Host {
    const host = this.world.hosts.find((one) => one.node === node);
    if (host === undefined) throw new Error(`there is no ${node}`);
    return host;
  }

  /** A host that does not lead. */
  follower(): Host {
    return this.world.hosts.find(({ daemon }) => daemon !== this.leader) ?? this.leader.host;
  }

  until(condition: () => boolean, what: string, withinMs = LEADER_WITHIN_MS): Promise<void> {
    return this.world.clock.runUntil(condition, withinMs, what);
  }

  /** A leader within the bound that the design promises; returns how long it took. */
  async leaderAgain(condition: (leader: Daemon) => boolean = () => true): Promise<number> {
    const from = this.world.clock.monotonic();
    await this.until(() => this.leaders.length === 1 && condition(this.leader), 'a leader in the bound');
    return this.world.clock.monotonic() - from;
  }

  /** Starts a VM as a node does: it takes the record, then it makes the process. */
  async start(host: Host, vm: string): Promise<void> {
    const { runs } = host.daemon;
    if (runs === undefined) throw new Error(`${host.node} is not up`);
    const attempt = `start-${this.world.started}`;
    await this.world.clock.settle(runs.take(vm, { attempt, seen: [], now: 0 }));
    this.world.createProcess(vm, host.node);
  }

  /** The code of the refusal, or `started`. */
  tryStart(host: Host, vm: string): Promise<string> {
    return this.start(host, vm).then(
      () => 'started',
      (error: unknown) => (error as { code?: string }).code ?? messageOf(error),
    );
  }

  /** Sets or creates a key, as with a shell. */
  async put(path: string, text: string, mode?: 'ephemeral'): Promise<void> {
    const data = new TextEncoder().encode(text);
    const version = this.world.service.peek(path)?.stat.version;
    const write =
      version === undefined
        ? ({ op: 'create', path, data, mode: mode ?? 'persistent' } as const)
        : ({ op: 'set', path, data, version } as const);
    await this.world.clock.settle(this.operator.commit([write]));
  }

  async putDocument<K extends DocumentKind>(kind: K, path: string, value: DocumentInput<K>): Promise<void> {
    await this.put(path, new TextDecoder().decode(encodeDocument(kind, value)));
  }

  /** Deletes `path` and all below it, key by key as `deleteall` does, while the daemons go on. */
  async wipe(path: string): Promise<void> {
    await this.world.clock.settle(this.operator.sync());
    const children = await this.world.clock.settle(this.operator.children(path));
    for (const name of children?.names ?? []) await this.wipe(`${path}/${name}`);
    const version = this.world.service.peek(path)?.stat.version;
    if (version === undefined) return;
    try {
      await this.world.clock.settle(this.operator.commit([{ op: 'delete', path, version }]));
    } catch (error) {
      // A daemon was faster and has made something there anew.
      if (conflictOf(error) === undefined) throw error;
    }
  }

  text(path: string): string | undefined {
    const entry = this.world.service.peek(path);
    return entry && new TextDecoder().decode(entry.data);
  }

  /** The run record of a VM as the service has it. */
  run(vm: string): Run | undefined {
    const entry = this.world.service.peek(`/drover/runs/${vm}`);
    if (entry === undefined) return undefined;
    const decoded = decodeDocument('run', entry.data, entry.path);
    return decoded.ok ? decoded.value : undefined;
  }

  /** What a node has on its disk. */
  async memoryOf(node: string): Promise<Remembered> {
    const decoded = decodeDocument('memory', (await this.host(node).files.read(MEMORY))!, MEMORY);
    if (!decoded.ok) throw new Error(`the memory of ${node} is damaged`);
    return decoded.value.remembered;
  }

  /** Gives a node another memory, as if it came from elsewhere, and restarts its daemon. */
  async rewriteMemory(node: string, change: Partial<Remembered>): Promise<void> {
    const remembered = { ...(await this.memoryOf(node)), ...change };
    this.host(node).daemon.process.kill();
    await this.host(node).files.replace(MEMORY, encodeDocument('memory', { remembered }));
    this.host(node).restart();
    await this.world.clock.advance(SESSION_MS + 2_000);
  }

  incarnation(): number {
    const { incarnation } = JSON.parse(this.text('/drover/cluster') ?? '{"incarnation":0}') as {
      incarnation: number;
    };
    return incarnation;
  }

  /** Whether `pattern` was said, by anybody. */
  heard(pattern: RegExp, level?: Said['level']): boolean {
    return this.said.some((one) => pattern.test(one.message) && (level ?? one.level) === one.level);
  }
}
