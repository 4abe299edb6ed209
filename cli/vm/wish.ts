import type { Command } from 'commander';
import { agree, type Shell } from '../world.js';
import { withApi } from '../session.js';

interface WishOptions {
  readonly force?: true;
  readonly wait?: true;
  readonly yes?: true;
}

interface Wish {
  readonly state: 'start' | 'stop' | 'shutdown' | 'restart' | 'disable';
  readonly description: string;
  readonly force: boolean;
  /** Asked before; `{vm}` is the VM. */
  readonly question?: string;
}

const WISHES: readonly Wish[] = [
  { state: 'start', description: 'start a VM', force: true },
  {
    state: 'stop',
    description: 'end a VM at once, as if its power were cut',
    force: true,
    question: 'Cut the power of {vm}',
  },
  { state: 'shutdown', description: 'ask a VM to power off', force: false, question: 'Shut {vm} down' },
  {
    state: 'restart',
    description: 'shut a VM down and start it again',
    force: false,
    question: 'Restart {vm}',
  },
  {
    state: 'disable',
    description: 'shut a VM down and put it aside; with --force it is stopped at once',
    force: true,
    question: 'Disable {vm}',
  },
];

/** `drover vm start`, `stop`, `shutdown`, `restart`, `disable`. */
export function addVmWishCommands(vm: Command, shell: Shell): void {
  const { world } = shell;
  for (const { state, description, force, question } of WISHES) {
    const command = vm.command(state).description(description).argument('VM', 'name or UUID');
    if (force) command.option('--force', 'also against a guard rail, after reading what it says');
    if (question !== undefined) command.option('-y, --yes', 'do not ask');
    command
      .option('-w, --wait', 'end when it is so, not when it is wished')
      .action(async (name: string, options: WishOptions) => {
        if (question !== undefined) await agree(world, options, question.replace('{vm}', name));
        const wish = { state, force: options.force === true, wait: options.wait === true };
        world.out(`${await withApi(shell, (api) => api.vms.setState(name, wish))}\n`);
      });
  }
}
