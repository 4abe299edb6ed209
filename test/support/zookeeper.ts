/**
 * Real ZooKeeper servers for tests: Debian's, on loopback addresses of their own, dying with the test process, their data
 * in a directory that is removed. Durability is off: they survive being killed, not a power cut.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const JARS = [
  'zookeeper',
  'zookeeper-jute',
  'slf4j-api',
  'slf4j-simple',
  'netty-all',
  'metrics-core',
  'commons-cli',
  'snappy-java',
  'jackson-databind',
];
const JAVA_OPTIONS = [
  '-Xmx128m',
  '-Xms32m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];
const CLIENT_PORT = 2181;
const START_MS = 30_000;
const POLL_MS = 20;

export interface ServerOptions {
  /** Milliseconds; a session lasts at least two ticks. */
  readonly tickMs?: number;
  /** More lines for zoo.cfg. */
  readonly lines?: readonly string[];
}

/** One server; alone, or one of an ensemble. */
export class ZooKeeperServer {
  readonly address: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(address: string, folder: string) {
    this.address = address;
    this.#folder = folder;
  }

  /** `host:port` for clients. */
  get endpoint(): string {
    return `${this.address}:${CLIENT_PORT}`;
  }

  /** Starts the process; {@link ready} tells when it serves. */
  start(): void {
    if (this.#child !== undefined) throw new Error(`${this.address} runs already`);
    const classPath = [this.#folder, ...JARS.map((jar) => `/usr/share/java/${jar}.jar`)].join(':');
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const args = ['--pdeathsig', 'KILL', 'java', ...JAVA_OPTIONS, '-cp', classPath, main, 'zoo.cfg'];
    // The server's complaints are of use only to who reads a failed test's output.
    this.#child = spawn('setpriv', args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'ignore'] });
  }

  /** Resolves when the server serves clients, with its role: `standalone`, `leader`, `follower`. */
  async ready(): Promise<string> {
    const until = Date.now() + START_MS;
    for (;;) {
      const mode = /^Mode: (\w+)$/m.exec(await this.ask('srvr'))?.[1];
      if (mode !== undefined) return mode;
      if (Date.now() > until) throw new Error(`${this.address} does not serve after ${START_MS} ms`);
      await sleep(POLL_MS);
    }
  }

  /** The answer to a four-letter word; empty when there is none. */
  ask(word: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.address, port: CLIENT_PORT });
      let text = '';
      socket.setTimeout(1_000, () => socket.destroy());
      socket.on('connect', () => socket.write(word));
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', () => socket.destroy());
      socket.on('close', () => resolve(text));
    });
  }

  /** Kills the process and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await gone;
    }
  }

  /** Stops the process as it stands: it answers nothing, its connections stay open. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** What the server logged as its configuration, for messages. */
  config(): Promise<string> {
    return readFile(join(this.#folder, 'zoo.cfg'), 'utf8');
  }
}

/** Servers that belong together: one, or an ensemble. */
export class ZooKeeperCluster {
  readonly servers: readonly ZooKeeperServer[];
  readonly #folder: string;

  private constructor(servers: readonly ZooKeeperServer[], folder: string) {
    this.servers = servers;
    this.#folder = folder;
  }

  /** Makes and starts `count` servers, and waits until they serve. */
  static async start(count: 1 | 3 = 1, options: ServerOptions = {}): Promise<ZooKeeperCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'drover-zookeeper-'));
    const net = `127.${randomInt(1, 255)}.${randomInt(0, 255)}`;
    const addresses = Array.from({ length: count }, (_, index) => `${net}.${index + 1}`);
    const servers: ZooKeeperServer[] = [];
    for (const [index, address] of addresses.entries()) {
      const home = join(folder, `server-${index + 1}`);
      await mkdir(join(home, 'data'), { recursive: true });
      await writeFile(join(home, 'data', 'myid'), String(index + 1));
      await writeFile(join(home, 'zoo.cfg'), zooCfg(home, address, addresses, options));
      servers.push(new ZooKeeperServer(address, home));
    }
    const cluster = new ZooKeeperCluster(servers, folder);
    for (const server of servers) server.start();
    try {
      await cluster.ready();
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  get endpoints(): string[] {
    return this.servers.map((server) => server.endpoint);
  }

  /** The first server: the only one where there is one. */
  get server(): ZooKeeperServer {
    return this.servers[0]!;
  }

  /** Waits until all servers serve. */
  async ready(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.ready()));
  }

  /** The server that leads now. */
  async leader(): Promise<ZooKeeperServer> {
    const modes = await Promise.all(this.servers.map((server) => server.ask('srvr')));
    const leader = this.servers.find((_, index) => modes[index]?.includes('Mode: leader'));
    if (leader === undefined) throw new Error('no server leads');
    return leader;
  }

  /** Kills every server and removes its data. */
  async remove(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function zooCfg(home: string, address: string, addresses: readonly string[], options: ServerOptions): string {
  const { tickMs = 500, lines = [] } = options;
  const members =
    addresses.length === 1 ? [] : addresses.map((member, index) => `server.${index + 1}=${member}:2888:3888`);
  return [
    `tickTime=${tickMs}`,
    'initLimit=10',
    'syncLimit=5',
    `dataDir=${join(home, 'data')}`,
    `clientPortAddress=${address}`,
    `clientPort=${CLIENT_PORT}`,
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
    'forceSync=no',
    'maxSessionTimeout=60000',
    ...members,
    ...lines,
    '',
  ].join('\n');
}
