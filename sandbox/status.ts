import { hostsOf, INSIDE } from './layout.js';
import { inspectMachine, type Machine } from './machine.js';
import type { Ground } from './ground.js';

/** As in proc(5): T is stopped. */
export type PartState = 'up' | 'stopped' | 'down';

export interface PartStatus {
  readonly name: string;
  /** In the process namespace where it runs: the node's own for a part of a node. */
  readonly pid: number;
  readonly state: PartState;
}

export interface HostStatus {
  readonly name: string;
  readonly kind: string;
  readonly cluster: string;
  readonly address: string;
  readonly link: 'up' | 'down';
  /** Only of nodes. */
  readonly power?: 'on' | 'off';
  readonly bmc?: string;
  readonly parts: readonly PartStatus[];
}

export interface Status {
  readonly name: string;
  readonly directory: string;
  readonly hosts: readonly HostStatus[];
  /** Partitions: frames of the first never reach the second. */
  readonly cuts: readonly (readonly [string, string])[];
  /** Of all its processes, shared pages counted once (PSS). */
  readonly memoryMiB: number;
  readonly machine: Machine;
}

/** Looks at everything, in parallel. */
export async function readStatus(sandbox: Ground): Promise<Status> {
  const [own, links, cuts, memoryMiB, machine, ...ofNodes] = await Promise.all([
    partStates(sandbox, undefined),
    linkStates(sandbox),
    readCuts(sandbox),
    readMemory(sandbox),
    inspectMachine(),
    ...sandbox.nodes.map((node) => nodeParts(sandbox, node.name)),
  ]);
  const hosts = sandbox.clusters.flatMap(hostsOf).map((host): HostStatus => {
    const { name, kind, cluster, address } = host;
    const common = { name, kind, cluster, address, link: links.get(name) ?? ('down' as const) };
    if (kind === 'zookeeper') return { ...common, parts: own.filter((part) => part.name === name) };
    if (kind === 'ceph') {
      const names = ['mon', 'osd', 'mgr'].map((suffix) => `${cluster}-${suffix}`);
      return { ...common, parts: own.filter((part) => names.includes(part.name)) };
    }
    const node = ofNodes[sandbox.nodes.findIndex((candidate) => candidate.name === name)];
    const bmc = own.filter((part) => part.name === `${name}-bmc`);
    const power = node === undefined ? 'off' : 'on';
    return { ...common, power, bmc: sandbox.node(name).bmc, parts: [...bmc, ...(node ?? [])] };
  });
  return { name: sandbox.description.name, directory: sandbox.directory, hosts, cuts, memoryMiB, machine };
}

/** The parts of a node, or undefined when it is off. */
async function nodeParts(sandbox: Ground, node: string): Promise<PartStatus[] | undefined> {
  const power = ['bash', `${INSIDE}/bin/power.sh`, node, 'get', 'power'];
  const { stdout } = await sandbox.inside.run(undefined, power);
  return stdout.trim() === 'power:1' ? partStates(sandbox, node) : undefined;
}

async function partStates(sandbox: Ground, node: string | undefined): Promise<PartStatus[]> {
  const { stdout } = await sandbox.inside.run(node, ['bash', `${INSIDE}/bin/part.sh`, 'states']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', pid = '', state = '-'] = line.split(' ');
      return {
        name,
        pid: Number(pid),
        state: state === '-' ? 'down' : /[Tt]/.test(state) ? 'stopped' : 'up',
      };
    });
}

/** Every process is visible from the sandbox's own level, however deep it lies. */
async function readMemory(sandbox: Ground): Promise<number> {
  const sum = `cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum }'`;
  const { stdout } = await sandbox.inside.run(undefined, ['sh', '-c', sum]);
  return Math.round(Number(stdout) / 1024);
}

async function linkStates(sandbox: Ground): Promise<Map<string, 'up' | 'down'>> {
  const { stdout } = await sandbox.inside.run(undefined, ['ip', '-j', 'link', 'show', 'master', 'br0']);
  const links = JSON.parse(stdout) as { ifname: string; flags: string[] }[];
  return new Map(
    links.map(({ ifname, flags }) => [ifname.replace(/^v-/, ''), flags.includes('UP') ? 'up' : 'down']),
  );
}

async function readCuts(sandbox: Ground): Promise<[string, string][]> {
  const { stdout } = await sandbox.inside.run(undefined, ['nft', 'list', 'set', 'bridge', 'sandbox', 'cut']);
  return [...stdout.matchAll(/"v-([^"]+)" \. "v-([^"]+)"/g)].map(([, from = '', to = '']) => [from, to]);
}
