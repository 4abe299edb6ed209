import { DroverError } from '../core/index.js';
import type { Files } from '../ports/index.js';

/** Ceph's daemons, told apart in what a node is busy with. */
export const CEPH_DAEMONS = ['ceph-osd', 'ceph-mon'] as const;
export type CephDaemon = (typeof CEPH_DAEMONS)[number];

/** What a machine has counted since its boot. */
export interface Counters {
  /** Ticks of all processors. */
  readonly cpu: { readonly busy: number; readonly total: number };
  /** Ticks of each process of Ceph's daemons, by its id. */
  readonly processes: ReadonlyMap<string, { readonly daemon: CephDaemon; readonly ticks: number }>;
  readonly network: { readonly received: number; readonly sent: number };
}

/** Memory at one moment, as fractions of all. */
export type MemoryUse = Readonly<Record<CephDaemon | 'total', number>>;

const PAGE_KIB = 4;

/** Reads what has been counted. `network`: the interface, or undefined for all but the loopback. */
export async function readCounters(files: Files, network: string | undefined): Promise<Counters> {
  const [stat, dev, found] = await Promise.all([
    text(files, '/proc/stat'),
    text(files, '/proc/net/dev'),
    cephProcesses(files),
  ]);
  const processes = await Promise.all(
    [...found].map(async ([pid, daemon]) => {
      const line = await textOf(files, `/proc/${pid}/stat`);
      return line === undefined ? [] : [[pid, { daemon, ticks: ticksOf(line) }] as const];
    }),
  );
  return { cpu: cpuOf(stat), processes: new Map(processes.flat()), network: networkOf(dev, network) };
}

/** Reads the memory in use: of the machine what the kernel does not call available, of the daemons what is resident. */
export async function readMemory(files: Files): Promise<MemoryUse> {
  const info = await text(files, '/proc/meminfo');
  const total = kibOf(info, 'MemTotal');
  const resident: Record<CephDaemon, number> = { 'ceph-osd': 0, 'ceph-mon': 0 };
  for (const [pid, daemon] of await cephProcesses(files)) {
    const pages = (await textOf(files, `/proc/${pid}/statm`))?.split(' ')[1];
    resident[daemon] += (Number(pages ?? 0) * PAGE_KIB) / total;
  }
  return { ...resident, total: (total - kibOf(info, 'MemAvailable')) / total };
}

/** The interface by which this machine reaches `address`, by the kernel's routes; undefined when none is named. */
export async function interfaceTo(files: Files, address: string | undefined): Promise<string | undefined> {
  const wanted = address === undefined ? undefined : ipv4(address);
  const table = wanted === undefined ? undefined : await textOf(files, '/proc/net/route');
  const routes = (table ?? '')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [name, destination, , , , , , mask] = line.trim().split(/\s+/);
      if (name === undefined || destination === undefined || mask === undefined) return [];
      return [{ name, destination: parseInt(destination, 16), mask: parseInt(mask, 16) }];
    });
  const [best] = routes
    .filter(({ destination, mask }) => wanted !== undefined && (wanted & mask) >>> 0 === destination)
    .sort((one, other) => bits(other.mask) - bits(one.mask));
  return best?.name;
}

/** Little-endian, as the kernel prints it. */
function ipv4(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return undefined;
  return parts.reduceRight((sum, part) => ((sum << 8) | part) >>> 0, 0);
}

function bits(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function cpuOf(stat: string): Counters['cpu'] {
  const [, fields = ''] = /^cpu +(.*)$/m.exec(stat) ?? [];
  // Guests are counted in user already.
  const ticks = fields.split(' ').slice(0, 8).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const [, , , idle = 0, wait = 0] = ticks;
  return { total, busy: total - idle - wait };
}

/** User and system time; the name before it is in parentheses, and may hold anything. */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function networkOf(dev: string, only: string | undefined): Counters['network'] {
  const sum = { received: 0, sent: 0 };
  for (const line of dev.split('\n')) {
    const [, name, figures = ''] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || (only === undefined ? name === 'lo' : name !== only)) continue;
    const fields = figures.split(/\s+/).map(Number);
    sum.received += fields[0] ?? 0;
    sum.sent += fields[8] ?? 0;
  }
  return sum;
}

async function cephProcesses(files: Files): Promise<ReadonlyMap<string, CephDaemon>> {
  const pids = ((await files.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const name = (await textOf(files, `/proc/${pid}/comm`))?.trim();
      const daemon = CEPH_DAEMONS.find((one) => one === name);
      return daemon === undefined ? [] : [[pid, daemon] as const];
    }),
  );
  return new Map(found.flat());
}

async function text(files: Files, path: string): Promise<string> {
  const found = await textOf(files, path);
  if (found !== undefined) return found;
  throw new DroverError('FILE_FAILED', { object: path, reason: 'this machine does not have it' });
}

/** Undefined for what is gone: a process may end between two looks. */
async function textOf(files: Files, path: string): Promise<string | undefined> {
  try {
    const bytes = await files.read(path);
    return bytes && new TextDecoder().decode(bytes);
  } catch (error) {
    if (/^\/proc\/\d+\//.test(path)) return undefined;
    throw error;
  }
}

function kibOf(info: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(info)?.[1] ?? NaN);
}
