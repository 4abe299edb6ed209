/**
 * `drover`, over and over in one process: a line of JSON in, `{id, args}`, and one out, `{id, code, stdout, stderr}`. What it
 * runs is the command as it is; only its start, most of its time, is there but once.
 */
import { createInterface } from 'node:readline';
import { run } from '../cli/run.js';
import { HostClock, HostFiles } from '../lib/adapters/host/index.js';

const HOME = '/root';

for await (const line of createInterface({ input: process.stdin })) void answer(line);

async function answer(line: string): Promise<void> {
  const { id, args } = JSON.parse(line) as { id: number; args: readonly string[] };
  const said = { stdout: '', stderr: '' };
  const code = await run(args, {
    files: new HostFiles(),
    out: (text) => void (said.stdout += text),
    err: (text) => void (said.stderr += text),
    confirm: () => Promise.resolve(false),
    clock: new HostClock(),
    homes: { drover: `${HOME}/.config/drover`, pvc: `${HOME}/.config/pvc` },
    connection: undefined,
  });
  process.stdout.write(`${JSON.stringify({ id, code, ...said })}\n`);
}
