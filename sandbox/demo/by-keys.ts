import { fileURLToPath } from 'node:url';
import type { CommandResult } from '../../lib/ports/index.js';
import type { Ground } from '../ground.js';
import { type Guest, guestXml } from '../guest/index.js';

/** A program of twenty lines that knows nothing but keys, in the language of Debian's `python3-kazoo`. */
const PROGRAM = fileURLToPath(new URL('../../../sandbox/demo/by-keys.py', import.meta.url));
const LIMIT_MS = 180_000;

/**
 * Lets the program act: `define NODE`, `start NODE`, `migrate NODE` or `shutdown` on a guest, or `task ID`, which asks for a
 * task that takes two seconds. Returns when it has seen in the store that it is so; COMMAND_FAILED says what it did not see.
 */
export function byKeys(
  sandbox: Ground,
  guest: Guest,
  verb: 'define' | 'start' | 'migrate' | 'shutdown' | 'task',
  word?: string,
): Promise<CommandResult> {
  const cluster = sandbox.cluster(guest.cluster);
  const names = verb === 'define' ? [guest.name, guest.images?.[0] ?? guest.name] : [];
  const words = [...names, ...(word === undefined ? [] : [word])];
  const command = ['/usr/bin/python3', PROGRAM, cluster.connect, guest.uuid, verb, ...words];
  const from = cluster.nodes[0]?.name ?? '';
  return sandbox.run(from, command, { input: guestXml(cluster, guest), limitMs: LIMIT_MS });
}
