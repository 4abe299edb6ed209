import { chainOfDisk, compareChains, readConsole, readImage, until } from '../index.js';
import { seconds } from './transfer.js';
import type { Step, World } from './world.js';

/** The VM moves to the other cluster, and comes back. */
export const PROMOTE: readonly Step[] = [
  {
    title: 'promote: the VM is handed over to west, where its chain goes on; east is the mirror now',
    run: (world) => handOver(world, 'east', 'west'),
  },
  { title: 'promote: it comes back to east', run: (world) => handOver(world, 'west', 'east') },
];

/** How long the guest was down, as the task says. */
interface HandedOver {
  readonly shutdownMs: number;
  readonly lastDeltaMs: number;
  readonly activateMs: number;
  readonly startMs: number;
  readonly downMs: number;
}

async function handOver(world: World, from: string, to: string): Promise<void> {
  const { sandbox, guest } = world;
  const { boots } = await readConsole(sandbox, guest);
  const split = await world.task<HandedOver>(from, 'vm', 'mirror', 'promote', guest.name, to, '-y');
  const { downMs, shutdownMs, lastDeltaMs, activateMs, startMs } = split;
  world.figure(
    `promote to ${to}: the VM was down ${seconds(downMs)}: ${seconds(shutdownMs)} to shut down, ` +
      `${seconds(lastDeltaMs)} to send the rest, ${seconds(activateMs)} to activate, ${seconds(startMs)} to start`,
  );
  const first = await until('the guest to boot', { limitMs: 90_000, signal: world.signal }, async () => {
    const now = (await readConsole(sandbox, guest)).boots;
    return now.length > boots.length && now.at(-1);
  });
  await world.record(first + 10);
  await checkChain(world, to, first);
  for (const cluster of [to, from]) await world.show(cluster, 'vm', 'mirror', 'list');
}

/** What the guest has told until now is on the disk there, each record once, in its order. */
async function checkChain(world: World, to: string, first: number): Promise<void> {
  const { sandbox, guest } = world;
  // The console first: what it tells is on the disk already.
  const console = await readConsole(sandbox, guest);
  const disk = chainOfDisk(await readImage(sandbox, to, guest.name));
  const problems = compareChains(disk, console);
  if (problems.length > 0) throw new Error(problems.join('; '));
  world.tell(
    `its disk on ${to}: records 1 to ${disk.records.length}, every hash right; it went on there with ${first}`,
  );
}
