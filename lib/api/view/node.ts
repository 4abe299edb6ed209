import type { Lines, Node } from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import { lastLines } from './lines.js';
import type { Sight } from './sight.js';

const KEYS = [
  'mode',
  'daemonState',
  'routerState',
  'domainState',
  'pvcVersion',
  'staticData',
  'cpuLoad',
  'domainsCount',
  'runningDomains',
  'vcpusAllocated',
  'memoryTotal',
  'memoryUsed',
  'memoryFree',
  'memoryAllocated',
  'memoryProvisioned',
  'monitoringPlugins',
  'monitoringHealth',
  'networkStats',
] as const;

/** What a list of nodes is narrowed to: a node is shown when any of the conditions holds, or when there is none. */
export interface NodeFilter {
  readonly limit?: (name: string) => boolean;
  readonly daemon_state?: string;
  readonly coordinator_state?: string;
  readonly domain_state?: string;
}

/** The nodes that match, by name. */
export async function listNodes(sight: Sight, filter: NodeFilter): Promise<Node[]> {
  const names = await sight.names('/nodes');
  const nodes = await Promise.all(names.map((name) => readNode(sight, name)));
  const { limit, daemon_state, coordinator_state, domain_state } = filter;
  const conditions: ((node: Node) => boolean)[] = [];
  if (limit !== undefined) conditions.push(({ name }) => limit(name));
  if (daemon_state !== undefined) conditions.push((node) => node.daemon_state === daemon_state);
  if (coordinator_state !== undefined)
    conditions.push((node) => node.coordinator_state === coordinator_state);
  if (domain_state !== undefined) conditions.push((node) => node.domain_state === domain_state);
  return nodes
    .filter((node) => node !== undefined)
    .filter((node) => conditions.length === 0 || conditions.some((holds) => holds(node)));
}

/** NOT_FOUND when there is no node of this very name. */
export async function getNode(sight: Sight, name: string): Promise<Node> {
  const node = (await sight.names('/nodes')).includes(name) ? await readNode(sight, name) : undefined;
  if (node === undefined) throw missing(name);
  return node;
}

/** The last lines that the daemons of a node logged. */
export async function nodeLog(sight: Sight, name: string, lines: number): Promise<Lines> {
  if (!(await sight.names('/nodes')).includes(name)) throw missing(name);
  const log = await sight.object('log', { node: name }, ['messages']);
  return { name, data: lastLines(log.text('messages'), lines) };
}

function missing(name: string): DroverError {
  return new DroverError('NOT_FOUND', { object: `node '${name}'`, reason: 'no node has this name' });
}

async function readNode(sight: Sight, name: string): Promise<Node | undefined> {
  const [node, health_details] = await Promise.all([
    sight.object('node', { node: name }, KEYS),
    healthDetails(sight, name),
  ]);
  if (!node.has('mode')) return undefined;
  const host = node.value('staticData');
  return {
    name,
    daemon_state: node.text('daemonState'),
    coordinator_state: node.text('routerState'),
    domain_state: node.text('domainState'),
    pvc_version: node.text('pvcVersion'),
    cpu_count: host?.cpus ?? 0,
    kernel: host?.kernel ?? '',
    os: host?.os ?? '',
    arch: host?.arch ?? '',
    health: node.value('monitoringHealth') ?? null,
    health_plugins: node.value('monitoringPlugins') ?? [],
    health_details,
    load: node.value('cpuLoad')?.number ?? 0,
    domains_count: node.value('domainsCount') ?? 0,
    running_domains: await vmNames(sight, node.value('runningDomains') ?? []),
    vcpu: { total: host?.cpus ?? 0, allocated: node.value('vcpusAllocated') ?? 0 },
    memory: {
      total: node.value('memoryTotal') ?? 0,
      allocated: node.value('memoryAllocated') ?? 0,
      provisioned: node.value('memoryProvisioned') ?? 0,
      used: node.value('memoryUsed') ?? 0,
      free: node.value('memoryFree') ?? 0,
    },
    interfaces: node.value('networkStats')?.object ?? {},
  };
}

async function healthDetails(sight: Sight, node: string): Promise<Node['health_details']> {
  const plugins = await sight.names(`/nodes/${node}/monitoring_data`);
  return await Promise.all(
    plugins.map(async (plugin) => {
      const keys = ['lastRun', 'healthDelta', 'message', 'data'] as const;
      const seen = await sight.object('monitoring', { node, plugin }, keys);
      return {
        name: plugin,
        last_run: seen.value('lastRun') ?? null,
        health_delta: seen.value('healthDelta') ?? 0,
        message: seen.text('message'),
        data: seen.value('data')?.object ?? {},
      };
    }),
  );
}

/** A node that runs nothing reports `0`, and a VM may have been removed meanwhile: both have no name. */
async function vmNames(sight: Sight, uuids: readonly string[]): Promise<string[]> {
  const known = new Set(await sight.names('/domains'));
  const domains = await Promise.all(
    uuids.filter((uuid) => known.has(uuid)).map((uuid) => sight.object('domain', { uuid }, ['name'])),
  );
  return domains.map((domain) => domain.text('name')).filter((name) => name !== '');
}
