import { randomUUID } from 'node:crypto';
import {
  chainOfDisk,
  compareChains,
  consolePath,
  describe,
  type Guest,
  makeGuestDisk,
  migrateGuest,
  readConsole,
  readImage,
  type Sandbox,
  startGuest,
  up,
  waitForRecord,
} from '../index.js';
import { readIfThere } from '../files.js';

/** One step of the demonstration: what it is called, and what it does. It throws when something is not as it says. */
export interface Step {
  readonly title: string;
  run(world: World): Promise<void>;
}

/** What the steps hand on to each other. */
export interface World {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly guest: Guest;
  tell(text: string): void;
  /** Set by the first step. */
  sandbox: Sandbox | undefined;
}

const BOOT = { limitMs: 90_000 };

export function makeWorld(name: string, signal: AbortSignal, tell: (text: string) => void): World {
  const guest: Guest = { name: 'vm1', uuid: randomUUID(), cluster: 'east' };
  return { name, signal, guest, tell, sandbox: undefined };
}

/** The demonstration, in order. */
export const STEPS: readonly Step[] = [
  { title: 'two clusters of two nodes: ZooKeeper, Ceph, libvirt, BMCs', run: bringUp },
  { title: 'a guest with an RBD disk boots on east1', run: bootGuest },
  { title: 'its console: a chain of hashes, one record in each sector', run: showConsole },
  { title: 'live migration to east2 while it writes', run: migrate },
  { title: 'east2 loses its power, by ipmitool', run: powerOff },
  { title: 'the guest starts on east1 and goes on where its disk ended', run: restart },
  { title: 'the chain, from the bytes of the image and from the console', run: checkChain },
];

async function bringUp(world: World): Promise<void> {
  world.sandbox = await up(describe({ name: world.name }), {
    signal: world.signal,
    onStep: (what, seconds) => world.tell(`${seconds.toFixed(1).padStart(5)} s  ${what}`),
  });
}

async function bootGuest(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  await makeGuestDisk(sandbox, 'east', world.guest.name);
  await startGuest(sandbox, 'east1', world.guest);
  await record(world, 10);
  world.tell(await sandbox.virsh('east1', 'list'));
}

async function showConsole(world: World): Promise<void> {
  const text = (await readIfThere(sandboxOf(world).outside(consolePath(world.guest)))) ?? '';
  for (const line of text.split(/\r*\n/).filter((one) => one.startsWith('drover-guest'))) world.tell(line);
}

async function migrate(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  const before = await record(world, 0);
  await migrateGuest(sandbox, world.guest, 'east1', 'east2');
  const after = await record(world, (await record(world, 0)) + 10);
  const { problems } = await readConsole(sandbox, world.guest);
  if (problems.length > 0) throw new Error(problems.join('; '));
  world.tell(`records ${before} to ${after}: none lost, none repeated`);
  world.tell(await sandbox.virsh('east2', 'list'));
}

async function powerOff(world: World): Promise<void> {
  const { faults } = sandboxOf(world);
  world.tell(await faults.power('east2', 'off'));
  world.tell(await faults.power('east2', 'status'));
}

async function restart(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  const last = await record(world, 0);
  await startGuest(sandbox, 'east1', world.guest);
  await record(world, last + 10);
  const { boots } = await readConsole(sandbox, world.guest);
  world.tell(`last record on the console ${last}, boot at ${boots.at(-1) ?? 0}`);
  world.tell(await sandbox.faults.power('east2', 'on'));
  await sandbox.nodeReady('east2', world.signal);
}

async function checkChain(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  await sandbox.virsh('east1', 'destroy', world.guest.name);
  const disk = chainOfDisk(await readImage(sandbox, 'east', world.guest.name));
  const problems = compareChains(disk, await readConsole(sandbox, world.guest));
  if (problems.length > 0) throw new Error(problems.join('; '));
  const boots = new Set(disk.records.map(({ boot }) => boot));
  world.tell(`${disk.records.length} records of ${boots.size} boots: no gap, no repeat, every hash right`);
}

/** Waits for record `k` on the console; returns the newest there. */
function record(world: World, k: number): Promise<number> {
  return waitForRecord(sandboxOf(world), world.guest, k, { ...BOOT, signal: world.signal });
}

function sandboxOf(world: World): Sandbox {
  if (world.sandbox === undefined) throw new Error('the sandbox is not up: the first step has to come first');
  return world.sandbox;
}
