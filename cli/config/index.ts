import { type Command, Option } from 'commander';
import { CONFIG_FILE, pvcKeyTable, referenceTable } from '../../lib/config/index.js';
import type { Exit, World } from '../world.js';
import { checkConfig, type CheckOptions } from './check.js';

/** `drover config …`: works on files alone, without a cluster. */
export function addConfigCommands(program: Command, world: World, end: (code: Exit) => void): void {
  const config = program.command('config').description('look at a configuration file').helpCommand(false);
  config
    .command('check')
    .description("say everything that is wrong with a configuration file: Drover's own, or PVC's pvc.conf")
    .argument('[FILE]', 'the file', CONFIG_FILE)
    .addOption(
      new Option('-f, --format <format>', 'how to print').choices(['pretty', 'json']).default('pretty'),
    )
    .addOption(
      new Option('-k, --kind <kind>', 'what the file is, when it is not told by its content').choices([
        'drover',
        'pvc',
      ]),
    )
    .option('-n, --node <name>', 'also say what the file means for this node')
    .action(async (file: string, options: CheckOptions) => {
      end(await checkConfig(file, options, world));
    });
  config
    .command('keys')
    .description('list every key as a Markdown table')
    .option('--pvc', 'those of pvc.conf, and what becomes of them')
    .action((options: { pvc?: true }) => {
      world.out(`${options.pvc === true ? pvcKeyTable() : referenceTable()}\n`);
    });
}
