import type { Command } from 'commander';
import type { BackupList } from '../../lib/client/index.js';
import { aboutBytes, table } from '../../lib/text/index.js';
import { follow, type FollowOptions, noWaitOption, silently } from '../follow.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';

interface AutobackupOptions extends FollowOptions {
  readonly emailReport?: string;
  readonly forceFull?: true;
  readonly target?: string;
  readonly vm?: readonly string[];
  readonly cron?: true;
}

interface RestoreOptions extends FollowOptions {
  readonly target: string;
  readonly as?: string;
  readonly pool?: string;
  readonly node?: string;
  readonly start?: true;
  readonly force?: true;
}

/** `drover vm autobackup`, `drover vm backup …`, `drover vm snapshot export|import`. */
export function addVmBackupCommands(vm: Command, shell: Shell): void {
  addAutobackup(vm, shell);
  const backup = vm.command('backup').description('backups of virtual machines').helpCommand(false);
  addList(backup, shell);
  addVerify(backup, shell);
  addRestore(backup, shell);
  addRemove(backup, shell);
  const snapshot =
    vm.commands.find((command) => command.name() === 'snapshot') ??
    vm.command('snapshot').description('snapshots of virtual machines').helpCommand(false);
  addExport(snapshot, shell);
  addImport(snapshot, shell);
}

function addAutobackup(vm: Command, shell: Shell): void {
  vm.command('autobackup')
    .description('back up every VM that a tag selects')
    .option('--email-report <mailboxes>', 'who gets the summary too, with commas between')
    .option('--force-full', 'full backups, whatever there is')
    .option('--target <target>', 'only to this target')
    .option('--vm <vm...>', 'only these VMs, without regard to tags')
    .option('--cron', 'say nothing unless something fails')
    .addOption(noWaitOption())
    .action(async ({ emailReport, forceFull, target, vm: vms, cron, wait }: AutobackupOptions) => {
      const how = {
        force_full: forceFull === true,
        ...(target === undefined ? {} : { target }),
        ...(vms === undefined ? {} : { vms }),
        ...(emailReport === undefined ? {} : { email_recipients: emailReport.split(',') }),
      };
      const ticket = await withApi(shell, (api) => api.backups.run(how));
      if (cron === true) await silently(shell, ticket.task_id, 'autobackup');
      else await follow(shell, ticket, { wait });
    });
}

function addList(backup: Command, shell: Shell): void {
  backup
    .command('list')
    .description('list the backups, and why each is kept')
    .argument('[VM]', 'only of the VM that has, or had, this name')
    .option('--target <target>', 'only of this target')
    .addOption(formatOption())
    .action(async (vm: string | undefined, options: FormatOptions & { readonly target?: string }) => {
      const filter = {
        ...(vm === undefined ? {} : { vm }),
        ...(options.target === undefined ? {} : { target: options.target }),
      };
      const found = await withApi(shell, (api) => api.backups.list(filter));
      show(shell.world, options, found, {
        pretty: listed,
        raw: ({ backups }) => backups.map((one) => `${one.target} ${one.vm} ${one.backup}`),
      });
    });
}

function listed({ backups, left_out: leftOut, unreached }: BackupList): string {
  const rows = backups.map((one) => [
    ...[one.target, one.vm, one.backup, one.type ?? '', aboutBytes(one.bytes), one.consistency ?? ''],
    ...[one.state, one.why],
  ]);
  const more = leftOut === 0 ? '' : `${leftOut} older ones are left out: name a VM.\n`;
  return `${table(['Target', 'VM', 'Backup', 'Type', 'Size', 'Taken', 'State', 'Why'], rows)}${more}${unreached.map((why) => `${why}\n`).join('')}`;
}

function addVerify(backup: Command, shell: Shell): void {
  backup
    .command('verify')
    .description('read a backup, and those it builds on, and compare every file with its manifest')
    .argument('VM', 'as its backups call it')
    .argument('[BACKUP]', 'default: the newest')
    .requiredOption('--target <target>', 'where it is')
    .addOption(noWaitOption())
    .action(
      async (vm: string, name: string | undefined, options: FollowOptions & { readonly target: string }) => {
        const which = { target: options.target, ...(name === undefined ? {} : { backup: name }) };
        await follow(shell, await withApi(shell, (api) => api.backups.verify(vm, which)), options);
      },
    );
}

function addRestore(backup: Command, shell: Shell): void {
  backup
    .command('restore')
    .description('make a VM of a backup')
    .argument('VM', 'as its backups call it')
    .argument('[BACKUP]', 'default: the newest')
    .requiredOption('--target <target>', 'where it is')
    .option('--as <name>', 'another name: the VM and its volumes are new ones then')
    .option('--pool <pool>', 'the pool that its volumes go to')
    .option('-t, --node <node>', 'the node that it belongs to')
    .option('--start', 'start it then')
    .option('-f, --force', 'also when the pool would be more than 80 % full')
    .addOption(noWaitOption())
    .action(async (vm: string, name: string | undefined, { wait, ...options }: RestoreOptions) => {
      const which = { ...options, ...(name === undefined ? {} : { backup: name }) };
      await follow(shell, await withApi(shell, (api) => api.backups.restore(vm, which)), { wait });
    });
}

function addRemove(backup: Command, shell: Shell): void {
  backup
    .command('remove')
    .description('remove a backup')
    .argument('VM', 'as its backups call it')
    .argument('BACKUP')
    .requiredOption('--target <target>', 'where it is')
    .option('-f, --force', 'with the backups that build on it')
    .option('-y, --yes', 'do not ask')
    .addOption(noWaitOption())
    .action(
      async (
        vm: string,
        name: string,
        options: FollowOptions & { readonly target: string; readonly force?: true; readonly yes?: true },
      ) => {
        await agree(
          shell.world,
          options.yes === true ? { yes: true } : {},
          `Remove backup ${name} of ${vm} for good`,
        );
        const which = { target: options.target, backup: name, force: options.force === true };
        await follow(shell, await withApi(shell, (api) => api.backups.remove(vm, which)), options);
      },
    );
}

function addExport(snapshot: Command, shell: Shell): void {
  snapshot
    .command('export')
    .description('write a snapshot of a VM into files')
    .argument('VM', 'name or UUID')
    .argument('NAME', 'the snapshot')
    .argument('PATH', 'a directory of the primary, below one that the configuration allows')
    .option('-i, --incremental <parent>', 'only what has changed since this snapshot')
    .addOption(noWaitOption())
    .action(
      async (
        vm: string,
        name: string,
        path: string,
        { wait, incremental }: FollowOptions & { readonly incremental?: string },
      ) => {
        const how = {
          snapshot_name: name,
          export_path: path,
          ...(incremental === undefined ? {} : { incremental_parent: incremental }),
        };
        await follow(shell, await withApi(shell, (api) => api.backups.export(vm, how)), { wait });
      },
    );
}

function addImport(snapshot: Command, shell: Shell): void {
  snapshot
    .command('import')
    .description('define a VM from an exported snapshot')
    .argument('VM', 'as the export calls it')
    .argument('NAME', 'the snapshot')
    .argument('PATH', 'the directory that it was exported to')
    .option('--start', 'start it then')
    .addOption(noWaitOption())
    .action(
      async (
        vm: string,
        name: string,
        path: string,
        { wait, start }: FollowOptions & { readonly start?: true },
      ) => {
        const how = { snapshot_name: name, import_path: path, start: start === true };
        await follow(shell, await withApi(shell, (api) => api.backups.import(vm, how)), { wait });
      },
    );
}
