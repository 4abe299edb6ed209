import { consolePath, makeGuestDisk, readConsole } from '../index.js';
import { makeDataDisk } from './data.js';
import { readIfThere } from '../files.js';
import type { Step, World } from './world.js';

/** A VM, by keys alone. */
export const LIFE: readonly Step[] = [
  { title: 'a program writes keys: a VM is defined and started', run: startByKeys },
  { title: 'its console: a chain of hashes, one record in each sector', run: showConsole },
  { title: 'the program writes migrate-live: it moves to east2 while it writes', run: migrateByKeys },
];

/** Of the many lines of its console. */
const SHOWN_LINES = 4;

async function startByKeys(world: World): Promise<void> {
  await makeGuestDisk(world.sandbox, 'east', world.guest.name);
  await makeDataDisk(world);
  for (const verb of ['define', 'start'] as const) world.tell(`${verb}: ${await world.keys(verb, 'east1')}`);
  await world.record(10);
  world.tell(await world.sandbox.virsh('east1', 'list'));
}

async function showConsole(world: World): Promise<void> {
  const text = (await readIfThere(world.sandbox.outside(consolePath(world.guest)))) ?? '';
  const lines = text.split(/\r*\n/).filter((line) => line.startsWith('drover-guest'));
  for (const line of lines.slice(0, SHOWN_LINES)) world.tell(line);
  world.tell(`… ${lines.length} lines until now`);
}

async function migrateByKeys(world: World): Promise<void> {
  const before = await world.record(0);
  world.tell(await world.keys('migrate', 'east2'));
  const after = await world.record((await world.record(0)) + 10);
  const { problems } = await readConsole(world.sandbox, world.guest);
  if (problems.length > 0) throw new Error(problems.join('; '));
  world.tell(`records ${before} to ${after}: none lost, none repeated`);
  world.tell(await world.sandbox.virsh('east2', 'list'));
}
