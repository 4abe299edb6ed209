import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  byKeys,
  describe,
  Droverd,
  type Guest,
  guestXml,
  makeGuestDisk,
  type Sandbox,
  up,
} from '../sandbox/index.js';

const PROBE = fileURLToPath(new URL('./daemon-probe.js', import.meta.url));
const GUEST: Guest = { name: 'vm1', uuid: '00000001-0000-4000-8000-000000000001', cluster: 'bench' };
const NODE = 'bench1';
const IDLE_VMS = 50;
const IDLE_SECONDS = 30;
const FIGURES = {
  written: 'the wish written, by this program itself',
  step: 'wish written to holder recorded (first step)',
  spawned: 'wish written to QEMU there, all guards on',
  virsh: 'virsh create to QEMU there',
} as const;
/** Ticks a second of /proc/PID/stat. */
const TICKS = 100;

/** How quick a daemon is, and what it costs at rest, on a real cluster of one node. Prints its figures. */
export async function daemonStudy(runs: number): Promise<void> {
  const sandbox = await up(describe({ name: 'bench', clusters: [{ name: 'bench', nodes: 1, mgr: false }] }));
  try {
    await makeGuestDisk(sandbox, 'bench', GUEST.name);
    // As often as by default.
    await Droverd.start(sandbox, NODE, { keepalive: '5s', health: '15s' });
    await byKeys(sandbox, GUEST, 'define', NODE);
    const figures = await probe(sandbox, runs + 1);
    // The first start is told apart: it comes right after the definition, and nothing is warm.
    for (const [figure, what] of Object.entries(FIGURES)) {
      const [first, ...others] = figures[figure as keyof typeof FIGURES];
      print(`${what}, ${runs} starts`, others);
      console.log(`  the first one: ${(first ?? NaN).toFixed(0)} ms`);
    }
    await idle(sandbox);
  } finally {
    await sandbox.down();
  }
}

async function probe(sandbox: Sandbox, runs: number) {
  const cluster = sandbox.cluster('bench');
  const args = [cluster.connect, GUEST.uuid, guestXml(cluster, GUEST), String(runs)];
  const child = sandbox.spawnNode(NODE, PROBE, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([child.stdout === null ? '' : text(child.stdout), once(child, 'exit')]);
  return JSON.parse(output) as Readonly<Record<keyof typeof FIGURES, readonly number[]>>;
}

async function idle(sandbox: Sandbox): Promise<void> {
  for (let n = 2; n <= IDLE_VMS; n += 1) {
    const uuid = `${String(n).padStart(8, '0')}-0000-4000-8000-000000000001`;
    await byKeys(sandbox, { ...GUEST, name: `vm${n}`, uuid }, 'define', NODE);
  }
  await sleep(10_000);
  const before = await ticks(sandbox);
  await sleep(IDLE_SECONDS * 1000);
  const after = await ticks(sandbox);
  for (const [program, used] of after) {
    const percent = ((used - (before.get(program) ?? 0)) / TICKS / IDLE_SECONDS) * 100;
    console.log(
      `idle, ${IDLE_VMS} VMs defined, ${IDLE_SECONDS} s: ${program} ${percent.toFixed(2)} % of a core`,
    );
  }
}

/** Processor time of our programs on the node, with that of the children that have ended: the commands that they ran. */
async function ticks(sandbox: Sandbox): Promise<ReadonlyMap<string, number>> {
  const script = `for p in /proc/[0-9]*; do c=$(tr '\\0' ' ' <$p/cmdline 2>/dev/null); case "$c" in */daemon/*main.js*) echo "$c|$(cat $p/stat)";; esac; done`;
  const { stdout } = await sandbox.run(NODE, ['sh', '-c', script]);
  const found = stdout.split('\n').flatMap((line): [string, number][] => {
    const program = /daemon\/([\w-]*main)\.js/.exec(line)?.[1];
    // After the name in brackets: state, then utime, stime, cutime, cstime are fields 14 to 17.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (program === undefined) return [];
    const own = Number(fields[11]) + Number(fields[12]);
    const children = Number(fields[13]) + Number(fields[14]);
    return [
      [program === 'main' ? 'droverd' : program, own],
      [`${program === 'main' ? 'droverd' : program}: commands it ran`, children],
    ];
  });
  return new Map(found);
}

function print(what: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0).toFixed(0);
  console.log(
    `${what}: min ${at(0)} ms, median ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
  );
}
