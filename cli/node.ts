import type { Command } from 'commander';
import type { Node } from '../lib/client/index.js';
import { DroverError } from '../lib/core/index.js';
import { properties, table } from '../lib/text/index.js';
import { type FormatOptions, formatOption, show } from './format.js';
import { withApi } from './session.js';
import type { Shell } from './world.js';

/** `drover node …` */
export function addNodeCommands(program: Command, shell: Shell): void {
  const node = program.command('node').description('the hypervisors').helpCommand(false);
  node
    .command('list')
    .description('list the nodes')
    .argument('[LIMIT]', 'only those of whose name some part matches this pattern')
    .addOption(formatOption())
    .action(async (limit: string | undefined, options: FormatOptions) => {
      const nodes = await withApi(shell, (api) => api.nodes.list(limit === undefined ? {} : { limit }));
      show(shell.world, options, nodes, { pretty: listed, raw: (all) => all.map(({ name }) => name) });
    });
  node
    .command('info')
    .description('everything about one node')
    .argument('NODE')
    .addOption(formatOption('raw'))
    .action(async (name: string, options: FormatOptions) => {
      const found = await withApi(shell, (api) => api.nodes.get(name));
      if (found === undefined)
        throw new DroverError('NOT_FOUND', {
          object: `node '${name}'`,
          reason: 'the cluster has no such node',
        });
      show(shell.world, options, found, { pretty: described, raw: () => [] });
    });
}

function listed(nodes: readonly Node[]): string {
  return table(
    ['Name', 'Health', 'Daemon', 'Coordinator', 'VMs are', 'VMs', 'vCPUs', 'Load', 'Memory', 'Used', 'Free'],
    nodes.map((node) => [
      node.name,
      healthOf(node),
      node.daemon_state,
      node.coordinator_state,
      node.domain_state,
      String(node.domains_count),
      String(node.vcpu.allocated),
      String(node.load),
      String(node.memory.total),
      String(node.memory.used),
      String(node.memory.free),
    ]),
  );
}

function described(node: Node): string {
  const { memory, vcpu } = node;
  return properties([
    ['Name', node.name],
    ['Health', healthOf(node)],
    ...node.health_details
      .filter(({ health_delta }) => health_delta > 0)
      .map(({ name, health_delta, message }) => ['', `-${health_delta} %  ${name}: ${message}`] as const),
    ['Daemon', node.daemon_state],
    ['Coordinator', node.coordinator_state],
    ['VMs are', node.domain_state],
    ['System', `${node.os}, kernel ${node.kernel}, ${node.arch}`],
    ['CPUs', `${node.cpu_count}, load ${node.load}, ${vcpu.allocated} vCPUs given`],
    ['Memory', `${memory.total} MiB, ${memory.used} used, ${memory.free} free`],
    ['of VMs', `${memory.allocated} MiB running, ${memory.provisioned} with those that do not`],
    ['Running VMs', node.running_domains.join(', ')],
  ]);
}

function healthOf({ health }: Node): string {
  return health === null ? 'unknown' : `${health} %`;
}
