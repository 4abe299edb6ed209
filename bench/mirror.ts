import { fileURLToPath } from 'node:url';
import { makeGuestDisk, waitForRecord } from '../sandbox/index.js';
import { spread } from './harness.js';
import { atOnce, NODES, type Side, TransferSite } from './transfer-site.js';

const SHIP_PROBE = fileURLToPath(new URL('./ship-probe.js', import.meta.url));
const MIB = 1024 ** 2;
/** More would only fill the disks of the sandbox. */
const MOST_RUNS = 3;
const UNITS = ['32', '64', '128', '256', '1024'];

interface Sent {
  readonly bytes: number;
  readonly ms: number;
}

/** How fast points move between two real clusters, each time beside plain `rbd` in the same minute. Prints its figures. */
export async function mirrorStudy(wanted: number): Promise<void> {
  const runs = Math.min(wanted, MOST_RUNS);
  const site = await TransferSite.up();
  try {
    await oneDisk(site, runs);
    await fourDisks(site, runs);
    await thin(site);
    await units(site, runs);
    await fourVms(site);
    await running(site, runs);
    for (const side of ['east', 'west'] as const)
      for (const [program, { peakMiB, cpuS }] of await site.programs(side))
        console.log(
          `${side} ${program}: at most ${peakMiB.toFixed(0)} MiB, ${cpuS.toFixed(1)} s of processor`,
        );
  } finally {
    await site.down();
  }
}

async function oneDisk(site: TransferSite, runs: number): Promise<void> {
  await site.sh('east', 'rbd create --size 512M vms/one');
  await site.write('one', '512M', '4M', 'seq');
  await site.define('one', 1, ['one']);
  await site.sh('east', 'rbd snap create --no-progress vms/one@raw0');
  const full = await alternate(
    runs,
    async () => {
      await site.wipe('one');
      return await mirrored(site, 'one');
    },
    async () => {
      await site.wipe('raw');
      await site.make('512M', 'raw');
      return await site.raw(pipe(site, 'one@raw0', 'raw'));
    },
  );
  tell('full, 1 disk of 512 MiB', full);
  let last = 0;
  const delta = await alternate(
    runs,
    () => mirrored(site, 'one'),
    async () => {
      last += 1;
      await site.sh('east', `rbd snap create --no-progress vms/one@raw${last}`);
      return await site.raw(pipe(site, `one@raw${last}`, 'raw', `raw${last - 1}`));
    },
    () => site.write('one', '64M', '64K', 'rand'),
  );
  tell('delta, 1 disk, 64 MiB in pieces of 64 KiB', delta);
  await site.wipe('one', 'raw');
}

async function fourDisks(site: TransferSite, runs: number): Promise<void> {
  const images = ['a', 'b', 'c', 'd'].map((letter) => `four-${letter}`);
  for (const image of images) {
    await site.sh('east', `rbd create --size 128M vms/${image}`);
    await site.write(image, '128M', '4M', 'seq');
    await site.sh('east', `rbd snap create --no-progress vms/${image}@raw`);
  }
  await site.define('four', 2, images);
  const fresh = async () => {
    await site.wipe(...images, ...images.map((image) => `raw-${image}`));
    await site.make('128M', ...images.map((image) => `raw-${image}`));
  };
  const pipes = images.map((image) => pipe(site, `${image}@raw`, `raw-${image}`));
  const inTurn: number[] = [];
  const both = await alternate(
    runs,
    () => mirrored(site, 'four'),
    async () => {
      inTurn.push(await site.raw(pipes.join(' && ')));
      await fresh();
      return await site.raw(atOnce(pipes));
    },
    fresh,
  );
  tell('full, 4 disks of 128 MiB, beside 4 pipes at once', both);
  console.log(
    `  4 pipes in turn: ${shown(inTurn)}; ratio ${ratio(
      both.ours.map(({ sent }) => sent.ms),
      inTurn,
    )}`,
  );
  await site.wipe(...images, ...images.map((image) => `raw-${image}`));
}

async function thin(site: TransferSite): Promise<void> {
  await site.sh('east', 'rbd create --size 64G vms/thin');
  await site.write('thin', '64M', '4M', 'rand');
  await site.define('thin', 3, ['thin']);
  const first = await mirrored(site, 'thin');
  const used = /"used_size":(\d+)/.exec(await site.sh('west', 'rbd du --format json vms/thin'))?.[1];
  await site.write('thin', '16M', '4M', 'rand');
  const second = await mirrored(site, 'thin');
  await site.sh('east', 'rbd snap create --no-progress vms/thin@raw');
  await site.make('64G', 'raw');
  const raw = await site.raw(pipe(site, 'thin@raw', 'raw'));
  const verified = await site.task('east', '/vm/thin/mirror/verify');
  console.log(
    `thin, 64 GiB with 64 MiB: full ${seconds(first.whole)} (transfer ${seconds(first.sent.ms)}), 16 MiB more ${seconds(second.whole)} (transfer ${seconds(second.sent.ms)}), one pipe of all ${seconds(raw)}; there ${mebibytes(Number(used))} are used; verify ${seconds(verified.ms)}`,
  );
  await site.wipe('thin', 'raw');
}

/** What the size of a unit costs: one `import-diff` each. */
async function units(site: TransferSite, runs: number): Promise<void> {
  const { conf, keyring } = site.westAccess;
  const took = new Map<string, number[]>([
    ['pipe', []],
    ...UNITS.map((unit) => [unit, []] as [string, number[]]),
  ]);
  for (let run = 0; run < runs; run += 1) {
    await site.wipe('raw');
    await site.make('512M', 'raw');
    took.get('pipe')?.push(await site.raw(pipe(site, 'one@raw0', 'raw')));
    const args = [conf, keyring, 'one', 'raw0', String(512 * MIB), 'raw', ...UNITS];
    const said = JSON.parse(await site.program('east', SHIP_PROBE, args)) as Record<string, number>;
    for (const [unit, ms] of Object.entries(said)) took.get(unit)?.push(ms);
  }
  console.log(
    `512 MiB by the engine alone, into an image that has it: the pipe ${shown(took.get('pipe') ?? [])}`,
  );
  for (const unit of UNITS)
    console.log(
      `  units of ${unit} MiB: ${shown(took.get(unit) ?? [])}; ratio ${ratio(took.get(unit) ?? [], took.get('pipe') ?? [])}`,
    );
  await site.wipe('raw');
}

async function fourVms(site: TransferSite): Promise<void> {
  const vms = ['m1', 'm2', 'm3', 'm4'];
  for (const [at, vm] of vms.entries()) {
    await site.sh('east', `rbd create --size 128M vms/${vm}`);
    await site.write(vm, '128M', '4M', 'seq');
    await site.sh('east', `rbd snap create --no-progress vms/${vm}@raw`);
    await site.define(vm, 10 + at, [vm], 'nightly', 'automirror');
  }
  const backup = await site.task('east', '/vm/autobackup', { force_full: 'true' });
  const exported = await site.raw(
    vms.map((vm) => `rbd export --no-progress vms/${vm}@raw /srv/raw/${vm}`).join(' && '),
  );
  console.log(
    `autobackup, 4 VMs of 128 MiB: ${seconds(backup.ms)}; 4 times \`rbd export\` ${seconds(exported)}; ratio ${(exported / backup.ms).toFixed(2)}`,
  );
  const mirror = await site.task('east', '/vm/automirror');
  await site.make('128M', ...vms.map((vm) => `raw-${vm}`));
  const piped = await site.raw(vms.map((vm) => pipe(site, `${vm}@raw`, `raw-${vm}`)).join(' && '));
  console.log(
    `automirror, 4 VMs of 128 MiB: ${seconds(mirror.ms)}; 4 pipes in turn ${seconds(piped)}; ratio ${(piped / mirror.ms).toFixed(2)}`,
  );
  await site.wipe(...vms, ...vms.map((vm) => `raw-${vm}`));
}

async function running(site: TransferSite, runs: number): Promise<void> {
  await makeGuestDisk(site.sandbox, 'east', 'guest');
  const guest = await site.define('guest', 20, ['guest']);
  await site.drover('east', 'vm', 'start', 'guest', '--wait');
  await waitForRecord(site.sandbox, guest, 5);
  for (const consistency of ['frozen', 'paused', 'crash']) {
    const whole: number[] = [];
    const still: number[] = [];
    const raw: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const name = `s${consistency}${run}`;
      raw.push(await site.raw(`rbd snap create --no-progress vms/guest@raw${name}`));
      const taken = await site.task('east', '/vm/guest/snapshot', { snapshot_name: name, consistency });
      whole.push(taken.ms);
      const { pausedMs } = taken.result as { readonly pausedMs?: number };
      if (pausedMs !== undefined) still.push(pausedMs);
    }
    console.log(
      `snapshot of a running VM, ${consistency}: ${shown(whole)}; \`rbd snap create\` ${shown(raw)}${still.length === 0 ? '' : `; the guest stands still for ${shown(still)}`}`,
    );
  }
  await mirrored(site, 'guest');
  for (const [from, to] of [
    ['east', 'west'],
    ['west', 'east'],
  ] as const) {
    const { ms, result } = await site.task(from, '/vm/guest/mirror/promote');
    const split = Object.entries(result as Readonly<Record<string, unknown>>).filter(([name]) =>
      name.endsWith('Ms'),
    );
    console.log(
      `promote of a running VM, ${NODES[from]} to ${NODES[to]}: ${seconds(ms)}; ${split.map(([name, of]) => `${name} ${String(of)}`).join(', ')}`,
    );
  }
}

function pipe(site: TransferSite, from: string, to: string, since?: string): string {
  const after = since === undefined ? '' : `--from-snap ${since} `;
  return `rbd export-diff --no-progress ${after}vms/${from} - | ${site.westRbd} import-diff --no-progress - vms/${to}`;
}

interface Ours {
  /** From the request to the end of the task, the point included. */
  readonly whole: number;
  readonly sent: Sent;
  /** Of the Node programs of both sides. */
  readonly cpuS: number;
}

async function mirrored(site: TransferSite, vm: string): Promise<Ours> {
  const before = await cpu(site);
  const { ms, result } = await site.task('east', `/vm/${vm}/mirror/create`);
  return { whole: ms, sent: result as Sent, cpuS: (await cpu(site)) - before };
}

async function cpu(site: TransferSite): Promise<number> {
  const sides: readonly Side[] = ['east', 'west'];
  const all = await Promise.all(sides.map((side) => site.programs(side)));
  return all.flatMap((programs) => [...programs.values()]).reduce((sum, { cpuS }) => sum + cpuS, 0);
}

interface Both {
  readonly ours: readonly Ours[];
  readonly raw: readonly number[];
}

async function alternate(
  runs: number,
  ours: () => Promise<Ours>,
  raw: () => Promise<number>,
  before: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Both> {
  const both: { ours: Ours[]; raw: number[] } = { ours: [], raw: [] };
  for (let run = 0; run < runs; run += 1) {
    await before();
    // Each side goes first in every other round.
    if (run % 2 === 1) both.raw.push(await raw());
    both.ours.push(await ours());
    if (run % 2 === 0) both.raw.push(await raw());
  }
  return both;
}

function tell(what: string, { ours, raw }: Both): void {
  const sent = ours.map((one) => one.sent.ms);
  const whole = ours.map((one) => one.whole);
  const gibibytes = ours.reduce((sum, one) => sum + one.sent.bytes, 0) / 1024 ** 3;
  const cpuS = ours.reduce((sum, one) => sum + one.cpuS, 0);
  console.log(`${what}, ${ours.length} runs`);
  console.log(`  transfer ${shown(sent)}; the pipe ${shown(raw)}; ratio ${ratio(sent, raw)}`);
  console.log(`  whole task ${shown(whole)}; ratio ${ratio(whole, raw)}`);
  console.log(`  processor of Node, both sides: ${(cpuS / gibibytes).toFixed(2)} s a GiB`);
}

/** Speed of ours as a share of the raw one's: above 1, ours is faster. */
function ratio(ours: readonly number[], raw: readonly number[]): string {
  return (spread(raw).median / spread(ours).median).toFixed(2);
}

function shown(values: readonly number[]): string {
  const { min, median, max } = spread(values);
  return `${seconds(median)} (${seconds(min)} to ${seconds(max)})`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
