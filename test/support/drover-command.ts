import type { Test } from 'tap';
import { type DroverAnswer, DroverShell, type Sandbox } from '../../sandbox/index.js';

const shells = new WeakMap<Sandbox, Map<string, DroverShell>>();

/** Runs `drover` on a node, as its administrator: `local` is all that it knows. Any exit code of its own is an answer. */
export async function drover(sandbox: Sandbox, node: string, ...args: string[]): Promise<DroverAnswer> {
  const its = shells.get(sandbox) ?? new Map<string, DroverShell>();
  shells.set(sandbox, its);
  const shell = its.get(node) ?? new DroverShell(sandbox, node);
  its.set(node, shell);
  return await shell.run(args);
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
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** No more often than a command took that was started each time. */
const LOOK_MS = 200;
