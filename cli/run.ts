import { Command, CommanderError } from 'commander';
import { messageOf, VERSION } from '../lib/core/index.js';
import { addConfigCommands } from './config/index.js';
import { EXIT, type Exit, type World } from './world.js';

/** Runs `drover ARGS` and returns its exit code. `args` are without the program itself. */
export async function run(args: readonly string[], world: World): Promise<Exit> {
  let exit: Exit = EXIT.done;
  const program = new Command('drover')
    .description('Looks after a cluster of virtual machines.')
    .version(VERSION)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ writeOut: world.out, writeErr: world.err });
  addConfigCommands(program, world, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has already told the user; help and version end with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    world.err(`drover: ${messageOf(error)}\n`);
    return EXIT.failed;
  }
}
