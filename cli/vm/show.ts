import type { Command } from 'commander';
import type { Vm } from '../../lib/client/index.js';
import { properties, table } from '../../lib/text/index.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import type { Shell } from '../world.js';

interface ListOptions extends FormatOptions {
  readonly node?: string;
  readonly state?: string;
  readonly tag?: string;
  readonly negate?: true;
}

/** `drover vm list` and `info`. */
export function addVmShowCommands(vm: Command, shell: Shell): void {
  vm.command('list')
    .description('list the VMs')
    .argument('[LIMIT]', 'a UUID, or a pattern that some part of the name must match')
    .option('-t, --node <node>', 'only those on this node')
    .option('-s, --state <state>', 'only those in this state')
    .option('-g, --tag <tag>', 'only those with this tag')
    .option('-n, --negate', 'only those for which the conditions do not hold')
    .addOption(formatOption())
    .action(async (limit: string | undefined, { format, negate, ...conditions }: ListOptions) => {
      const filter = { ...(limit === undefined ? {} : { limit }), ...conditions, negate: negate === true };
      // The API refuses a state that it does not know, and says which there are.
      const vms = await withApi(shell, (api) => api.vms.list(filter as Parameters<typeof api.vms.list>[0]));
      show(shell.world, { format }, vms, { pretty: listed, raw: (all) => all.map(({ name }) => name) });
    });
  vm.command('info')
    .description('everything about one VM')
    .argument('VM', 'name or UUID')
    .addOption(formatOption('raw'))
    .action(async (name: string, options: FormatOptions) => {
      const vms = await withApi(shell, (api) => api.vms.get(name));
      show(shell.world, options, vms, { pretty: (all) => all.map(described).join('\n'), raw: () => [] });
    });
}

function listed(vms: readonly Vm[]): string {
  return table(
    ['Name', 'State', 'Node', 'Migrated', 'Tags', 'Snapshots', 'Memory', 'vCPUs'],
    vms.map((vm) => [
      vm.name,
      vm.state,
      vm.node,
      vm.migrated,
      vm.tags.map(({ name }) => name).join(','),
      String(vm.snapshots.length),
      String(vm.memory),
      String(vm.vcpu),
    ]),
  );
}

function described(vm: Vm): string {
  return properties([
    ['Name', vm.name],
    ['UUID', vm.uuid],
    ...(vm.description === '' ? [] : [['Description', vm.description] as const]),
    ['State', vm.state],
    ...(vm.failed_reason === '' ? [] : [['Reason', vm.failed_reason] as const]),
    ['Node', vm.last_node === '' ? vm.node : `${vm.node}, migrated from ${vm.last_node}`],
    ['May run on', vm.node_limit?.join(', ') ?? 'every node'],
    ['Target by', vm.node_selector ?? 'the cluster’s selector'],
    ['Autostart', vm.node_autostart ? 'yes' : 'no'],
    ['Moves', vm.migration_method ?? 'live, else by a shutdown'],
    ['Memory', `${vm.memory} MiB`],
    ['vCPUs', `${vm.vcpu} (${vm.vcpu_topology})`],
    ['VNC', vm.vnc.listen === '' ? '' : `${vm.vnc.listen}:${vm.vnc.port}`],
    ...several(
      'Tags',
      vm.tags.map((tag) => (tag.protected ? `${tag.name} (protected)` : tag.name)),
    ),
    ...several(
      'Disks',
      vm.disks.map(({ dev, type, name }) => `${dev}: ${type} ${name}`),
    ),
    ...several(
      'Networks',
      vm.networks.map(({ mac, source, model }) => `${mac}: ${source} (${model})`),
    ),
    ...several(
      'Snapshots',
      vm.snapshots.map(({ name }) => name),
    ),
  ]);
}

/** One line for each, the name only on the first. */
function several(name: string, values: readonly string[]): readonly (readonly [string, string])[] {
  return values.map((value, at) => [at === 0 ? name : '', value]);
}
