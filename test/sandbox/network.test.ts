import type { ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Sandbox, until } from '../../sandbox/index.js';
import { withSandbox } from '../support/sandbox.js';

const UDP = join(dirname(fileURLToPath(import.meta.url)), '../support/sandbox-udp.js');
const LIMIT = { limitMs: 20_000, everyMs: 50 };

/** A program on a host that sends and receives datagrams. */
class Radio {
  readonly #sandbox: Sandbox;
  readonly #child: ChildProcess;
  readonly #heard = new Set<string>();
  readonly host: string;

  constructor(sandbox: Sandbox, host: string) {
    this.#sandbox = sandbox;
    this.host = host;
    const args = [sandbox.host(host).address];
    this.#child = sandbox.spawnNode(host, UDP, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', ({ text }: { text: string }) => this.#heard.add(text));
  }

  async ready(): Promise<void> {
    await until(`the radio on ${this.host}`, LIMIT, () => Promise.resolve(this.#heard.has('')));
  }

  /** Sends until the other has heard it. */
  async reaches(other: Radio): Promise<boolean> {
    const text = `${this.host} ${Math.random()}`;
    await until(`${this.host} to ${other.host}`, LIMIT, () => {
      this.#send(other, text);
      return Promise.resolve(other.#heard.has(text));
    });
    return true;
  }

  /**
   * True when none of 20 datagrams arrives although the other hears a third host that begins to speak after them: what
   * comes later than the last has had its time.
   */
  async isMuteTo(other: Radio, third: Radio): Promise<boolean> {
    const text = `${this.host} ${Math.random()}`;
    for (let i = 0; i < 20; i++) this.#send(other, text);
    await third.reaches(other);
    await third.reaches(other);
    return !other.#heard.has(text);
  }

  #send(other: Radio, text: string): void {
    this.#child.send({ to: this.#sandbox.host(other.host).address, text });
  }
}

void t.test('the network of a sandbox', async (t) => {
  const sandbox = await withSandbox(t, {
    clusters: [
      { name: 'east', nodes: 2, zookeeper: 3, ceph: false },
      { name: 'west', nodes: 1, zookeeper: 0, ceph: false },
    ],
  });
  const { faults } = sandbox;
  const east1 = new Radio(sandbox, 'east1');
  const east2 = new Radio(sandbox, 'east2');
  const west1 = new Radio(sandbox, 'west1');
  await Promise.all([east1, east2, west1].map((radio) => radio.ready()));
  const mode = async (server: string) => {
    const command = ['bash', '/run/sandbox/bin/zk-mode.sh', sandbox.host(server).address];
    const { stdout } = await sandbox.run(server, command, { okCodes: [0, 1] });
    return /^Mode: (\w+)/m.exec(stdout)?.[1];
  };
  const servers = sandbox.cluster('east').zookeeper.map(({ name }) => name);

  await t.test('nodes of one and of two clusters reach each other', async (t) => {
    t.ok(await east1.reaches(east2));
    t.ok(await east2.reaches(east1));
    t.ok(await east1.reaches(west1));
    t.ok(await west1.reaches(east1));
    t.ok(await west1.reaches(east2));
  });

  await t.test('a partition of two leaves their other ways open, until it is healed', async (t) => {
    await faults.partition(['east1'], ['east2']);
    t.ok(await east1.isMuteTo(east2, west1));
    t.ok(await east2.isMuteTo(east1, west1));
    t.same((await sandbox.status()).cuts.length, 2);
    await faults.heal(['east1'], ['east2']);
    t.ok(await east1.reaches(east2));
  });

  await t.test('a one-way partition loses what the first sends, not what it gets', async (t) => {
    await faults.partition(['east1'], ['east2'], { oneWay: true });
    t.ok(await east1.isMuteTo(east2, west1));
    t.ok(await east2.reaches(east1));
    t.same((await sandbox.status()).cuts, [['east1', 'east2']]);
    await faults.heal();
    t.same((await sandbox.status()).cuts, []);
    t.ok(await east1.reaches(east2));
  });

  await t.test('a pulled cable cuts a node off, also over a power cycle', async (t) => {
    await faults.link('west1', 'down');
    t.ok(await west1.isMuteTo(east1, east2));
    await faults.rawPower('west1', 'off');
    await faults.rawPower('west1', 'on');
    await sandbox.nodeReady('west1');
    const link = async () => (await sandbox.status()).hosts.find(({ name }) => name === 'west1')?.link;
    t.equal(await link(), 'down');
    await faults.link('west1', 'up');
    t.equal(await link(), 'up');
    const after = new Radio(sandbox, 'west1');
    await after.ready();
    t.ok(await after.reaches(east1));
  });

  await t.test('a rate limit is there until it is taken away', async (t) => {
    const shape = async () => (await sandbox.run('east1', ['tc', 'qdisc', 'show', 'dev', 'eth0'])).stdout;
    await faults.rate('east1', 100);
    t.match(await shape(), /tbf .*rate 100Mbit/);
    await faults.rate('east1', undefined);
    t.notMatch(await shape(), /tbf/);
  });

  await t.test('a three-server ensemble has one leader, and another one after its death', async (t) => {
    const leaders = async () => {
      const modes = await Promise.all(servers.map(mode));
      return servers.filter((_, i) => modes[i] === 'leader');
    };
    const [leader = '', ...more] = await until('a leader', LIMIT, async () => {
      const found = await leaders();
      return found.length > 0 ? found : undefined;
    });
    t.same(more, []);
    await faults.signalPart(leader, 'KILL');
    const [next = ''] = await until('another leader', LIMIT, async () => {
      const found = await leaders();
      return found.length > 0 ? found : undefined;
    });
    t.not(next, leader);
    await faults.startPart(leader);
    await until('the return of the first', LIMIT, async () => (await mode(leader)) === 'follower');
  });

  await t.test('a stopped libvirtd does not answer, and a continued one does', async (t) => {
    const list = () => sandbox.run('east1', ['virsh', '-q', 'list'], { limitMs: 2_000 });
    const state = async () => {
      const host = (await sandbox.status()).hosts.find(({ name }) => name === 'east1');
      return host?.parts.find(({ name }) => name === 'east1-libvirtd')?.state;
    };
    await faults.signalPart('east1-libvirtd', 'STOP');
    t.equal(await state(), 'stopped');
    await t.rejects(list(), { code: 'DEADLINE' });
    await faults.signalProcess('east1', '^libvirtd', 'CONT');
    t.equal(await state(), 'up');
    await sandbox.nodeReady('east1');
    await faults.signalPart('east1-libvirtd', 'KILL');
    t.equal(await state(), 'down');
    await faults.startPart('east1-libvirtd');
    await sandbox.nodeReady('east1');
  });
});
