import { Command } from 'commander';
import { isDroverError } from '../lib/core/index.js';
import { faultCommands } from './cli/fault.js';
import { lookCommands } from './cli/look.js';
import { lifecycleCommands } from './cli/up.js';
import { directoryOf, Sandbox } from './sandbox.js';

const program = new Command('sandbox')
  .description('whole clusters of real parts on this one machine: see docs/sandbox.md')
  .option('-n, --name <name>', 'which sandbox; several can run side by side (default: "default")')
  .enablePositionalOptions()
  .showHelpAfterError();

const name = () => program.opts<{ name?: string }>().name;
const open = () => Sandbox.open(directoryOf(name() ?? 'default'));

lifecycleCommands(program, name);
lookCommands(program, open);
faultCommands(program, open);

try {
  await program.parseAsync();
} catch (error) {
  if (!isDroverError(error)) throw error;
  console.error(`sandbox: ${error.message}`);
  process.exitCode = 1;
}
