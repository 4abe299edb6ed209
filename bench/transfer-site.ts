import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, Droverd, type Guest, guestXml, type Sandbox, up } from '../sandbox/index.js';

const PROBE = fileURLToPath(new URL('./transfer-probe.js', import.meta.url));
const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const TOKEN = 'of-the-other-cluster';
const OSD_GIB = 6;

export const NODES = { east: 'east1', west: 'west1' } as const;
export type Side = keyof typeof NODES;

/** Two clusters of one node each that mirror VMs to each other, and what both ways of a transfer are done with. */
export class TransferSite {
  readonly sandbox: Sandbox;
  readonly #daemons: readonly Droverd[];

  private constructor(sandbox: Sandbox, daemons: readonly Droverd[]) {
    this.sandbox = sandbox;
    this.#daemons = daemons;
  }

  static async up(): Promise<TransferSite> {
    const clusters = (['east', 'west'] as const).map((name) => ({
      ...{ name, nodes: 1, zookeeper: 1 as const, ceph: true, mgr: false, osdGiB: OSD_GIB },
    }));
    const sandbox = await up(describe({ name: 'transfers', clusters }));
    const daemons: Droverd[] = [];
    const site = new TransferSite(sandbox, daemons);
    try {
      for (const side of ['east', 'west'] as const) daemons.push(await startDaemon(sandbox, side));
      for (const side of ['east', 'west'] as const) await site.#ready(side);
      return site;
    } catch (error) {
      await site.down();
      throw error;
    }
  }

  async down(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.kill();
    await this.sandbox.down();
  }

  async #ready(side: Side): Promise<void> {
    const limitAt = performance.now() + 60_000;
    while (!(await this.drover(side, 'node', 'ready', NODES[side], '--wait'))) {
      if (performance.now() > limitAt) throw new Error(`${NODES[side]} does not come`);
      await sleep(200);
    }
  }

  /** Whether it went well. */
  async drover(side: Side, ...args: string[]): Promise<boolean> {
    const command = ['env', 'HOME=/root', process.execPath, CLI, ...args];
    const { code } = await this.sandbox.run(NODES[side], command, {
      limitMs: 120_000,
      okCodes: [0, 1, 2, 3, 4],
    });
    return code === 0;
  }

  async sh(side: Side, script: string): Promise<string> {
    const command = ['bash', '-o', 'pipefail', '-c', script];
    return (await this.sandbox.run(NODES[side], command, { limitMs: 300_000 })).stdout;
  }

  /** Defines a VM on east with these images in pool `vms`. */
  async define(name: string, number: number, images: readonly string[], ...tags: string[]): Promise<Guest> {
    const uuid = `${String(number).padStart(8, '0')}-0000-4000-8000-000000000001`;
    const guest: Guest = { name, uuid, cluster: 'east', images };
    const input = guestXml(this.sandbox.cluster('east'), guest);
    await this.sandbox.run(NODES.east, ['sh', '-c', `cat > /tmp/${name}.xml`], { input });
    const tagged = tags.flatMap((tag) => ['-g', tag]);
    if (!(await this.drover('east', 'vm', 'define', `/tmp/${name}.xml`, '-t', NODES.east, ...tagged)))
      throw new Error(`${name} cannot be defined`);
    for (const image of images) await this.drover('east', 'storage', 'volume', 'scan', 'vms', image);
    return guest;
  }

  /** Milliseconds of a script on the node of east, as it is seen there. */
  async raw(script: string): Promise<number> {
    return (await this.#probe<{ ms: number }>('east', ['raw', script])).ms;
  }

  /** A task, from the request to its end as the API tells it, looked at each 100 ms. */
  async task(
    side: Side,
    path: string,
    args: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly ms: number; readonly result: unknown }> {
    const api = `http://${this.sandbox.node(NODES[side]).address}:7370/api/v1`;
    return await this.#probe(side, ['task', api, TOKEN, path, new URLSearchParams(args).toString()]);
  }

  async #probe<T>(side: Side, args: readonly string[]): Promise<T> {
    return JSON.parse(await this.program(side, PROBE, args)) as T;
  }

  /** What a program of ours prints on the node of a side. */
  async program(side: Side, path: string, args: readonly string[]): Promise<string> {
    const child = this.sandbox.spawnNode(NODES[side], path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    if (code !== 0) throw new Error(`${path} ${args.join(' ')} ended with ${String(code)}`);
    return output;
  }

  /** `rbd` of the other cluster, for scripts on the node of east. */
  get westRbd(): string {
    const { conf, keyring } = this.westAccess;
    return `rbd --conf ${conf} --keyring ${keyring}`;
  }

  get westAccess(): { readonly conf: string; readonly keyring: string } {
    const { directory } = this.sandbox.cluster('west');
    return { conf: `${directory}/ceph.conf`, keyring: `${directory}/ceph.client.admin.keyring` };
  }

  /** Removes images of west with their snapshots, behind Drover's back: what comes next is a full transfer. */
  async wipe(...images: readonly string[]): Promise<void> {
    const rbd = this.westRbd;
    const each = images.map(
      (image) =>
        `(! ${rbd} info vms/${image} >/dev/null 2>&1 || (${rbd} snap purge --no-progress vms/${image} && ${rbd} rm --no-progress vms/${image}))`,
    );
    await this.sh('east', atOnce(each));
  }

  /** Makes empty images on west. */
  async make(size: string, ...images: readonly string[]): Promise<void> {
    const each = images.map((image) => `${this.westRbd} create --size ${size} vms/${image}`);
    await this.sh('east', atOnce(each));
  }

  /** Writes into an image of east, until so much was written. */
  async write(image: string, total: string, size: string, pattern: 'rand' | 'seq'): Promise<void> {
    await this.sh(
      'east',
      `rbd bench --io-type write --io-size ${size} --io-total ${total} --io-threads 8 --io-pattern ${pattern} vms/${image} >/dev/null`,
    );
  }

  /** Most memory, in MiB, and processor seconds so far, of each Node program on the node of a side. */
  async programs(
    side: Side,
  ): Promise<ReadonlyMap<string, { readonly peakMiB: number; readonly cpuS: number }>> {
    const script = `for p in /proc/[0-9]*; do c=$(tr '\\0' ' ' <$p/cmdline 2>/dev/null); case "$c" in *dist/daemon/*main.js*) echo "$c|$(grep VmHWM $p/status)|$(cat $p/stat)";; esac; done`;
    const found = (await this.sh(side, script)).split('\n').flatMap((line) => {
      const program = /daemon\/([\w-]*main)\.js/.exec(line)?.[1];
      const peak = /VmHWM:\s+(\d+)/.exec(line)?.[1];
      if (program === undefined || peak === undefined) return [];
      // After the name in brackets: state, then utime and stime are fields 14 and 15, in hundredths of a second.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      const cpuS = (Number(fields[11]) + Number(fields[12])) / 100;
      return [[program, { peakMiB: Number(peak) / 1024, cpuS }] as const];
    });
    return new Map(found);
  }
}

/** A script that does all of these beside each other, and fails when one does. */
export function atOnce(scripts: readonly string[]): string {
  return `${scripts.map((one) => `( ${one} ) & all+=($!); `).join('')}for one in "\${all[@]}"; do wait "$one" || exit 1; done`;
}

async function startDaemon(sandbox: Sandbox, side: Side): Promise<Droverd> {
  const other = side === 'east' ? 'west' : 'east';
  const peer = { address: sandbox.node(NODES[other]).address, tls: false, token: TOKEN };
  const monitors = [`${sandbox.cluster(side).ceph?.address ?? ''}:6789`];
  const shelf = { root: '/srv/shelf', suffix: '/east', tags: ['nightly'], full_every: 1, keep_fulls: 1 };
  await sandbox.run(NODES[side], [
    'sh',
    '-c',
    'mount -t tmpfs -o size=3g tmpfs /srv && mkdir /srv/shelf /srv/raw',
  ]);
  const settings = `mirror: ${JSON.stringify({ peers: { [other]: peer }, keep: 2, tags: ['automirror'] })}
ceph: ${JSON.stringify({ monitors })}
backup: ${JSON.stringify({ targets: { shelf } })}
`;
  // As often as by default.
  const options = { api: true, settings, token: TOKEN, keepalive: '5s', health: '15s' };
  return await Droverd.start(sandbox, NODES[side], options);
}
