import { changeData, MIB, usedBytes } from './data.js';
import { introduce } from './peers.js';
import { rawPipe } from './pipe.js';
import { same } from './sums.js';
import { mib, type Mirrored, rate, seconds } from './transfer.js';
import { DATA, type Step, type World } from './world.js';

/** A copy of the VM on another cluster. */
export const MIRROR: readonly Step[] = [
  { title: 'each cluster is told of the other, and 192 MiB are written to the VM', run: prepare },
  {
    title: 'the running VM is mirrored from east to west, all of it; then by a bare pipe of `rbd`',
    run: full,
  },
  { title: '16 MiB are written and 16 MiB discarded: only what changed is sent, and verified', run: delta },
  { title: 'the copy does not start: there is one active VM', run: refuse },
];

/** What was written before. */
const DISCARDED_MIB = 16;

async function prepare(world: World): Promise<void> {
  await Promise.all([introduce(world), changeData(world, { kind: 'write', atMiB: 32, lengthMiB: 192 })]);
}

async function full(world: World): Promise<void> {
  const sent = await send(world, 'mirror, full');
  await world.show('east', 'vm', 'mirror', 'list');
  await world.show('west', 'vm', 'mirror', 'list');
  const rawMs = await rawPipe(world, sent.point);
  const ratio = (sent.ms / rawMs).toFixed(2);
  world.figure(
    `the bare pipe of rbd: ${seconds(rawMs)}; the mirror, with checks and commit, takes ${ratio} times that`,
  );
}

async function delta(world: World): Promise<void> {
  const before = await usedBytes(world, 'west');
  await changeData(
    world,
    { kind: 'write', atMiB: 64, lengthMiB: 16 },
    { kind: 'discard', atMiB: 128, lengthMiB: DISCARDED_MIB },
  );
  await send(world, 'mirror, what changed');
  const after = await usedBytes(world, 'west');
  world.tell(`on west ${DATA} takes ${mib(after)}, and took ${mib(before)} before`);
  if (before - after !== DISCARDED_MIB * MIB) throw new Error('what was discarded is not free on west');
  await world.show('east', 'vm', 'mirror', 'verify', world.guest.name, 'west');
}

async function refuse(world: World): Promise<void> {
  await world.refused('west', 'vm', 'start', world.guest.name);
}

/** Sends the VM as it is now, and compares it there. */
async function send(world: World, what: string): Promise<Mirrored> {
  const before = await world.record(0);
  const { name } = world.guest;
  const sent = await world.task<Mirrored>('east', 'vm', 'mirror', 'create', name, 'west');
  world.tell(`the guest wrote records ${before} to ${await world.record(before + 1)} meanwhile`);
  world.figure(`${what}: ${rate(sent)}`);
  await same(world, sent.point);
  return sent;
}
