import type { Test } from 'tap';
import {
  checksum,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  type Sandbox,
  until,
  waitForRecord,
} from '../../sandbox/index.js';
import { does, drover, served } from './drover-command.js';
import { qemusOn } from './guest-life.js';
import { withSandbox } from './sandbox.js';

/** The first node of each cluster, and with no standby the only one. */
export const NODES = { east: 'east1', west: 'west1' } as const;
export type Side = keyof typeof NODES;
export const SIDES = ['east', 'west'] as const;

export const MIRRORED: Guest = {
  name: 'vm1',
  uuid: '00000001-0000-4000-8000-000000000001',
  cluster: 'east',
};
/** Its disks, in the order of its definition. */
export const DISKS = ['vm1', 'vm1-data'] as const;
const TOKEN = 'of-the-other-cluster';
const MIB = 1024 ** 2;
const WITHIN = { limitMs: 180_000 };

/** A row of `drover vm mirror list`. */
export interface MirrorRow {
  readonly role: string;
  readonly head: string | null;
  readonly epoch: number;
  readonly promote: string | null;
  readonly peers: readonly { readonly point: string | null; readonly problem: string | null }[];
}

/** How a task has ended. */
export interface Outcome {
  readonly done: boolean;
  /** What was said last. */
  readonly text: string;
}

export interface PairOptions {
  readonly haltable?: boolean;
  /** A second node in each cluster, whose daemon leads when that of the first dies. */
  readonly standby?: boolean;
  readonly mirror?: object;
  /** Who is told about runs. */
  readonly report?: object;
  /** Further names of the other cluster, with settings of their own. */
  readonly aliases?: Readonly<Record<string, object>>;
  /** GiB of the OSD of each cluster. */
  readonly osdGiB?: number;
}

/** Two clusters, of one node each or with a standby, whose daemons know each other as peers. */
export class MirrorPair {
  readonly sandbox: Sandbox;
  readonly #options: PairOptions;
  /** Node → its daemon. */
  readonly #daemons = new Map<string, Droverd>();
  readonly #leaders: Record<Side, string> = { ...NODES };
  #written = 0;

  private constructor(sandbox: Sandbox, options: PairOptions) {
    this.sandbox = sandbox;
    this.#options = options;
  }

  static async open(t: Test, options: PairOptions = {}): Promise<MirrorPair> {
    const sandbox = await withSandbox(t, {
      clusters: SIDES.map((name) => ({
        ...{ name, nodes: options.standby === true ? 2 : 1, zookeeper: 1, ceph: true, mgr: false },
        ...(options.osdGiB === undefined ? {} : { osdGiB: options.osdGiB }),
      })),
    });
    const pair = new MirrorPair(sandbox, options);
    t.teardown(async () => {
      for (const daemon of pair.#daemons.values()) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail(60));
        await daemon.kill();
      }
    });
    if (options.standby === true) for (const side of SIDES) await pair.#name(side);
    for (const node of SIDES.flatMap((side) => pair.#nodes(side))) await pair.startOn(node);
    for (const side of SIDES) {
      await pair.follow(side);
      for (const node of pair.#nodes(side)) {
        // No assertion: one of a whole file would end it.
        const ready = await pair.drover(side, 'node', 'ready', node, '--wait');
        if (ready.code !== 0) throw new Error(`${node} is not ready: ${ready.stdout}${ready.stderr}`);
      }
    }
    return pair;
  }

  #nodes(side: Side): readonly string[] {
    return this.sandbox.cluster(side).nodes.map(({ name }) => name);
  }

  /** Tells the other cluster a name for all nodes of a side: only the one that leads answers. */
  async #name(side: Side): Promise<void> {
    const lines = this.#nodes(side).map((node) => `${this.sandbox.node(node).address} ${nameOf(side)}\n`);
    for (const node of this.#nodes(otherSide(side)))
      await this.sandbox.run(node, ['sh', '-c', 'cat >>/etc/hosts'], { input: lines.join('') });
  }

  /** Starts the daemon that has led a side, or the next one there. */
  start(side: Side): Promise<void> {
    return this.startOn(this.#leaders[side]);
  }

  async startOn(node: string): Promise<void> {
    const { sandbox } = this;
    const { haltable = false, standby = false, mirror = {}, report = {}, aliases = {} } = this.#options;
    const side = sandbox.node(node).cluster as Side;
    const other = otherSide(side);
    const address = standby ? nameOf(other) : sandbox.node(NODES[other]).address;
    const peer = { address, tls: false, token: TOKEN };
    // The default is a monitor on each coordinator: here Ceph has a host of its own.
    const monitors = [`${sandbox.cluster(side).ceph?.address ?? ''}:6789`];
    const peers = {
      [other]: peer,
      ...Object.fromEntries(Object.entries(aliases).map(([name, its]) => [name, { ...peer, ...its }])),
    };
    const settings = `mirror: ${JSON.stringify({ peers, default_peer: other, keep: 3, ...mirror })}
report: ${JSON.stringify(report)}
ceph: ${JSON.stringify({ monitors })}
`;
    this.#daemons.set(
      node,
      await Droverd.start(sandbox, node, { api: true, settings, token: TOKEN, haltable }),
    );
  }

  /** Learns who leads a side now; waits until somebody does, who is not `former`. */
  async follow(side: Side, former?: string): Promise<string> {
    const leader = await until(`another leader of ${side}`, WITHIN, () =>
      served(this.sandbox, NODES[side], former),
    );
    this.#leaders[side] = leader;
    return leader;
  }

  /** The daemon that leads a side, as far as is known. */
  daemon(side: Side): Droverd {
    const daemon = this.#daemons.get(this.#leaders[side]);
    if (daemon === undefined) throw new Error(`no daemon runs on ${side}`);
    return daemon;
  }

  /** Runs `drover` on a side, where it must succeed; returns what it printed. */
  does(t: Test, side: Side, ...args: string[]): Promise<string> {
    return does(t, this.sandbox, NODES[side], ...args);
  }

  /** Requests a task under an id of its own, and does not wait for it. */
  async request(t: Test, side: Side, id: string, kind: string, args: object): Promise<void> {
    await this.does(t, side, 'task', 'request', kind, JSON.stringify(args), '--id', id, '--no-wait');
  }

  /** How a task has ended; waits until it has, whoever leads meanwhile. */
  outcome(side: Side, id: string): Promise<Outcome> {
    return until(`task ${id} to end`, WITHIN, async () => {
      const { code, stdout, stderr } = await this.drover(side, 'task', 'watch', id, '-f', 'json');
      if (code === 4) return undefined;
      return { done: code === 0, text: `${stdout}${stderr}`.trim().slice(-400) };
    });
  }

  drover(side: Side, ...args: string[]) {
    return drover(this.sandbox, NODES[side], ...args);
  }

  /** Defines the guest on the east side, with its two disks, and starts it. */
  async guest(t: Test): Promise<void> {
    const { sandbox } = this;
    await makeGuestDisk(sandbox, 'east', MIRRORED.name);
    await sandbox.rbd('east', 'create', '--size', '96M', 'vms/vm1-data');
    const fill = ['--io-type', 'write', '--io-size', '4M', '--io-total', '64M', '--io-pattern', 'seq'];
    await sandbox.rbd('east', 'bench', ...fill, 'vms/vm1-data');
    const xml = guestXml(sandbox.cluster('east'), MIRRORED);
    const disk = /<disk[^]*?<\/disk>/.exec(xml)?.[0] ?? '';
    const two = xml.replace(disk, disk + disk.replace('vms/vm1', 'vms/vm1-data').replace('vda', 'vdb'));
    await sandbox.run(NODES.east, ['sh', '-c', 'cat > /tmp/vm1.xml'], { input: two });
    await this.does(t, 'east', 'vm', 'define', '/tmp/vm1.xml', '-t', NODES.east);
    for (const image of DISKS) await this.does(t, 'east', 'storage', 'volume', 'scan', 'vms', image);
    await this.does(t, 'east', 'vm', 'start', 'vm1', '--wait');
  }

  /**
   * Writes to the second disk of the running guest, behind what the guest itself writes there; or discards. Its QEMU does it: a
   * client of its own would take the lock of the image from it again and again, and Ceph may shut one of the two out for that.
   *
   * @param count so many writes of `bytes`, somewhere else each time
   */
  async write(side: Side, bytes: number, count: number): Promise<void> {
    const acts = Array.from({ length: count }, () => {
      this.#written += 1;
      // From 4 to 76 MiB, in an order that comes back late.
      const at = 4 * MIB + ((this.#written * 7_919_101 * bytes) % (72 * MIB));
      return `write -P ${1 + (this.#written % 255)} ${at - (at % bytes)} ${bytes}`;
    });
    await this.#io(side, acts);
  }

  async discard(side: Side, at: number, bytes: number): Promise<void> {
    await this.#io(side, [`discard ${at} ${bytes}`]);
  }

  /** What it did QEMU tells nobody here, but what it could not do. */
  async #io(side: Side, acts: readonly string[]): Promise<void> {
    const device = '/machine/peripheral/virtio-disk1/virtio-backend';
    const script = acts.map(
      (act) => `virsh -q qemu-monitor-command vm1 --hmp 'qemu-io -d ${device} "${act}"'`,
    );
    const node = await until('the guest to run', WITHIN, () => this.#home(side));
    const { stdout } = await this.sandbox.run(node, ['sh', '-ec', script.join('\n')], { limitMs: 120_000 });
    if (stdout.trim() !== '') throw new Error(`QEMU did not do all of it: ${stdout}`);
  }

  /** The node of a side that the guest runs on. */
  async #home(side: Side): Promise<string | undefined> {
    for (const node of this.#nodes(side)) if ((await qemusOn(this.sandbox, node, MIRRORED)) > 0) return node;
    return undefined;
  }

  /** How many QEMUs of the guest run on a side. */
  async processes(side: Side): Promise<number> {
    const counts = this.#nodes(side).map((node) => qemusOn(this.sandbox, node, MIRRORED));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  async mirrored(side: Side): Promise<MirrorRow | undefined> {
    const { code, stdout } = await this.drover(side, 'vm', 'mirror', 'list', 'vm1', '-f', 'json');
    return code === 0 ? (JSON.parse(stdout) as MirrorRow[])[0] : undefined;
  }

  async state(side: Side): Promise<string> {
    const { stdout } = await this.drover(side, 'vm', 'info', 'vm1', '-f', 'json');
    return (JSON.parse(stdout) as { state: string }[])[0]?.state ?? 'none';
  }

  /** The point that a copy holds has, on both sides, the same bytes (I2); returns its name. */
  async equal(t: Test, from: Side, to: Side): Promise<string> {
    const head = (await this.mirrored(to))?.head ?? 'none';
    t.match(head, /^clean \S+$/, 'the copy holds a point');
    const point = head.replace('clean ', '');
    for (const disk of DISKS) {
      const sums = [to, from].map((side) => checksum(this.sandbox, side, `vms/${disk}@${point}`));
      const [copy, source] = await Promise.all(sums);
      t.equal(copy, source, `I2 ${disk}@${point}`);
    }
    return point;
  }

  /** Nothing incomplete is listed on a side, and nothing of a receive is left. */
  async whole(t: Test, side: Side): Promise<void> {
    const { sandbox } = this;
    const images = (await sandbox.rbd(side, 'ls', 'vms')).split('\n');
    t.same(
      images.filter((name) => name.startsWith('drover-receive-')),
      [],
      `${side}: no stage is left`,
    );
    const listed = JSON.parse(await this.does(t, side, 'vm', 'snapshot', 'list', 'vm1', '-f', 'json')) as {
      name: string;
    }[];
    for (const disk of DISKS) {
      const text = await sandbox.rbd(side, 'snap', 'ls', '--format', 'json', `vms/${disk}`);
      const names = (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
      const missing = listed.filter(({ name }) => !names.includes(name));
      t.same(missing, [], `${side}: every point that is listed has its snapshot of ${disk}`);
    }
  }

  /** One side has the guest and runs it, the other its copy, with the same bytes; nothing is half done. */
  async settled(t: Test, active: Side): Promise<void> {
    const copy = otherSide(active);
    const [row, other, state, processes] = await Promise.all([
      this.mirrored(active),
      this.mirrored(copy),
      this.state(copy),
      this.processes(copy),
    ]);
    t.match(row, { role: 'active', promote: null }, 'one is active');
    t.match(other, { role: 'mirror', promote: null }, 'the other is its copy');
    t.equal(state, 'mirror');
    t.equal(processes, 0, 'I1 no guest runs from the copy');
    await until('the guest to run', WITHIN, async () => (await this.processes(active)) === 1);
    const { sandbox } = this;
    await waitForRecord(sandbox, MIRRORED, (await waitForRecord(sandbox, MIRRORED, 0)) + 2, WITHIN);
    await this.equal(t, active, copy);
    await Promise.all(SIDES.map((side) => this.whole(t, side)));
  }

  /** Waits until the API of a side answers. */
  async served(side: Side): Promise<void> {
    await until(`the API of ${side}`, { limitMs: 90_000 }, async () => {
      const { code } = await this.drover(side, 'status', '-f', 'json');
      return code === 0;
    });
  }
}

function nameOf(side: Side): string {
  return `${side}.test`;
}

export function otherSide(side: Side): Side {
  return side === 'east' ? 'west' : 'east';
}
