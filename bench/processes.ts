import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { HostClock, HostProcesses } from '../lib/adapters/host/index.js';
import type { Benchmark } from './harness.js';

const CALLS = 50;
const MEBIBYTES = 1024;

const host = new HostProcesses(new HostClock());
const source = ['if=/dev/zero', 'bs=1M', `count=${MEBIBYTES}`, 'status=none'];

/** What our own process group, death with the parent, limits and look-up of a program cost. */
export const processes: Benchmark = {
  name: 'processes',
  comparisons: [
    {
      name: 'run `true`, against a bare spawn',
      amount: `${CALLS} in turn`,
      ours: async () => {
        for (let call = 0; call < CALLS; call++) await host.run({ program: 'true', args: [] });
      },
      raw: async () => {
        for (let call = 0; call < CALLS; call++) await bare('true', []);
      },
    },
    {
      name: 'pipe of two stages, against one of the shell',
      amount: `${MEBIBYTES} MiB`,
      ours: () =>
        host.pipe(
          [
            { program: 'dd', args: source },
            { program: 'cat', args: [] },
          ],
          { limitMs: 60_000 },
        ),
      raw: () => bare('sh', ['-c', `dd ${source.join(' ')} | cat >/dev/null`]),
    },
  ],
};

async function bare(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with code ${String(code)}`);
}
