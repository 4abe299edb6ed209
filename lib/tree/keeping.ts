import type { DocumentKind } from '../../schemas/index.js';
import { parsePath } from './parse.js';

/** Documents that live and die with a session of the store. */
const EPHEMERAL: ReadonlySet<DocumentKind> = new Set(['session', 'census', 'leader', 'term', 'task-claim']);

/** Documents about what runs at this moment: after a restore they would claim what is not. */
const MOMENTARY: ReadonlySet<DocumentKind> = new Set([
  'election-epoch',
  'handover',
  'run',
  'ops',
  'placement',
  'fence',
  'task',
  'task-status',
  'task-cancel',
]);

const SECRETS: ReadonlySet<string> = new Set(['ipmiUsername', 'ipmiPassword']);

/** Whether `path` is a place for ephemerals only: a persistent key there is rubbish, left by a restore. */
export function isEphemeralExpected(path: string): boolean {
  const what = parsePath(path);
  return what.is === 'contender' || (what.is === 'document' && EPHEMERAL.has(what.kind));
}

/**
 * Whether a backup of the tree holds `path`. Left out: ephemerals and locks, everything about what runs at the moment
 * (a census finds it out), tasks, secrets, and keys that neither tree knows.
 */
export function includedInBackup(path: string): boolean {
  const what = parsePath(path);
  switch (what.is) {
    case 'document':
      return !EPHEMERAL.has(what.kind) && !MOMENTARY.has(what.kind);
    case 'key':
      return !(what.group === 'node' && SECRETS.has(what.key));
    case 'folder':
      return true;
    case 'contender':
    case 'unknown':
      return false;
  }
}
