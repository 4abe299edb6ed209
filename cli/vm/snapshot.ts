import { type Command, Option } from 'commander';
import type { Vm } from '../../lib/client/index.js';
import { aboutAge, table } from '../../lib/text/index.js';
import { follow, type FollowOptions, noWaitOption } from '../follow.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';

const CONSISTENCIES = ['frozen', 'paused', 'crash'] as const;

interface CreateOptions extends FollowOptions {
  readonly consistency?: (typeof CONSISTENCIES)[number];
}

interface ChangeOptions extends FollowOptions {
  readonly force?: true;
  readonly yes?: true;
}

/** `drover vm snapshot create|list|send|remove|rollback`. */
export function addVmSnapshotCommands(vm: Command, shell: Shell): void {
  const snapshot = vm.command('snapshot').description('snapshots of virtual machines').helpCommand(false);
  addCreate(snapshot, shell);
  addList(snapshot, shell);
  addSend(snapshot, shell);
  addRemove(snapshot, shell);
  addRollback(snapshot, shell);
}

function addCreate(snapshot: Command, shell: Shell): void {
  snapshot
    .command('create')
    .description('take a snapshot of all disks of a VM at one instant')
    .argument('VM', 'name or UUID')
    .argument('[NAME]', 'by default the time')
    .addOption(
      new Option(
        '--consistency <consistency>',
        'at least this; by default what the guest allows, see docs/points.md',
      ).choices(CONSISTENCIES),
    )
    .addOption(noWaitOption())
    .action(async (vm: string, name: string | undefined, { consistency, wait }: CreateOptions) => {
      const how = {
        ...(name === undefined ? {} : { snapshot_name: name }),
        ...(consistency === undefined ? {} : { consistency }),
      };
      await follow(shell, await withApi(shell, (api) => api.snapshots.create(vm, how)), { wait });
    });
}

function addList(snapshot: Command, shell: Shell): void {
  snapshot
    .command('list')
    .description('list the snapshots of a VM, the newest first')
    .argument('VM', 'name or UUID')
    .addOption(formatOption())
    .action(async (vm: string, options: FormatOptions) => {
      const vms = await withApi(shell, (api) => api.vms.get(vm));
      const snapshots = vms.flatMap((one) => one.snapshots);
      show(shell.world, options, snapshots, { pretty: listed, raw: (all) => all.map(({ name }) => name) });
    });
}

function addSend(snapshot: Command, shell: Shell): void {
  snapshot
    .command('send')
    .description('send a snapshot of a VM to another cluster')
    .argument('VM', 'name or UUID')
    .argument('NAME', 'the snapshot')
    .argument('[PEER]', 'of the configuration; by default the default one')
    .addOption(noWaitOption())
    .action(async (vm: string, name: string, peer: string | undefined, options: FollowOptions) => {
      const how = { snapshot_name: name, ...(peer === undefined ? {} : { peer }) };
      await follow(shell, await withApi(shell, (api) => api.mirrors.send(vm, how)), options);
    });
}

function addRemove(snapshot: Command, shell: Shell): void {
  snapshot
    .command('remove')
    .description('remove a snapshot of a VM')
    .argument('VM', 'name or UUID')
    .argument('NAME', 'the snapshot')
    .option('-f, --force', 'also when a mirror goes on from it')
    .option('-y, --yes', 'do not ask')
    .addOption(noWaitOption())
    .action(async (vm: string, name: string, { force, wait, ...options }: ChangeOptions) => {
      await agree(shell.world, options, `Remove snapshot ${name} of ${vm} for good`);
      const ticket = await withApi(shell, (api) => api.snapshots.remove(vm, name, force === true));
      await follow(shell, ticket, { wait });
    });
}

function addRollback(snapshot: Command, shell: Shell): void {
  snapshot
    .command('rollback')
    .description('make a stopped VM what it was at a snapshot: its disks and its definition')
    .argument('VM', 'name or UUID')
    .argument('NAME', 'the snapshot')
    .option('-f, --force', 'also when the VM is the copy of a mirror')
    .option('-y, --yes', 'do not ask')
    .addOption(noWaitOption())
    .action(async (vm: string, name: string, { force, wait, ...options }: ChangeOptions) => {
      await agree(shell.world, options, `Lose what was written to ${vm} since snapshot ${name}`);
      const ticket = await withApi(shell, (api) => api.snapshots.rollBack(vm, name, force === true));
      await follow(shell, ticket, { wait });
    });
}

function listed(snapshots: Vm['snapshots']): string {
  return table(
    ['Name', 'Age', 'Taken', 'By', 'Definition', 'Volumes'],
    snapshots.map((one) => [
      one.name,
      aboutAge(one.age),
      one.consistency ?? '',
      one.origin ?? '',
      changes(one.xml_diff_lines),
      String(one.rbd_snapshots.length),
    ]),
  );
}

/** `+2/-1`: the lines by which the definition of a snapshot differs from that of now. */
function changes(lines: readonly string[]): string {
  const count = (sign: string) =>
    lines.filter((line) => line.startsWith(sign) && !/^(\+\+\+|---)/.test(line)).length;
  return lines.length === 0 ? 'as now' : `+${count('+')}/-${count('-')}`;
}
