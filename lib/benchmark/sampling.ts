import type { Clock, Files } from '../ports/index.js';
import {
  CEPH_DAEMONS,
  type CephDaemon,
  type Counters,
  interfaceTo,
  type MemoryUse,
  readCounters,
  readMemory,
} from './counters.js';

/** What a node was busy with over some time, in PVC's words: percent of the whole machine, bits a second. */
export interface NodeAverages {
  readonly avg_cpu_util_percent: Readonly<Record<CephDaemon | 'total', number>>;
  readonly avg_memory_util_percent: Readonly<Record<CephDaemon | 'total', number>>;
  readonly avg_network_util_bps: { readonly sent: number; readonly recv: number; readonly total: number };
  /** How long it was looked at, in seconds. */
  readonly seconds: number;
  /** The interface whose traffic it is; undefined: all but the loopback. */
  readonly interface?: string;
}

export interface SamplingWorld {
  readonly files: Files;
  readonly clock: Clock;
  /** The node's own address towards Ceph. */
  readonly storageAddress: string | undefined;
}

const SAMPLE_MS = 1_000;

/**
 * Looks at this node until `over` aborts: processors and network by the difference of what the kernel counts at both ends,
 * which no sampling can bend; memory, which is not counted, by a look each second, the first and the last included.
 */
export async function sampleUntil(
  { files, clock, storageAddress }: SamplingWorld,
  over: AbortSignal,
): Promise<NodeAverages> {
  const name = await interfaceTo(files, storageAddress);
  const from = { at: clock.monotonic(), counters: await readCounters(files, name) };
  const memory = [await readMemory(files)];
  while (!over.aborted) {
    await clock.sleep(SAMPLE_MS, over).catch((error: unknown) => {
      if (!over.aborted) throw error;
    });
    memory.push(await readMemory(files));
  }
  const to = { at: clock.monotonic(), counters: await readCounters(files, name) };
  return averages(from, to, memory, name);
}

/** The averages between two looks. */
export function averages(
  from: { readonly at: number; readonly counters: Counters },
  to: { readonly at: number; readonly counters: Counters },
  memory: readonly MemoryUse[],
  name: string | undefined,
): NodeAverages {
  const seconds = (to.at - from.at) / 1_000;
  const [before, after] = [from.counters, to.counters];
  const ticks = after.cpu.total - before.cpu.total;
  const percent = (part: number) => (ticks > 0 ? rounded((part / ticks) * 100) : 0);
  const bps = (bytes: number) => (seconds > 0 ? rounded((bytes * 8) / seconds) : 0);
  const sent = after.network.sent - before.network.sent;
  const received = after.network.received - before.network.received;
  const mean = (what: CephDaemon | 'total') =>
    rounded((memory.reduce((sum, one) => sum + one[what], 0) / Math.max(1, memory.length)) * 100);
  const each = (of: (daemon: CephDaemon) => number) =>
    Object.fromEntries(CEPH_DAEMONS.map((daemon) => [daemon, of(daemon)])) as Record<CephDaemon, number>;
  return {
    avg_cpu_util_percent: {
      total: percent(after.cpu.busy - before.cpu.busy),
      ...each((daemon) => percent(ticksOf(daemon, before, after))),
    },
    avg_memory_util_percent: { total: mean('total'), ...each(mean) },
    avg_network_util_bps: { sent: bps(sent), recv: bps(received), total: bps(sent + received) },
    seconds: rounded(seconds),
    ...(name === undefined ? {} : { interface: name }),
  };
}

/** Of all processes of a daemon: one that began meanwhile counts from its beginning, one that ended is not seen. */
function ticksOf(daemon: CephDaemon, before: Counters, after: Counters): number {
  return [...after.processes].reduce(
    (sum, [pid, process]) =>
      process.daemon === daemon ? sum + process.ticks - (before.processes.get(pid)?.ticks ?? 0) : sum,
    0,
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
