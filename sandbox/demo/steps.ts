import { randomUUID } from 'node:crypto';
import {
  byKeys,
  chainOfDisk,
  compareChains,
  consolePath,
  describe,
  Droverd,
  type Guest,
  makeGuestDisk,
  readConsole,
  readImage,
  type Sandbox,
  until,
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
  /** Node → its daemon. */
  readonly daemons: Map<string, Droverd>;
}

const BOOT = { limitMs: 90_000 };

export function makeWorld(name: string, signal: AbortSignal, tell: (text: string) => void): World {
  const guest: Guest = { name: 'vm1', uuid: randomUUID(), cluster: 'east' };
  return { name, signal, guest, tell, sandbox: undefined, daemons: new Map() };
}

/** The demonstration, in order. */
export const STEPS: readonly Step[] = [
  { title: 'two clusters of two nodes: ZooKeeper, Ceph, libvirt, BMCs', run: bringUp },
  { title: 'droverd on every node of east: they elect a primary and count what runs', run: startDaemons },
  { title: 'a program writes keys: a VM is defined and started', run: startByKeys },
  { title: 'its console: a chain of hashes, one record in each sector', run: showConsole },
  { title: 'the program writes migrate-live: it moves to east2 while it writes', run: migrateByKeys },
  { title: 'the daemon of the primary is killed: the other takes over, the VM runs on', run: killPrimary },
  { title: 'QEMU is killed: droverd starts it again, and the chain goes on', run: killGuest },
  {
    title: 'the program writes shutdown; the chain, from the bytes of the image and the console',
    run: checkChain,
  },
  { title: 'east2 loses its power, by ipmitool: nothing of it is left running', run: powerOff },
];

async function bringUp(world: World): Promise<void> {
  world.sandbox = await up(describe({ name: world.name }), {
    signal: world.signal,
    onStep: (what, seconds) => world.tell(`${seconds.toFixed(1).padStart(5)} s  ${what}`),
  });
}

async function startDaemons(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  for (const node of ['east1', 'east2']) world.daemons.set(node, await Droverd.start(sandbox, node));
  for (const daemon of world.daemons.values()) await said(world, daemon, 'trust: the tree is trusted');
  world.tell(`${leaderOf(world).node} leads: every node has reported what runs on it, and trusts the tree`);
}

async function startByKeys(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  await makeGuestDisk(sandbox, 'east', world.guest.name);
  for (const verb of ['define', 'start'] as const)
    world.tell(`${verb}: ${(await byKeys(sandbox, world.guest, verb, 'east1')).stdout}`);
  await record(world, 10);
  world.tell(await sandbox.virsh('east1', 'list'));
}

async function showConsole(world: World): Promise<void> {
  const text = (await readIfThere(sandboxOf(world).outside(consolePath(world.guest)))) ?? '';
  for (const line of text.split(/\r*\n/).filter((one) => one.startsWith('drover-guest'))) world.tell(line);
}

async function migrateByKeys(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  const before = await record(world, 0);
  world.tell((await byKeys(sandbox, world.guest, 'migrate', 'east2')).stdout);
  const after = await record(world, (await record(world, 0)) + 10);
  const { problems } = await readConsole(sandbox, world.guest);
  if (problems.length > 0) throw new Error(problems.join('; '));
  world.tell(`records ${before} to ${after}: none lost, none repeated`);
  world.tell(await sandbox.virsh('east2', 'list'));
}

async function killPrimary(world: World): Promise<void> {
  const old = leaderOf(world);
  const [other] = [...world.daemons.values()].filter((daemon) => daemon !== old);
  if (other === undefined) throw new Error('there is no other daemon');
  const before = await record(world, 0);
  await old.kill();
  await said(world, other, 'election: this node leads');
  const after = await record(world, before + 5);
  world.tell(
    `${other.node} leads after ${old.node} was killed; the guest wrote records ${before} to ${after} meanwhile`,
  );
  world.daemons.set(old.node, await Droverd.start(sandboxOf(world), old.node));
}

async function killGuest(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  const last = await record(world, 0);
  await sandbox.faults.signalProcess('east2', `qemu-system.*${world.guest.uuid}`, 'KILL');
  await record(world, last + 10);
  const { boots } = await readConsole(sandbox, world.guest);
  world.tell(`last record before it died about ${last}; it booted at ${boots.at(-1) ?? 0}`);
}

async function checkChain(world: World): Promise<void> {
  const sandbox = sandboxOf(world);
  world.tell((await byKeys(sandbox, world.guest, 'shutdown')).stdout);
  const disk = chainOfDisk(await readImage(sandbox, 'east', world.guest.name));
  const problems = compareChains(disk, await readConsole(sandbox, world.guest));
  if (problems.length > 0) throw new Error(problems.join('; '));
  const boots = new Set(disk.records.map(({ boot }) => boot));
  world.tell(`${disk.records.length} records of ${boots.size} boots: no gap, no repeat, every hash right`);
}

async function powerOff(world: World): Promise<void> {
  const { faults } = sandboxOf(world);
  world.tell(await faults.power('east2', 'off'));
  world.tell(await faults.power('east2', 'status'));
}

/** Waits until a daemon has logged this. */
async function said(world: World, daemon: Droverd, text: string): Promise<void> {
  await until(`${daemon.node} to say "${text}"`, { ...BOOT, signal: world.signal }, () =>
    Promise.resolve(daemon.lines.some(({ msg }) => msg.startsWith(text))),
  );
}

/** The daemon that said last that it leads. */
function leaderOf(world: World): Droverd {
  const leads = [...world.daemons.values()].filter((daemon) => {
    const election = daemon.lines.filter(({ msg }) => msg.startsWith('election: ')).at(-1);
    return election?.msg.startsWith('election: this node leads') ?? false;
  });
  const [leader] = leads;
  if (leader === undefined) throw new Error('no daemon says that it leads');
  return leader;
}

/** Waits for record `k` on the console; returns the newest there. */
function record(world: World, k: number): Promise<number> {
  return waitForRecord(sandboxOf(world), world.guest, k, { ...BOOT, signal: world.signal });
}

function sandboxOf(world: World): Sandbox {
  if (world.sandbox === undefined) throw new Error('the sandbox is not up: the first step has to come first');
  return world.sandbox;
}
