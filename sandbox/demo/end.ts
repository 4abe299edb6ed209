import { chainOfDisk, compareChains, readConsole, readImage, until } from '../index.js';
import type { Step, World } from './world.js';

/** What the guest wrote through all of it, and a power cut. */
export const END: readonly Step[] = [
  {
    title: 'the program writes shutdown; the chain, from the bytes of the image and the console',
    run: checkChain,
  },
  { title: 'east2 loses its power, by ipmitool, and gets it back: droverd comes with it', run: cutPower },
];

async function checkChain(world: World): Promise<void> {
  const { sandbox, guest } = world;
  world.tell(await world.keys('shutdown'));
  const disk = chainOfDisk(await readImage(sandbox, guest.cluster, guest.name));
  const problems = compareChains(disk, await readConsole(sandbox, guest));
  if (problems.length > 0) throw new Error(problems.join('; '));
  const boots = new Set(disk.records.map(({ boot }) => boot));
  world.tell(`${disk.records.length} records of ${boots.size} boots: no gap, no repeat, every hash right`);
}

async function cutPower(world: World): Promise<void> {
  const { sandbox } = world;
  const east = world.fleet('east');
  world.tell(await sandbox.faults.power('east2', 'off'));
  await lives(world, false);
  world.tell(`its session is over; ${await east.primary('east2')} leads`);
  world.tell(await sandbox.faults.power('east2', 'on'));
  await lives(world, true);
  await world.show('east', 'node', 'list');
}

/** Waits until the daemon of east2 has a session, or none. */
async function lives(world: World, wanted: boolean): Promise<void> {
  const what = `the session of east2 to ${wanted ? 'begin' : 'end'}`;
  await until(what, { limitMs: 60_000, signal: world.signal }, async () => {
    const sessions = await world.keys('list', '/drover/sessions');
    return sessions.split('\n').includes('east2') === wanted;
  });
}
