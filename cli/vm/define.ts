import { type Command, InvalidArgumentError, Option } from 'commander';
import { DroverError } from '../../lib/core/index.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';

interface DefineOptions {
  readonly node?: string;
  readonly force?: true;
  readonly limit?: string;
  readonly selector?: 'none' | 'mem' | 'memprov' | 'load' | 'vcpus' | 'vms';
  readonly autostart?: true;
  readonly migrationMethod?: 'none' | 'live' | 'shutdown';
  readonly migrationMaxDowntime?: number;
  readonly tag: string[];
  readonly protectedTag: string[];
}

/** `drover vm define` and `remove`. */
export function addVmDefineCommands(vm: Command, shell: Shell): void {
  const { world } = shell;
  const gather = (tag: string, tags: string[]) => [...tags, tag];
  vm.command('define')
    .description('define a VM from a file with its libvirt XML; it is stopped until it is started')
    .argument('FILE')
    .option('-t, --node <node>', 'its node; without it one is chosen')
    .option('--force', 'also on a named node that has not the memory for it')
    .option('-l, --limit <nodes>', 'the nodes it may run on, between commas')
    .addOption(
      new Option('-s, --selector <selector>', 'how a target is chosen').choices([
        'none',
        'mem',
        'memprov',
        'load',
        'vcpus',
        'vms',
      ]),
    )
    .option('-a, --autostart', 'start it when its node becomes ready')
    .addOption(
      new Option('-m, --migration-method <method>', 'how it moves').choices(['none', 'live', 'shutdown']),
    )
    .option('-d, --migration-max-downtime <ms>', 'the longest pause of a live migration', millisecondsOf)
    .option('-g, --tag <tag>', 'a tag; may be given again', gather, [])
    .option('-G, --protected-tag <tag>', 'a tag that cannot be removed; may be given again', gather, [])
    .action(async (file: string, options: DefineOptions) => {
      const xml = await textOf(shell, file);
      const { autostart, force, migrationMethod, migrationMaxDowntime, tag, protectedTag, ...rest } = options;
      const definition = {
        xml,
        ...rest,
        autostart: autostart === true,
        ...(force === true && { force }),
        ...(migrationMethod === undefined ? {} : { migration_method: migrationMethod }),
        ...(migrationMaxDowntime === undefined ? {} : { migration_max_downtime: migrationMaxDowntime }),
        user_tags: tag,
        protected_tags: protectedTag,
      };
      world.out(`${await withApi(shell, (api) => api.vms.define(definition))}\n`);
    });
  vm.command('remove')
    .description('stop a VM and remove its definition; its volumes stay unless you say so')
    .argument('VM', 'name or UUID')
    .option('--delete-disks', 'its volumes go into the trash, for 24 hours')
    .option('--force', 'also when it is the copy of a mirror')
    .option('-y, --yes', 'do not ask')
    .action(
      async (
        name: string,
        options: { readonly deleteDisks?: true; readonly force?: true; readonly yes?: true },
      ) => {
        await agree(world, options, `Stop ${name} and remove it`);
        const how = { delete_disks: options.deleteDisks === true, force: options.force === true };
        world.out(`${await withApi(shell, (api) => api.vms.remove(name, how))}\n`);
      },
    );
}

async function textOf({ world }: Shell, file: string): Promise<string> {
  const bytes = await world.files.read(file);
  if (bytes === undefined)
    throw new DroverError('NOT_FOUND', { object: file, reason: 'there is no such file' });
  return new TextDecoder().decode(bytes);
}

function millisecondsOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of milliseconds.');
}
