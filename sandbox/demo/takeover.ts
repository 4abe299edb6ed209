import { changeData, MIB } from './data.js';
import { tellOfPeer } from './peers.js';
import { same } from './sums.js';
import { type Mirrored, mib, seconds } from './transfer.js';
import type { Step, World } from './world.js';

/** A task outlives who works at it. */
export const TAKEOVER: readonly Step[] = [
  {
    title: 'the daemon of the primary is killed in the middle of a mirror: the other node goes on',
    run: cut,
  },
];

/** So slow that there is a middle. */
const LIMIT = '12MiB/s';
const CHANGED_MIB = 96;
const MIDDLE = 24 * MIB;

interface Status {
  readonly attempt: number;
  readonly node?: string;
}

async function cut(world: World): Promise<void> {
  const east = world.fleet('east');
  await tellOfPeer(world, 'east', LIMIT);
  await changeData(world, { kind: 'write', atMiB: 64, lengthMiB: CHANGED_MIB });
  const old = await east.primary();
  const task = await world.ask('east', 'vm', 'mirror', 'create', world.guest.name, 'west');
  const seen = await world.keys('moved', task, String(MIDDLE));
  await east.daemons.get(old)?.kill();
  const began = performance.now();
  const next = await east.primary(old);
  const led = performance.now() - began;
  const [attempt = 0, done = 0, total = 0] = seen.split(/\s+/).map(Number);
  world.figure(
    `primary killed after ${mib(done)} of ${mib(total)}: ${next} leads ${seconds(led)} later, and the task goes on`,
  );
  const { point } = await world.end<Mirrored>('east', task);
  const last = JSON.parse(await world.keys('read', `/drover/tasks/${task}/status`)) as Status;
  if (last.attempt !== attempt + 1) throw new Error(`${task} has ended with attempt ${last.attempt}`);
  world.tell(`that was attempt ${last.attempt} of the same task, on ${last.node ?? 'no node'}`);
  await same(world, point);
  await east.daemons.get(old)?.start(world.signal);
}
