import type { Command } from 'commander';
import type { Status } from '../lib/client/index.js';
import { properties } from '../lib/text/index.js';
import { type FormatOptions, formatOption, show } from './format.js';
import { withApi } from './session.js';
import type { Shell } from './world.js';

/** `drover status`: the cluster at a glance. */
export function addStatusCommand(program: Command, shell: Shell): void {
  program
    .command('status')
    .description('the cluster at a glance')
    .addOption(formatOption('raw'))
    .action(async (options: FormatOptions) => {
      const status = await withApi(shell, (api) => api.cluster.status());
      show(shell.world, options, status, { pretty, raw: () => [] });
    });
}

function pretty(status: Status): string {
  const { memory, cpu, disk } = status.resources;
  const faults = status.cluster_health.messages.map(
    ({ id, health_delta, text }) => ['', `-${health_delta} %  ${id}: ${text}`] as const,
  );
  return properties([
    ['Cluster', status.cluster_name],
    ['Primary', status.primary_node],
    ['Health', `${status.cluster_health.health} %${status.maintenance === 'true' ? ', in maintenance' : ''}`],
    ...faults,
    ['CPU', `${cpu.utilization} % (load ${cpu.load} of ${cpu.total})`],
    ['Memory', `${memory.utilization} % (${memory.used} of ${memory.total} MiB)`],
    ['Disk', `${disk.utilization} % (${gib(disk.used)} of ${gib(disk.total)} GiB)`],
    ['Nodes', counts(status.nodes)],
    ['VMs', counts(status.vms)],
    ['OSDs', counts(status.osds)],
    ['Pools', String(status.pools)],
    ['Volumes', String(status.volumes)],
    ['Snapshots', String(status.snapshots)],
  ]);
}

/** `3: 2 run,ready, 1 stop,flushed` */
function counts({ total = 0, ...states }: Readonly<Record<string, number>>): string {
  const each = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  return each.length === 0 ? String(total) : `${total}: ${each.join('; ')}`;
}

/** Of KiB, with one digit. */
function gib(kib: number): string {
  return (kib / 1024 ** 2).toFixed(1);
}
