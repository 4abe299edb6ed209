import type { Plan } from '../core/index.js';
import type { Entry } from './chain.js';
import type { Draft } from './draft.js';
import type { BackupPoint } from './points.js';
import type { Verdict } from './retention.js';

/** What the backup of one VM is planned from. Page: docs/backup.md. */
export interface BackupFacts {
  /** Backups that earlier runs were removing, and making. */
  readonly removed: readonly string[];
  readonly parts: readonly string[];
  /** What this task is making. */
  readonly draft: Draft | undefined;
  /** What this task has made. */
  readonly made: Entry | undefined;
  /** Points of backups that are of no use any more. */
  readonly stale: readonly BackupPoint[];
  readonly verdicts: readonly Verdict[];
  /** Whether PVC's list shows the backups. */
  readonly listed: boolean;
}

export type BackupStep =
  | { readonly kind: 'clear'; readonly backup: string }
  | { readonly kind: 'discard'; readonly backup: string }
  | { readonly kind: 'draft' }
  | { readonly kind: 'snapshot'; readonly draft: Draft }
  | { readonly kind: 'export'; readonly draft: Draft; readonly disk: number }
  | { readonly kind: 'publish'; readonly draft: Draft }
  | { readonly kind: 'drop'; readonly point: BackupPoint }
  | { readonly kind: 'prune'; readonly backup: string; readonly why: string }
  | { readonly kind: 'list' };

/**
 * The first step towards a backup. Nothing of before is removed until the new one is complete; a base loses its point
 * only when a newer one has its own.
 */
export function planBackup(facts: BackupFacts): Plan<BackupStep> {
  const { removed, parts, draft, made, stale, verdicts, listed } = facts;
  const step = (its: BackupStep, reason: string): Plan<BackupStep> => ({ do: 'step', step: its, reason });
  const [left] = removed;
  if (left !== undefined) return step({ kind: 'clear', backup: left }, `the removal of ${left} was cut`);
  const [part] = parts;
  if (part !== undefined) return step({ kind: 'discard', backup: part }, `the making of ${part} was cut`);
  if (made === undefined) return making(draft, step);
  const [old] = stale;
  if (old !== undefined) return step({ kind: 'drop', point: old }, `the point of ${old.name} is no base now`);
  // The newest first: what builds on another goes before it, so what is left by a cut still restores.
  const out = verdicts.findLast(({ keep }) => !keep);
  if (out !== undefined) return step({ kind: 'prune', backup: out.name, why: out.why }, out.why);
  if (!listed) return step({ kind: 'list' }, 'the list has other backups');
  return { do: 'rest', reason: `${made.name} is complete` };
}

function making(
  draft: Draft | undefined,
  step: (its: BackupStep, reason: string) => Plan<BackupStep>,
): Plan<BackupStep> {
  if (draft === undefined) return step({ kind: 'draft' }, 'it is to be made');
  if (draft.taken === undefined) return step({ kind: 'snapshot', draft }, 'nothing is taken yet');
  const disk = draft.disks.findIndex(({ sha256 }) => sha256 === undefined);
  if (disk >= 0) return step({ kind: 'export', draft, disk }, `${draft.disks[disk]?.file ?? ''} is missing`);
  return step({ kind: 'publish', draft }, 'every file is complete');
}
