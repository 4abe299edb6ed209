import type { Command } from 'commander';
import { table } from '../../lib/text/index.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import type { Shell } from '../world.js';

/** `drover vm tag get|add|remove`. */
export function addVmTagCommands(vm: Command, shell: Shell): void {
  const tag = vm.command('tag').description('tags of virtual machines').helpCommand(false);
  const say = (text: string) => {
    shell.world.out(`${text}\n`);
  };
  tag
    .command('get')
    .description('show the tags of a VM')
    .argument('VM', 'name or UUID')
    .addOption(formatOption())
    .action(async (name: string, options: FormatOptions) => {
      const { tags } = await withApi(shell, (api) => api.vms.tags(name));
      show(shell.world, options, tags, {
        pretty: (all) =>
          table(
            ['Name', 'Type', 'Protected'],
            all.map((one) => [one.name, one.type, one.protected ? 'yes' : 'no']),
          ),
        raw: (all) => all.map((one) => one.name),
      });
    });
  tag
    .command('add')
    .description('give a VM a tag')
    .argument('VM', 'name or UUID')
    .argument('TAG')
    .option('-p, --protected', 'it cannot be removed again')
    .action(async (name: string, its: string, options: { readonly protected?: true }) => {
      say(await withApi(shell, (api) => api.vms.addTag(name, its, options.protected === true)));
    });
  tag
    .command('remove')
    .description('take a tag from a VM')
    .argument('VM', 'name or UUID')
    .argument('TAG')
    .action(async (name: string, its: string) => {
      say(await withApi(shell, (api) => api.vms.removeTag(name, its)));
    });
}
