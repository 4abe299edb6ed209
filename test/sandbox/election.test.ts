import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { INSIDE, type Sandbox, until } from '../../sandbox/index.js';
import type { CandidateEvent } from '../support/candidate.js';
import { withSandbox } from '../support/sandbox.js';

const SESSION_MS = 3_000;
const WITHIN_MS = 60_000;
const SCRIPT = fileURLToPath(new URL('../support/candidate.js', import.meta.url));
const NODES = ['east1', 'east2', 'east3'] as const;

/** Three candidates, each on a node of its own, and everything that they told. */
class Candidates {
  readonly events: CandidateEvent[] = [];
  readonly #children = new Map<string, ChildProcess>();

  constructor(sandbox: Sandbox) {
    const { connect } = sandbox.cluster('east');
    for (const node of NODES) {
      const args = [node, connect, String(SESSION_MS), '/run/drover/memory.json'];
      const child = sandbox.spawnNode(node, SCRIPT, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      child.on('message', (event) => this.events.push(event as CandidateEvent));
      this.#children.set(node, child);
    }
  }

  kill(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL');
  }

  /** Lets a node create the key that all of them watch. */
  create(node: string, text: string): void {
    this.#children.get(node)?.send(text);
  }

  /** The node that acted last. */
  get leader(): string {
    return this.acts.at(-1)?.node ?? '';
  }

  /** Every act, by the moment it was made, however late it was told. */
  get acts(): readonly CandidateEvent[] {
    return this.events.filter(({ what }) => what === 'act').sort((a, b) => a.at - b.at);
  }

  /** Waits until one of `nodes` acts, after so many events: returns that act. */
  async acting(nodes: readonly string[], after = this.events.length): Promise<CandidateEvent> {
    return this.#event(
      `an act by ${nodes.join(' or ')}`,
      after,
      ({ what, node }) => what === 'act' && nodes.includes(node),
    );
  }

  async told(what: CandidateEvent['what'], of: string, after = 0): Promise<void> {
    await this.#event(`${of}: ${what}`, after, (event) => event.what === what && event.node === of);
  }

  async #event(
    what: string,
    after: number,
    matches: (event: CandidateEvent) => boolean,
  ): Promise<CandidateEvent> {
    const found = () => this.events.slice(after).find(matches);
    await until(what, { limitMs: WITHIN_MS }, () => Promise.resolve(found() !== undefined));
    return found()!;
  }
}

/**
 * The checker: whoever acts in a later epoch acts after everyone of an earlier one, so no leader acted beyond its lease;
 * and no epoch has two nodes.
 */
function disorder(acts: readonly CandidateEvent[]): string[] {
  const owner = new Map<number, string>();
  return acts.flatMap((act, index) => {
    const { epoch = 0, node } = act;
    const other = owner.get(epoch) ?? node;
    owner.set(epoch, other);
    const before = acts[index - 1]?.epoch ?? 0;
    const late = before > epoch ? [`${node} acted in epoch ${epoch} after an act in ${before}`] : [];
    return other === node ? late : [...late, `${node} and ${other} both acted in epoch ${epoch}`];
  });
}

void t.test('a three-server ensemble loses servers, links and processes', async (t) => {
  const sandbox = await withSandbox(t, {
    clusters: [{ name: 'east', nodes: 3, zookeeper: 3, ceph: false, mgr: false }],
  });
  const servers = sandbox.cluster('east').zookeeper.map(({ name }) => name);
  const candidates = new Candidates(sandbox);
  t.teardown(() => candidates.kill());
  const others = (node: string) => NODES.filter((name) => name !== node);

  await t.test('one leads, and every node trusts the tree after the first census', async (t) => {
    await candidates.acting(NODES);
    for (const node of NODES) await candidates.told('trusted', node);
    t.same(disorder(candidates.acts), []);
  });

  await t.test('the leading server is killed: the term goes on, and watches are delivered', async (t) => {
    const { epoch, node } = await candidates.acting(NODES);
    const leading = await leadingServer(sandbox, servers);
    await sandbox.faults.signalPart(leading, 'KILL');
    await candidates.acting([node]);
    candidates.create(node, 'one');
    for (const each of NODES) await candidates.told('watched', each);
    t.equal(candidates.acts.at(-1)?.epoch, epoch, 'the same term');
    await sandbox.faults.startPart(leading);
  });

  await t.test(
    'the node of the leader is cut off: another leads, and the old one acts no more',
    async (t) => {
      const old = candidates.leader;
      const after = candidates.events.length;
      await sandbox.faults.link(old, 'down');
      const next = await candidates.acting(others(old));
      await candidates.told('lost', old, after);
      const lost = candidates.events.length;
      await sandbox.faults.link(old, 'up');
      await candidates.told('connected', old, lost);
      t.not(next.node, old);
      t.same(disorder(candidates.acts), []);
    },
  );

  await t.test('a server is cut off alone: the minority serves nobody, the majority goes on', async (t) => {
    const [cut = ''] = servers;
    await sandbox.faults.link(cut, 'down');
    await candidates.acting(NODES);
    await sandbox.faults.link(cut, 'up');
    t.same(disorder(candidates.acts), []);
  });

  await t.test(
    'the leader is stopped for longer than its session: it wakes up and does not act',
    async (t) => {
      const { node: old } = await candidates.acting(NODES);
      await sandbox.faults.signalProcess(old, 'candidate.js', 'STOP');
      await candidates.acting(others(old));
      const after = candidates.events.length;
      await sandbox.faults.signalProcess(old, 'candidate.js', 'CONT');
      await candidates.told('lost', old, after);
      t.same(disorder(candidates.acts), []);
    },
  );

  await t.test('all servers stop and two come back: one leads again', async (t) => {
    const { epoch = 0 } = await candidates.acting(NODES);
    const after = candidates.events.length;
    for (const server of servers) await sandbox.faults.signalPart(server, 'KILL');
    for (const node of NODES) await candidates.told('lost', node, after);
    const lost = candidates.events.length;
    for (const server of servers.slice(0, 2)) await sandbox.faults.startPart(server);
    const next = await candidates.acting(NODES, lost);
    t.ok((next.epoch ?? 0) > epoch, 'in a new epoch');
  });

  t.comment(`sample: ${candidates.acts.length} acts, epochs up to ${candidates.acts.at(-1)?.epoch ?? 0}`);
  t.same(disorder(candidates.acts), [], 'no leader acted after its lease');
});

async function leadingServer(sandbox: Sandbox, servers: readonly string[]): Promise<string> {
  for (const server of servers) {
    const { address } = sandbox.host(server);
    const { stdout } = await sandbox.run(server, ['bash', `${INSIDE}/bin/zk-mode.sh`, address]);
    if (/^Mode: leader/m.test(stdout)) return server;
  }
  throw new Error('no server leads');
}
