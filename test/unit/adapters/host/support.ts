import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HostClock, HostProcesses } from '../../../../lib/adapters/host/index.js';
import type { Command } from '../../../../lib/ports/index.js';

export const clock = new HostClock();
export const processes = new HostProcesses(clock);

/** A command of the shell. Its words `$1` … are `args`. */
export function sh(
  script: string,
  options: Omit<Command, 'program' | 'args'> = {},
  ...args: string[]
): Command {
  return { program: 'sh', args: ['-c', script, 'sh', ...args], ...options };
}

/** The path of a program in test/fixtures/programs, from the compiled tests. */
export function fixture(name: string): string {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', '..');
  return join(root, 'test', 'fixtures', 'programs', name);
}

/** False for a process that has ended; an unreaped one has ended too. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Looks until `probe` answers something; fails after ten seconds. */
export async function until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  const late = clock.monotonic() + 10_000;
  for (;;) {
    const answer = probe();
    if (answer !== undefined && answer !== false) return answer;
    if (clock.monotonic() > late) throw new Error(`not within ten seconds: ${what}`);
    await pause(5);
  }
}

/** The process ids that a child wrote into a file, one a line, once there are `count`. */
export async function pidsIn(file: string, count = 1): Promise<number[]> {
  return await until(`${count} process ids in ${file}`, () => {
    const text = readIfThere(file);
    const pids = text
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
    return text.endsWith('\n') && pids.length >= count ? pids : undefined;
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What `promise` failed with; fails itself when it did not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it should have failed');
}
