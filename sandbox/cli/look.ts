import { type Command, Option } from 'commander';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DroverError } from '../../lib/core/index.js';
import type { Sandbox } from '../sandbox.js';
import type { Status } from '../status.js';
import { partNames } from '../up.js';

/** `status`, `exec`, `logs` and `console`. */
export function lookCommands(program: Command, open: () => Promise<Sandbox>): void {
  program
    .command('status')
    .description('every host and part: address, power, link, process id, state')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const status = await (await open()).status();
      console.log(json === true ? JSON.stringify(status, null, 2) : statusText(status));
    });

  program
    .command('exec')
    .description('run a command on a host: exec east1 -- virsh list; exec --cluster east -- rbd ls vms')
    .argument('[host]', 'a node, a ZooKeeper server or a Ceph host')
    .argument('[command...]')
    .addOption(new Option('--cluster <name>', "on the cluster's Ceph host, as its administrator"))
    .action(async (host: string | undefined, command: string[], { cluster }: { cluster?: string }) => {
      const sandbox = await open();
      const words = [host, ...command].filter((word) => word !== undefined);
      const target = cluster === undefined ? (words.shift() ?? '') : sandbox.cephHost(cluster).name;
      if (words.length === 0)
        throw new DroverError('BAD_INPUT', { object: 'exec', reason: 'there is no command after --' });
      const env = { ...process.env, ...sandbox.environmentOf(target) };
      const child = sandbox.inside.spawn(target, words, { stdio: 'inherit', env });
      // Ctrl-C is the command's business.
      process.on('SIGINT', () => undefined);
      const [code] = (await once(child, 'close')) as [number | null];
      process.exitCode = code ?? 1;
    });

  program
    .command('logs')
    .description('what a part or a node printed; without a name: which logs there are')
    .argument('[part]')
    .action(async (part: string | undefined) => {
      const sandbox = await open();
      const names = [...(await partNames(sandbox)), ...sandbox.nodes.map(({ name }) => name), 'init'];
      if (part === undefined) console.log(names.join('\n'));
      else if (!names.includes(part))
        throw new DroverError('NOT_FOUND', {
          object: `log ${part}`,
          reason: `there are: ${names.join(', ')}`,
        });
      else process.stdout.write(await readFile(join(sandbox.directory, 'log', `${part}.log`)));
    });
}

function statusText({ name, directory, hosts, cuts, memoryMiB, machine }: Status): string {
  const lines = hosts.flatMap((host) => {
    const power = host.power === undefined ? '' : ` power ${host.power}, BMC ${host.bmc ?? ''},`;
    const parts = host.parts.map(
      (part) => `    ${part.name.padEnd(18)} ${part.state.padEnd(8)} pid ${part.pid}`,
    );
    return [`  ${host.name.padEnd(12)} ${host.address.padEnd(15)}${power} link ${host.link}`, ...parts];
  });
  const cut = cuts.map(([from, to]) => `  nothing from ${from} reaches ${to}`);
  const less = machine.reduced.map(({ what, leavesOut }) => `  ${what}: ${leavesOut}`);
  return [
    `sandbox ${name} in ${directory}: ${memoryMiB} MiB`,
    ...lines,
    ...(cut.length === 0 ? [] : ['partitions', ...cut]),
    ...(less.length === 0 ? [] : ['what this machine does not permit', ...less]),
  ].join('\n');
}
