import { fileURLToPath } from 'node:url';
import type { CommandResult } from '../../lib/ports/index.js';
import type { Ground } from '../ground.js';
import { type Guest, guestXml, imagesOf } from '../guest/index.js';

/** A program of twenty lines that knows nothing but keys, in the language of Debian's `python3-kazoo`. */
const PROGRAM = fileURLToPath(new URL('../../../sandbox/demo/by-keys.py', import.meta.url));
const LIMIT_MS = 180_000;

/** What the program can do: each returns when it has seen in the store that it is so. */
export type KeyVerb =
  | 'define'
  | 'start'
  | 'migrate'
  | 'shutdown'
  | 'task'
  | 'moved'
  | 'primary'
  | 'read'
  | 'write'
  | 'state'
  | 'tag'
  | 'untag'
  | 'flush'
  | 'list'
  | 'churn'
  | 'dump'
  | 'wipe'
  | 'restore';

/**
 * Lets the program act, by keys alone, on a guest (`define NODE`, `start NODE`, `migrate NODE`, `shutdown`, `state WORD`,
 * `tag NAME`, `untag NAME`, `churn COUNT`), by a task (`task ID [SECONDS]`, `moved ID BYTES`), on the cluster (`primary NAME [THEN]`, `flush NODE STATE`), on any key (`list PATH`, `read PATH`,
 * `write PATH VALUE`), or on the whole tree (`dump FILE`, `wipe`, `restore FILE`). COMMAND_FAILED says what it did not see.
 */
export function byKeys(
  sandbox: Ground,
  guest: Guest,
  verb: KeyVerb,
  ...words: readonly string[]
): Promise<CommandResult> {
  const cluster = sandbox.cluster(guest.cluster);
  const names = verb === 'define' ? [guest.name, imagesOf(guest).join(',')] : [];
  const command = ['/usr/bin/python3', PROGRAM, cluster.connect, guest.uuid, verb, ...names, ...words];
  const from = cluster.nodes[0]?.name ?? '';
  return sandbox.run(from, command, { input: guestXml(cluster, guest), limitMs: LIMIT_MS });
}
