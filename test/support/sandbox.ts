import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, directoryOf, type PartialDescription, type Sandbox, up } from '../../sandbox/index.js';

/** A name that no other sandbox of this machine has. */
export function freshName(): string {
  return `t-${randomBytes(6).toString('hex')}`;
}

/** One sandbox for a test file: bound to this process, and down when the file ends. */
export async function withSandbox(
  t: { teardown(action: () => Promise<void>): unknown; comment(text: string): void },
  description: PartialDescription,
): Promise<Sandbox> {
  const began = performance.now();
  const name = freshName();
  const sandbox = await up(describe({ ...description, name }), { directory: directoryOf(name) });
  t.teardown(() => sandbox.down());
  t.comment(`measured: the sandbox was up in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return sandbox;
}

/**
 * Every living process, but this one, that belongs to the sandbox called `name`: by its command line, or by its mounts,
 * which every process in there has.
 */
export function processesOf(name: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      const command = readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
      const belongs = command.includes(name) || readProc(pid, 'mountinfo').includes(name);
      return belongs ? [`${pid} ${command}`] : [];
    });
}

/** What of a machine a sandbox could leave behind, as text to compare. */
export function machineState(): { links: string; namespaces: string; mounts: string } {
  const links = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' })) as { ifname: string }[];
  return {
    links: links.map(({ ifname }) => ifname).join(' '),
    namespaces: execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
  };
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
