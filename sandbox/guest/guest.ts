import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../lib/core/index.js';
import { readIfThere, write } from '../files.js';
import type { Ground } from '../ground.js';
import { INSIDE } from '../layout.js';
import { until, type WaitOptions } from '../wait.js';
import { chainOfConsole, type ConsoleReport } from './chain.js';
import { consolePath, type Guest, guestXml } from './domain.js';

/** Starts a guest on a node as a transient domain; its images exist already. */
export async function startGuest(ground: Ground, node: string, guest: Guest): Promise<void> {
  const name = `domain-${randomUUID()}.xml`;
  const file = join(ground.directory, name);
  try {
    await write(file, guestXml(ground.cluster(guest.cluster), guest));
    await ground.virsh(node, 'create', `${INSIDE}/${name}`);
  } finally {
    await rm(file, { force: true });
  }
}

/** Live-migrates a guest between two nodes of its cluster. */
export async function migrateGuest(ground: Ground, guest: Guest, from: string, to: string): Promise<void> {
  const target = `qemu+tcp://${ground.node(to).address}/system`;
  await ground.run(from, ['virsh', '-q', 'migrate', '--live', guest.name, target], {
    limitMs: LIMITS.migrationStallMs,
  });
}

/** What the guest's console says of its chain. */
export async function readConsole(ground: Ground, guest: Guest): Promise<ConsoleReport> {
  return chainOfConsole((await readIfThere(ground.outside(consolePath(guest)))) ?? '');
}

/** Waits until the console shows record `k` or a later one; returns the newest record shown. */
export function waitForRecord(
  ground: Ground,
  guest: Guest,
  k: number,
  options: WaitOptions = { limitMs: 60_000 },
): Promise<number> {
  return until(`record ${k} of guest ${guest.name}`, options, async () => {
    const { hashes } = await readConsole(ground, guest);
    const newest = [...hashes.keys()].at(-1) ?? 0;
    return newest >= k ? newest : undefined;
  });
}
