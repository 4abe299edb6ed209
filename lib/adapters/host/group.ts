import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { LIMITS } from '../../core/index.js';
import type { Clock } from '../../ports/index.js';

/** Between two looks at a group that is being ended: nothing tells when the last of a group is gone. */
const LOOK_MS = 10;

/**
 * Ends a process group: politely, after `LIMITS.commandGraceMs` for good. Returns when none of it lives any more, or
 * after another such time with those that survived SIGKILL: they hang in the kernel.
 */
export async function endGroup(group: number, clock: Clock): Promise<readonly number[]> {
  let left: readonly number[] = [];
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!send(group, signal)) return [];
    left = await waitUntilGone(group, clock);
    if (left.length === 0) break;
  }
  return left;
}

/** False when the group does not exist. */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // EPERM: it exists, under another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function waitUntilGone(group: number, clock: Clock): Promise<readonly number[]> {
  const until = clock.monotonic() + LIMITS.commandGraceMs;
  for (;;) {
    if (!send(group, 0)) return [];
    const living = await members(group);
    if (living.length === 0 || clock.monotonic() >= until) return living;
    await clock.sleep(LOOK_MS);
  }
}

/** False for a process that has ended, also while nobody has asked how. */
export function isAlive(pid: number): boolean {
  return livingGroup(pid) !== undefined;
}

async function members(group: number): Promise<number[]> {
  const names = await readdir('/proc');
  return names.map(Number).filter((pid) => pid > 0 && livingGroup(pid) === group);
}

/**
 * The process group of a process, or undefined when it has ended: gone, or a zombie. From `/proc/PID/stat` (proc(5)):
 * `pid (name) state ppid pgrp …`, where the name may hold anything.
 */
function livingGroup(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const [state = '', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : Number(group);
}
