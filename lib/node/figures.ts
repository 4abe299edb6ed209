import { DroverError } from '../core/index.js';
import type { Files } from '../ports/index.js';

/** What a machine says of itself. Memory is in MiB. */
export interface MachineFigures {
  /** Of the last minute. */
  readonly load: number;
  readonly memory: { readonly total: number; readonly used: number; readonly free: number };
}

/** What does not change while it runs. */
export interface MachineKind {
  readonly cpus: number;
  readonly kernel: string;
  readonly os: string;
  readonly arch: string;
}

/** Reads /proc: load of one minute with two decimals, memory as the kernel counts it; free is what it calls available. */
export async function readFigures(files: Files): Promise<MachineFigures> {
  const [load, memory] = await Promise.all([text(files, '/proc/loadavg'), text(files, '/proc/meminfo')]);
  const total = kib(memory, 'MemTotal');
  const free = kib(memory, 'MemAvailable');
  const mib = (value: number) => Math.floor(value / 1024);
  return {
    load: Number(load.split(' ')[0]),
    memory: { total: mib(total), used: mib(total - free), free: mib(free) },
  };
}

/** Reads /proc: processors, kernel release and system. `arch` is not in there. */
export async function readKind(files: Files, arch: string): Promise<MachineKind> {
  const [cpus, kernel] = await Promise.all([
    text(files, '/proc/cpuinfo'),
    text(files, '/proc/sys/kernel/osrelease'),
  ]);
  const count = cpus.match(/^processor\s*:/gm)?.length ?? 1;
  return { cpus: count, kernel: kernel.trim(), os: 'GNU/Linux', arch };
}

async function text(files: Files, path: string): Promise<string> {
  const bytes = await files.read(path);
  if (bytes === undefined)
    throw new DroverError('FILE_FAILED', { object: path, reason: 'this machine does not have it' });
  return new TextDecoder().decode(bytes);
}

function kib(memory: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(memory)?.[1];
  if (found === undefined)
    throw new DroverError('FILE_FAILED', { object: '/proc/meminfo', reason: `it has no line ${name}` });
  return Number(found);
}
