import type { Command } from 'commander';
import { withApi } from '../session.js';
import type { Shell } from '../world.js';

interface PlaceOptions {
  readonly node?: string;
  readonly force?: true;
  readonly forceLive?: true;
  readonly wait?: true;
}

const MOVES = [
  ['migrate', 'move a VM to another node until it is brought back'],
  ['move', 'move a VM to another node for good'],
  ['unmigrate', 'bring a VM back to the node it was migrated from'],
] as const;

/** `drover vm migrate`, `move`, `unmigrate`. */
export function addVmPlaceCommands(vm: Command, shell: Shell): void {
  for (const [action, description] of MOVES) {
    const command = vm.command(action).description(description).argument('VM', 'name or UUID');
    if (action !== 'unmigrate') command.option('-t, --node <node>', 'the target; without it one is chosen');
    command
      .option('--force', 'also against a guard rail, after reading what it says')
      .option('--force-live', 'rather not at all than by a shutdown')
      .option('-w, --wait', 'end when it is there')
      .action(async (name: string, { node, force, forceLive, wait }: PlaceOptions) => {
        const wish = {
          action,
          ...(node === undefined ? {} : { node }),
          force: force === true,
          force_live: forceLive === true,
          wait: wait === true,
        };
        shell.world.out(`${await withApi(shell, (api) => api.vms.place(name, wish))}\n`);
      });
  }
}
