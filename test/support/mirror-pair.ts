import type { Test } from 'tap';
import {
  checksum,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  type Sandbox,
  until,
} from '../../sandbox/index.js';
import { does, drover, served } from './drover-command.js';
import { withSandbox } from './sandbox.js';

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

/** A row of `drover vm mirror list`. */
export interface MirrorRow {
  readonly role: string;
  readonly head: string | null;
  readonly epoch: number;
  readonly promote: string | null;
  readonly peers: readonly { readonly point: string | null; readonly problem: string | null }[];
}

export interface PairOptions {
  readonly haltable?: boolean;
  readonly mirror?: object;
  /** Further names of the other cluster, with settings of their own. */
  readonly aliases?: Readonly<Record<string, object>>;
  /** GiB of the OSD of each cluster. */
  readonly osdGiB?: number;
}

/** Two clusters of one node each, whose daemons know each other as peers. */
export class MirrorPair {
  readonly sandbox: Sandbox;
  readonly daemons = new Map<Side, Droverd>();
  readonly #options: PairOptions;
  #written = 0;

  private constructor(sandbox: Sandbox, options: PairOptions) {
    this.sandbox = sandbox;
    this.#options = options;
  }

  static async open(t: Test, options: PairOptions = {}): Promise<MirrorPair> {
    const sandbox = await withSandbox(t, {
      clusters: SIDES.map((name) => ({
        ...{ name, nodes: 1, zookeeper: 1, ceph: true, mgr: false },
        ...(options.osdGiB === undefined ? {} : { osdGiB: options.osdGiB }),
      })),
    });
    const pair = new MirrorPair(sandbox, options);
    t.teardown(async () => {
      for (const daemon of pair.daemons.values()) {
        if (!t.passing()) t.comment(daemon.node, daemon.tail(60));
        await daemon.kill();
      }
    });
    for (const side of SIDES) await pair.start(side);
    for (const side of SIDES) {
      await served(sandbox, NODES[side]);
      // No assertion: one of a whole file would end it.
      const ready = await pair.drover(side, 'node', 'ready', NODES[side], '--wait');
      if (ready.code !== 0) throw new Error(`${NODES[side]} is not ready: ${ready.stdout}${ready.stderr}`);
    }
    return pair;
  }

  /** Starts the daemon of a side, or the next one. */
  async start(side: Side): Promise<void> {
    const { sandbox } = this;
    const { haltable = false, mirror = {}, aliases = {} } = this.#options;
    const other = otherSide(side);
    const peer = { address: sandbox.node(NODES[other]).address, tls: false, token: TOKEN };
    // The default is a monitor on each coordinator: here Ceph has a host of its own.
    const monitors = [`${sandbox.cluster(side).ceph?.address ?? ''}:6789`];
    const peers = {
      [other]: peer,
      ...Object.fromEntries(Object.entries(aliases).map(([name, its]) => [name, { ...peer, ...its }])),
    };
    const settings = `mirror: ${JSON.stringify({ peers, default_peer: other, keep: 3, ...mirror })}
ceph: ${JSON.stringify({ monitors })}
`;
    this.daemons.set(
      side,
      await Droverd.start(sandbox, NODES[side], { api: true, settings, token: TOKEN, haltable }),
    );
  }

  daemon(side: Side): Droverd {
    const daemon = this.daemons.get(side);
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
    const { stdout } = await this.sandbox.run(NODES[side], ['sh', '-ec', script.join('\n')], {
      limitMs: 120_000,
    });
    if (stdout.trim() !== '') throw new Error(`QEMU did not do all of it: ${stdout}`);
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

  /** Waits until the API of a side answers. */
  async served(side: Side): Promise<void> {
    await until(`the API of ${side}`, { limitMs: 90_000 }, async () => {
      const { code } = await this.drover(side, 'status', '-f', 'json');
      return code === 0;
    });
  }
}

export function otherSide(side: Side): Side {
  return side === 'east' ? 'west' : 'east';
}
