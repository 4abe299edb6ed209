import { Command, CommanderError } from 'commander';
import { isRefused } from '../lib/client/index.js';
import { isDroverError, messageOf, VERSION } from '../lib/core/index.js';
import { addConfigCommands } from './config/index.js';
import { addConnectionCommands } from './connection/commands.js';
import { addNodeCommands } from './node.js';
import { addReportCommands } from './report.js';
import { addStatusCommand } from './status.js';
import { addStorageCommands } from './storage/index.js';
import { addTaskCommands } from './task.js';
import { addVmCommands } from './vm/index.js';
import { Declined, EXIT, type Exit, type Shell, type World } from './world.js';

/** Runs `drover ARGS` and returns its exit code. `args` are without the program itself. */
export async function run(args: readonly string[], world: World): Promise<Exit> {
  let exit: Exit = EXIT.done;
  const program = new Command('drover')
    .description('Looks after a cluster of virtual machines.')
    .version(VERSION)
    .option('-c, --connection <name>', 'the cluster to talk to; default: that of this machine')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ writeOut: world.out, writeErr: world.err });
  const shell: Shell = {
    world,
    end: (code) => {
      exit = code;
    },
    connection: () => program.opts<{ connection?: string }>().connection ?? world.connection,
  };
  addStatusCommand(program, shell);
  addNodeCommands(program, shell);
  addVmCommands(program, shell);
  addStorageCommands(program, shell);
  addTaskCommands(program, shell);
  addReportCommands(program, shell);
  addConnectionCommands(program, shell);
  addConfigCommands(program, world, shell.end);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has already told the user; help and version end with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    world.err(`drover: ${messageOf(error)}\n`);
    return exitOf(error);
  }
}

function exitOf(error: unknown): Exit {
  if (error instanceof Declined) return EXIT.declined;
  if (isRefused(error)) return EXIT.failed;
  return isDroverError(error, 'API_UNREACHABLE', 'API_DISTRUSTED', 'DEADLINE')
    ? EXIT.unreachable
    : EXIT.failed;
}
