import type { Node, Status } from '../../../schemas/api.js';
import { listFaults } from './fault.js';
import { listNodes } from './node.js';
import type { Sight } from './sight.js';

const BASE = ['name', 'maintenance', 'primaryNode', 'upstreamAddress'] as const;

/** The cluster at a glance. */
export async function readStatus(sight: Sight): Promise<Status> {
  const [cluster, nodes, vms, osds, faults, networks, pools, images] = await Promise.all([
    sight.object('cluster', {}, BASE),
    listNodes(sight, {}),
    vmStates(sight),
    osdStates(sight),
    listFaults(sight, 'last_reported'),
    sight.names('/networks'),
    sight.names('/ceph/pools'),
    countImages(sight),
  ]);
  const primary = cluster.text('primaryNode');
  const fresh = faults.filter(({ status }) => status !== 'ack');
  return {
    cluster_name: cluster.text('name'),
    cluster_health: {
      health: Math.max(0, 100 - sum(fresh, (fault) => fault.health_delta)),
      messages: [...fresh]
        .sort((one, other) => other.health_delta - one.health_delta)
        .map(({ id, health_delta, message }) => ({ id, health_delta, text: message })),
    },
    node_health: Object.fromEntries(nodes.map((node) => [node.name, nodeHealth(node)])),
    maintenance: cluster.text('maintenance') === 'true' ? 'true' : 'false',
    primary_node: primary,
    pvc_version: nodes.find(({ name }) => name === primary)?.pvc_version ?? '',
    upstream_ip: cluster.text('upstreamAddress'),
    nodes: counted(nodes, (node) => `${node.daemon_state},${node.domain_state}`),
    vms: counted(vms, ({ state }) => state),
    networks: networks.length,
    osds: counted(osds, (osd) => `${osd.up},${osd.in}`),
    pools: pools.length,
    ...images,
    resources: { memory: memoryOf(nodes), cpu: cpuOf(nodes), disk: diskOf(osds) },
    detail: {
      node: nodes.map(({ name, daemon_state, domain_state }) => ({ name, daemon_state, domain_state })),
      vm: vms,
      osd: osds.map((osd) => ({ id: osd.id, up: osd.up, in: osd.in })),
      faults,
    },
  };
}

/** The primary by its key: empty before the first one, `none` while a new one is being found. */
export async function primaryNode(sight: Sight): Promise<string> {
  return (await sight.object('cluster', {}, ['primaryNode'])).text('primaryNode');
}

async function vmStates(sight: Sight): Promise<{ uuid: string; name: string; state: string }[]> {
  const uuids = await sight.names('/domains');
  const vms = await Promise.all(
    uuids.map(async (uuid) => {
      const domain = await sight.object('domain', { uuid }, ['name', 'state']);
      return domain.has('name')
        ? { uuid, name: domain.text('name'), state: domain.text('state') }
        : undefined;
    }),
  );
  return vms.filter((vm) => vm !== undefined).sort((one, other) => (one.name < other.name ? -1 : 1));
}

interface OsdState {
  readonly id: string;
  readonly up: string;
  readonly in: string;
  readonly total: number;
  readonly used: number;
  readonly free: number;
}

async function osdStates(sight: Sight): Promise<OsdState[]> {
  const ids = await sight.names('/ceph/osds');
  return await Promise.all(
    ids.map(async (id) => {
      const stats = (await sight.object('osd', { osd: id }, ['stats'])).value('stats')?.object ?? {};
      const figure = (name: string) => (typeof stats[name] === 'number' ? stats[name] : 0);
      return {
        id,
        up: figure('up') === 1 ? 'up' : 'down',
        in: figure('in') === 1 ? 'in' : 'out',
        total: figure('kb'),
        used: figure('kb_used'),
        free: figure('kb_avail'),
      };
    }),
  );
}

async function countImages(sight: Sight): Promise<{ volumes: number; snapshots: number }> {
  const below = async (paths: readonly string[]) =>
    (
      await Promise.all(paths.map(async (path) => (await sight.names(path)).map((name) => `${path}/${name}`)))
    ).flat();
  const [volumes, snapshots] = await Promise.all([
    below(['/ceph/volumes']).then(below),
    below(['/ceph/snapshots']).then(below).then(below),
  ]);
  return { volumes: volumes.length, snapshots: snapshots.length };
}

function nodeHealth({ health, health_details }: Node): Status['node_health'][string] {
  const bad = health_details.filter(({ health_delta }) => health_delta > 0);
  return { health, messages: bad.map(({ name, message }) => `${name}: ${message}`) };
}

function memoryOf(nodes: readonly Node[]): Status['resources']['memory'] {
  const of = (name: keyof Node['memory']) => sum(nodes, ({ memory }) => memory[name]);
  const total = of('total');
  return {
    total,
    free: of('free'),
    used: of('used'),
    allocated: of('allocated'),
    provisioned: of('provisioned'),
    utilization: percent(of('used'), total),
  };
}

function cpuOf(nodes: readonly Node[]): Status['resources']['cpu'] {
  const total = sum(nodes, ({ vcpu }) => vcpu.total);
  const load = rounded(sum(nodes, (node) => node.load));
  return {
    total,
    load,
    allocated: sum(nodes, ({ vcpu }) => vcpu.allocated),
    utilization: percent(load, total),
  };
}

function diskOf(osds: readonly OsdState[]): Status['resources']['disk'] {
  const [total, used] = [sum(osds, (osd) => osd.total), sum(osds, (osd) => osd.used)];
  return { total, used, free: sum(osds, (osd) => osd.free), utilization: percent(used, total) };
}

function counted<T>(all: readonly T[], word: (one: T) => string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>([['total', all.length]]);
  for (const one of all) counts.set(word(one), (counts.get(word(one)) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function sum<T>(all: readonly T[], figure: (one: T) => number): number {
  return all.reduce((total, one) => total + figure(one), 0);
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : rounded((part / whole) * 100);
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
