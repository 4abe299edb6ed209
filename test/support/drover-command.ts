import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { Sandbox } from '../../sandbox/index.js';

const PROGRAM = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** Runs `drover` on a node, as its administrator: `local` is all that it knows. Any exit code of its own is an answer. */
export async function drover(sandbox: Sandbox, node: string, ...args: string[]) {
  const command = ['env', 'HOME=/root', process.execPath, PROGRAM, ...args];
  return await sandbox.run(node, command, { limitMs: 180_000, okCodes: [0, 1, 2, 3, 4] });
}

/** The same, where it must succeed; returns what it printed. */
export async function does(t: Test, sandbox: Sandbox, node: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await drover(sandbox, node, ...args);
  t.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Asks until the API answers, and names another primary than the former one; returns which. */
export async function served(sandbox: Sandbox, node: string, former?: string): Promise<string> {
  for (;;) {
    const { code, stdout } = await drover(sandbox, node, 'status', '-f', 'json');
    const { primary_node: primary } = code === 0 ? (JSON.parse(stdout) as { primary_node: string }) : {};
    if (primary !== undefined && primary !== '' && primary !== former) return primary;
  }
}
