import type { Command } from 'commander';
import { DroverError } from '../../lib/core/index.js';
import { describe, type Description, readDescription } from '../description.js';
import { inspectMachine } from '../machine.js';
import { directoryOf, removeSandbox } from '../sandbox.js';
import { up } from '../up.js';

interface UpFlags {
  readonly file?: string;
  readonly clusters: string;
  readonly nodes: string;
  readonly zookeeper: string;
  readonly ceph: boolean;
  readonly mgr: boolean;
}

/** `up` and `down`. */
export function lifecycleCommands(program: Command, name: () => string | undefined): void {
  program
    .command('up')
    .description('start a sandbox; it runs until `down`')
    .option('-f, --file <yaml>', 'a description; without it, the flags below')
    .option('--clusters <names>', 'names, with commas', 'east,west')
    .option('--nodes <n>', 'nodes of each cluster', '2')
    .option('--zookeeper <n>', 'ZooKeeper servers of each cluster: 0, 1 or 3', '1')
    .option('--no-ceph', 'without Ceph')
    .option('--no-mgr', 'without the Ceph manager: no usage figures, 0.28 GB less memory')
    .action(async (flags: UpFlags) => {
      const description = await descriptionOf(flags, name());
      const controller = new AbortController();
      // The keeper ends everything with this process; this only makes the message a clean one.
      process.once('SIGINT', () => {
        const object = `sandbox ${description.name}`;
        controller.abort(
          new DroverError('CANCELLED', { object, reason: 'interrupted; nothing of it is left' }),
        );
      });
      const { reduced } = await inspectMachine();
      for (const { what, leavesOut } of reduced) console.log(`  note  ${what}: ${leavesOut}`);
      const sandbox = await up(description, {
        signal: controller.signal,
        onStep: (what, seconds) => console.log(`${seconds.toFixed(1).padStart(6)}  ${what}`),
      });
      await sandbox.release();
      console.log(`sandbox ${description.name} is up in ${sandbox.directory}`);
    });

  program
    .command('down')
    .description('end a sandbox: no process, namespace, mount or file stays')
    .action(async () => {
      await removeSandbox(directoryOf(name() ?? 'default'));
    });
}

async function descriptionOf(flags: UpFlags, name: string | undefined): Promise<Description> {
  const named = name === undefined ? {} : { name };
  if (flags.file !== undefined) return { ...(await readDescription(flags.file)), ...named };
  const clusters = flags.clusters.split(',').map((cluster) => ({
    name: cluster,
    nodes: Number(flags.nodes),
    zookeeper: Number(flags.zookeeper),
    ceph: flags.ceph,
    mgr: flags.mgr,
  }));
  return describe({ ...named, clusters }, 'the command line');
}
