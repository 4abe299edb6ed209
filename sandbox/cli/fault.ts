import { Argument, type Command, InvalidArgumentError } from 'commander';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkout } from '../files.js';
import type { PartSignal, PowerWord } from '../faults.js';
import type { Sandbox } from '../sandbox.js';

/** `fault …`: each verb is a method of Faults. */
export function faultCommands(program: Command, open: () => Promise<Sandbox>): void {
  const fault = program.command('fault').description('inflict a fault, or undo it');
  const host = new Argument('<host>', 'a node, a ZooKeeper server or a Ceph host');

  fault
    .command('power')
    .description('by ipmitool, against the BMC')
    .argument('<node>')
    .addArgument(new Argument('<word>').choices(['on', 'off', 'cycle', 'status']))
    .action(async (node: string, word: PowerWord) =>
      console.log(await (await open()).faults.power(node, word)),
    );
  fault
    .command('plug')
    .description('the power supply itself, without the BMC; `off` returns when the node is dead')
    .argument('<node>')
    .addArgument(new Argument('<word>').choices(['on', 'off']))
    .action(async (node: string, word: 'on' | 'off') => (await open()).faults.rawPower(node, word));
  fault
    .command('link')
    .description("a host's network cable")
    .addArgument(host)
    .addArgument(new Argument('<word>').choices(['up', 'down']))
    .action(async (name: string, word: 'up' | 'down') => (await open()).faults.link(name, word));
  fault
    .command('partition')
    .description('no frame passes between the hosts of two lists (with commas)')
    .argument('<from>', 'hosts', list)
    .argument('<to>', 'hosts', list)
    .option('--one-way', 'only what the first send is lost')
    .action(async (from: string[], to: string[], options: { oneWay?: boolean }) =>
      (await open()).faults.partition(from, to, options),
    );
  fault
    .command('heal')
    .description('undo partitions: all, or those between two lists of hosts')
    .argument('[from]', 'hosts', list)
    .argument('[to]', 'hosts', list)
    .action(async (from?: string[], to?: string[]) => (await open()).faults.heal(from, to));
  fault
    .command('rate')
    .description('limit what a host sends and receives')
    .addArgument(host)
    .argument('<mbit>', 'Mbit/s, or "none"', (text) => (text === 'none' ? 'none' : positive(text)))
    .action(async (name: string, mbit: number | 'none') =>
      (await open()).faults.rate(name, mbit === 'none' ? undefined : mbit),
    );
  fault
    .command('delay')
    .description(
      'a TCP proxy in the foreground that delays every byte, at 198.18.0.1 for every host, until Ctrl-C',
    )
    .argument('<port>', 'of 198.18.0.1', positive)
    .argument('<target>', 'address:port')
    .argument('<ms>', 'in each direction', positive)
    .action(async (port: number, target: string, ms: number) => {
      const script = join(checkout(), 'dist/sandbox/cli/delay.js');
      const command = [process.execPath, script, String(port), target, String(ms)];
      const child = (await open()).inside.spawn(undefined, command, { stdio: 'inherit' });
      const [code] = (await once(child, 'close')) as [number | null];
      process.exitCode = code ?? 1;
    });
  for (const [verb, signal] of Object.entries({ stop: 'STOP', continue: 'CONT', kill: 'KILL' } as const))
    signalCommand(fault, verb, signal, open);
  fault
    .command('start')
    .description('start a part that was killed')
    .argument('<part>', 'as `status` names it')
    .action(async (part: string) => (await open()).faults.startPart(part));
}

function signalCommand(fault: Command, verb: string, signal: PartSignal, open: () => Promise<Sandbox>): void {
  fault
    .command(verb)
    .description(`${verb} a part (as \`status\` names it), or processes of a node by their command line`)
    .argument('<part-or-node>')
    .argument('[pattern]', 'extended regular expression for the command line, e.g. guest=vm1')
    .action(async (target: string, pattern?: string) => {
      const { faults } = await open();
      if (pattern === undefined) await faults.signalPart(target, signal);
      else await faults.signalProcess(target, pattern, signal);
    });
}

function list(text: string): string[] {
  return text.split(',');
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('a positive number is wanted.');
}
