import { type Command, InvalidArgumentError } from 'commander';
import type { Node } from '../lib/client/index.js';
import { DroverError } from '../lib/core/index.js';
import { properties, table } from '../lib/text/index.js';
import { type FormatOptions, formatOption, show } from './format.js';
import { withApi } from './session.js';
import { EXIT, type Shell } from './world.js';

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
  addRoleCommands(node, shell);
  addDomainStateCommands(node, shell);
  addLogCommand(node, shell);
}

/** `primary` and `secondary` hand the lead over, `is-primary` is for scripts: its exit code is the answer. */
function addRoleCommands(node: Command, shell: Shell): void {
  const { world } = shell;
  for (const [state, description] of [
    ['primary', 'have a node lead the cluster'],
    ['secondary', 'have another node lead instead of this one'],
  ] as const)
    node
      .command(state)
      .description(description)
      .argument('NODE')
      .action(async (name: string) => {
        world.out(`${await withApi(shell, (api) => api.nodes.setCoordinatorState(name, state))}\n`);
      });
  node
    .command('is-primary')
    .description('end with code 0 when the node leads, else with 1')
    .argument('NODE')
    .action(async (name: string) => {
      const primary = await withApi(shell, (api) => api.cluster.primaryNode());
      if (primary !== name) shell.end(EXIT.failed);
    });
}

function addDomainStateCommands(node: Command, shell: Shell): void {
  const { world } = shell;
  for (const [state, description] of [
    ['flush', 'move the running VMs of a node elsewhere'],
    ['ready', 'have a node take VMs, and its own come back'],
  ] as const)
    node
      .command(state)
      .description(description)
      .argument('NODE')
      .option('-w, --wait', 'end when it is so, not when it is wished')
      .action(async (name: string, { wait }: { readonly wait?: true }) => {
        const done = await withApi(shell, (api) => api.nodes.setDomainState(name, state, wait === true));
        world.out(`${done}\n`);
      });
}

function addLogCommand(node: Command, shell: Shell): void {
  node
    .command('log')
    .description('the last lines of the log of a node, if it keeps one in the store')
    .argument('NODE')
    .option('-l, --lines <count>', 'how many', linesOf, 100)
    .action(async (name: string, { lines }: { readonly lines: number }) => {
      const { data } = await withApi(shell, (api) => api.nodes.log(name, lines));
      shell.world.out(data.endsWith('\n') || data === '' ? data : `${data}\n`);
    });
}

function linesOf(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('a number of lines is expected');
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
