import type { Command } from 'commander';
import { DroverError } from '../../lib/core/index.js';
import type { MirrorList } from '../../lib/client/index.js';
import { table } from '../../lib/text/index.js';
import { follow, type FollowOptions, noWaitOption, silently } from '../follow.js';
import { type FormatOptions, formatOption, show } from '../format.js';
import { withApi } from '../session.js';
import { agree, type Shell } from '../world.js';

interface PromoteOptions extends FollowOptions {
  readonly remove?: true;
  readonly reclaim?: true;
  readonly destinationIsOff?: true;
  readonly yes?: true;
}

interface AutomirrorOptions extends FollowOptions {
  readonly emailReport?: string;
  readonly emailErrorsOnly?: true;
  readonly peer?: string;
  readonly vm?: readonly string[];
  readonly cron?: true;
}

/** `drover vm mirror create|verify|promote|demote|list|info`, `drover vm automirror`. */
export function addVmMirrorCommands(vm: Command, shell: Shell): void {
  const mirror = vm.command('mirror').description('copies of VMs on other clusters').helpCommand(false);
  addCreate(mirror, shell);
  addVerify(mirror, shell);
  addPromote(mirror, shell);
  addDemote(mirror, shell);
  addList(mirror, shell);
  addInfo(mirror, shell);
  addAutomirror(vm, shell);
}

function addCreate(mirror: Command, shell: Shell): void {
  mirror
    .command('create')
    .description('take a snapshot of a VM and send it to another cluster')
    .argument('VM', 'name or UUID')
    .argument('[PEER]', 'of the configuration; by default the default one')
    .addOption(noWaitOption())
    .action(async (vm: string, peer: string | undefined, options: FollowOptions) => {
      const how = peer === undefined ? {} : { peer };
      await follow(shell, await withApi(shell, (api) => api.mirrors.create(vm, how)), options);
    });
}

function addVerify(mirror: Command, shell: Shell): void {
  mirror
    .command('verify')
    .description('compare the newest point that a copy has with the same one here, byte for byte')
    .argument('VM', 'name or UUID')
    .argument('[PEER]', 'of the configuration; by default the default one')
    .addOption(noWaitOption())
    .action(async (vm: string, peer: string | undefined, options: FollowOptions) => {
      const how = peer === undefined ? {} : { peer };
      await follow(shell, await withApi(shell, (api) => api.mirrors.verify(vm, how)), options);
    });
}

function addPromote(mirror: Command, shell: Shell): void {
  mirror
    .command('promote')
    .description('move a VM to another cluster: its copy there becomes the active one')
    .argument('VM', 'name or UUID')
    .argument('[PEER]', 'of the configuration; by default the default one')
    .option('--remove', 'put the disks here into the trash, and remove the definition')
    .option('--reclaim', 'take back a hand-over whose copy there has never run')
    .option(
      '--destination-is-off',
      'with --reclaim: vouch that the other cluster, which does not answer, is off for good',
    )
    .option('-y, --yes', 'do not ask')
    .addOption(noWaitOption())
    .action(async (vm: string, peer: string | undefined, options: PromoteOptions) => {
      const what =
        options.reclaim === true
          ? `Take VM ${vm} back${options.destinationIsOff === true ? ', though it may run where it was handed over to' : ''}`
          : `Shut VM ${vm} down here and move it to ${peer ?? 'the default peer'}`;
      await agree(shell.world, options, what);
      const how = {
        ...(peer === undefined ? {} : { peer }),
        ...(options.remove === true ? { remove_on_source: true } : {}),
        ...(options.reclaim === true ? { reclaim: true } : {}),
        ...(options.destinationIsOff === true ? { destination_is_off: true } : {}),
      };
      await follow(shell, await withApi(shell, (api) => api.mirrors.promote(vm, how)), options);
    });
}

function addDemote(mirror: Command, shell: Shell): void {
  mirror
    .command('demote')
    .description('make a stopped VM that was succeeded on another cluster the copy of it')
    .argument('VM', 'name or UUID')
    .option('-y, --yes', 'do not ask')
    .action(async (vm: string, options: { readonly yes?: true }) => {
      await agree(shell.world, options, `Make ${vm} a copy, and give up what only it has`);
      shell.world.out(`${await withApi(shell, (api) => api.mirrors.demote(vm))}\n`);
    });
}

function addList(mirror: Command, shell: Shell): void {
  mirror
    .command('list')
    .description('list the VMs that are mirrored, or copies, with what was reached')
    .argument('[VM]', 'name or UUID')
    .addOption(formatOption())
    .action(async (vm: string | undefined, options: FormatOptions) => {
      const found = await withApi(shell, (api) => api.mirrors.list(vm));
      show(shell.world, options, found, {
        pretty: listed,
        raw: (all) => all.map(({ name }) => name),
      });
    });
}

function addInfo(mirror: Command, shell: Shell): void {
  mirror
    .command('info')
    .description('show what is known of the mirrors of one VM')
    .argument('VM', 'name or UUID')
    .addOption(formatOption())
    .action(async (vm: string, options: FormatOptions) => {
      const [found] = await withApi(shell, (api) => api.mirrors.list(vm));
      if (found === undefined)
        throw new DroverError('NOT_FOUND', {
          object: `VM '${vm}'`,
          reason: 'it was never mirrored, here or to here',
          remedy: `mirror it: drover vm mirror create ${vm}`,
        });
      show(shell.world, options, found, { pretty: told, raw: ({ name }) => [name] });
    });
}

function told({
  name,
  uuid,
  role,
  epoch,
  head,
  source,
  promote,
  problem,
  peers,
}: MirrorList[number]): string {
  const facts: [string, string | null][] = [
    ['VM', `${name} (${uuid})`],
    ['Role', `${role} of epoch ${epoch}`],
    ['Holds', head],
    ['Copy of', source],
    ['Hand-over', promote],
    ['Problem', problem],
  ];
  const lines = facts.flatMap(([what, text]) => (text === null ? [] : [`${`${what}:`.padEnd(12)}${text}`]));
  const points = peers.map((peer) => [peer.name, peer.point ?? 'none', at(peer), peer.problem ?? '']);
  return points.length === 0
    ? `${lines.join('\n')}\n`
    : `${lines.join('\n')}\n\n${table(['Peer', 'Point', 'Of', 'Problem'], points)}`;
}

function at(peer: MirrorList[number]['peers'][number]): string {
  return peer.at === null ? '' : new Date(peer.at * 1_000).toISOString();
}

function listed(mirrors: MirrorList): string {
  const rows = mirrors.flatMap((one) => {
    const its = [one.name, one.role, String(one.epoch), one.head ?? '', one.source ?? ''];
    const on = one.promote === null ? '' : `hand-over: ${one.promote}`;
    if (one.peers.length === 0) return [[...its, '', '', '', one.problem ?? on]];
    return one.peers.map((peer) => [
      ...its,
      peer.name,
      peer.point ?? 'none',
      at(peer),
      peer.problem ?? one.problem ?? on,
    ]);
  });
  return table(['VM', 'Role', 'Epoch', 'Holds', 'Source', 'Peer', 'Point', 'Of', 'Problem'], rows);
}

function addAutomirror(vm: Command, shell: Shell): void {
  vm.command('automirror')
    .description('mirror every VM that a tag selects, to the clusters that its tags name')
    .option('--email-report <mailboxes>', 'who gets the summary too, with commas between')
    .option('--email-errors-only', 'only after a failure')
    .option('--peer <peer>', 'only to this one')
    .option('--vm <vm...>', 'only these VMs')
    .option('--cron', 'say nothing unless something fails')
    .addOption(noWaitOption())
    .action(async ({ emailReport, emailErrorsOnly, peer, vm: vms, cron, wait }: AutomirrorOptions) => {
      const how = {
        ...(peer === undefined ? {} : { peer }),
        ...(vms === undefined ? {} : { vms }),
        ...(emailReport === undefined ? {} : { email_recipients: emailReport.split(',') }),
        ...(emailErrorsOnly === true ? { email_errors_only: true } : {}),
      };
      const ticket = await withApi(shell, (api) => api.mirrors.automirror(how));
      if (cron === true) await silently(shell, ticket.task_id, 'automirror');
      else await follow(shell, ticket, { wait });
    });
}
