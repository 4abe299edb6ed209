import { readConsole } from '../index.js';
import type { Step, World } from './world.js';

/** What dies, and goes on. */
export const DEATHS: readonly Step[] = [
  { title: 'the daemon of the primary is killed: the other takes over, the VM runs on', run: killPrimary },
  { title: 'QEMU is killed: droverd starts it again, and the chain goes on', run: killGuest },
];

async function killPrimary(world: World): Promise<void> {
  const fleet = world.fleet('east');
  const old = await fleet.primary();
  const before = await world.record(0);
  await fleet.daemons.get(old)?.kill();
  const next = await fleet.primary(old);
  const after = await world.record(before + 5);
  world.tell(
    `${next} leads after ${old} was killed; the guest wrote records ${before} to ${after} meanwhile`,
  );
  await fleet.daemons.get(old)?.start(world.signal);
}

async function killGuest(world: World): Promise<void> {
  const { sandbox, guest } = world;
  const last = await world.record(0);
  await sandbox.faults.signalProcess('east2', `qemu-system.*${guest.uuid}`, 'KILL');
  await world.record(last + 10);
  const { boots } = await readConsole(sandbox, guest);
  world.tell(`last record before it died about ${last}; it booted at ${boots.at(-1) ?? 0}`);
}
