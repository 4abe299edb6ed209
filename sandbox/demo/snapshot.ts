import type { Step, World } from './world.js';

/** A point that one can come back to. */
export const SNAPSHOT: readonly Step[] = [
  { title: 'a snapshot of the running VM: both disks at one instant, frozen by its guest agent', run: take },
];

async function take(world: World): Promise<void> {
  const { name } = world.guest;
  const before = await world.record(0);
  await world.show('east', 'vm', 'snapshot', 'create', name, 'before');
  world.tell(`the guest goes on: records ${before} to ${await world.record(before + 5)}`);
  await world.show('east', 'vm', 'snapshot', 'list', name);
}
