import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DroverError, messageOf } from '../../core/index.js';
import type { DomainProcess } from '../../ports/index.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every process below `proc`, a mounted procfs, whose command line has `-uuid UUID`, as libvirt starts QEMU. */
export async function qemuProcesses(proc: string): Promise<DomainProcess[]> {
  try {
    const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(pids.map((pid) => domainProcess(proc, pid)));
    return found.filter((process) => process !== undefined);
  } catch (error) {
    const reason = `the list of processes cannot be read: ${messageOf(error)}`;
    throw new DroverError('INTERNAL', { object: proc, reason }, error);
  }
}

async function domainProcess(proc: string, pid: string): Promise<DomainProcess | undefined> {
  const words = await commandLine(join(proc, pid));
  const uuid = words[words.indexOf('-uuid') + 1] ?? '';
  return words.includes('-uuid') && UUID.test(uuid)
    ? { uuid: uuid.toLowerCase(), pid: Number(pid) }
    : undefined;
}

/**
 * The first thread's, or another's: when the first has ended before the others, which may still write, only they have
 * one. Kernel threads and processes that have ended have none.
 */
async function commandLine(directory: string): Promise<string[]> {
  const own = await unlessGone(readFile(join(directory, 'cmdline'), 'utf8'));
  if (own !== undefined && own !== '') return own.split('\0');
  const tasks = (await unlessGone(readdir(join(directory, 'task')))) ?? [];
  if (tasks.length < 2) return [];
  for (const task of tasks) {
    const words = await unlessGone(readFile(join(directory, 'task', task, 'cmdline'), 'utf8'));
    if (words !== undefined && words !== '') return words.split('\0');
  }
  return [];
}

/** A process may end while it is looked at. */
async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
