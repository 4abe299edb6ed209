import type { Command } from 'commander';
import { follow, type FollowOptions, noWaitOption } from '../follow.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';

/** `drover vm rename`, `flush-locks`. */
export function addVmDiskCommands(vm: Command, shell: Shell): void {
  vm.command('rename')
    .description('give a stopped VM another name, and its volumes and snapshots with it')
    .argument('VM', 'name or UUID')
    .argument('NAME', 'its new name')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, to: string, options: { readonly yes?: true }) => {
      await agree(shell.world, options, `Rename ${name} and its volumes to ${to}`);
      shell.world.out(`${await withApi(shell, (api) => api.vms.rename(name, to))}\n`);
    });
  vm.command('flush-locks')
    .description('shut out whoever still has the volumes of a stopped VM open')
    .argument('VM', 'name or UUID')
    .addOption(noWaitOption())
    .action(async (name: string, options: FollowOptions) => {
      await follow(shell, await withApi(shell, (api) => api.vms.flushLocks(name)), options);
    });
}
