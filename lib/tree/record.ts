import type { DocumentKind, DocumentOf } from '../../schemas/index.js';
import { DroverError, isDroverError } from '../core/index.js';
import {
  type CallOptions,
  type CommitOptions,
  conflictOf,
  type Entry,
  type Stat,
  type Store,
  type Write,
} from '../ports/index.js';
import { decodeDocument, type DocumentInput, encodeDocument } from './documents.js';
import { type Problem, problemError } from './problem.js';

/** A document with what the store says of its key: the version that the next write is decided from. */
export interface Recorded<K extends DocumentKind> {
  readonly path: string;
  readonly value: DocumentOf<K>;
  readonly version: number;
  readonly stat: Stat;
}

/** The document at `path`, or undefined when there is none. TREE_UNREADABLE names the key when it is garbage. */
export async function readRecord<K extends DocumentKind>(
  store: Store,
  kind: K,
  path: string,
  options?: CallOptions,
): Promise<Recorded<K> | undefined> {
  const entry = await store.read(path, options);
  return entry === undefined ? undefined : recordOf(kind, entry);
}

/** A read key as a document. TREE_UNREADABLE names the key when it is garbage. */
export function recordOf<K extends DocumentKind>(kind: K, entry: Entry): Recorded<K> {
  const record = tryRecordOf(kind, entry);
  if (record.problem !== undefined) throw problemError(record.problem);
  return record;
}

/** A key that holds a document or should: when it is garbage, `value` is missing and `problem` says why. */
export type MaybeRecorded<K extends DocumentKind> =
  | (Recorded<K> & { readonly problem?: undefined })
  | (Omit<Recorded<K>, 'value'> & { readonly value?: undefined; readonly problem: Problem });

/** Like {@link readRecord} for a caller that knows what to do about garbage. */
export async function tryReadRecord<K extends DocumentKind>(
  store: Store,
  kind: K,
  path: string,
  options?: CallOptions,
): Promise<MaybeRecorded<K> | undefined> {
  const entry = await store.read(path, options);
  return entry && tryRecordOf(kind, entry);
}

export function tryRecordOf<K extends DocumentKind>(kind: K, entry: Entry): MaybeRecorded<K> {
  const { path, stat } = entry;
  const decoded = decodeDocument(kind, entry.data, path);
  const rest = { path, version: stat.version, stat };
  return decoded.ok ? { ...rest, value: decoded.value } : { ...rest, problem: decoded.problem };
}

/** The write that creates a document which lives and dies with our session. */
export function ephemeralRecord<K extends DocumentKind>(
  kind: K,
  path: string,
  value: DocumentInput<K>,
): Write {
  return { op: 'create', path, data: encodeDocument(kind, value), mode: 'ephemeral' };
}

/** The write that puts `value` at `path`: a create when nothing was there, else a set from the version that was read. */
export function writeRecord<K extends DocumentKind>(
  kind: K,
  path: string,
  value: DocumentInput<K>,
  from: { readonly version: number } | undefined,
): Write {
  const data = encodeDocument(kind, value);
  return from === undefined ? { op: 'create', path, data } : { op: 'set', path, data, version: from.version };
}

export interface RecordUpdate<K extends DocumentKind> {
  readonly kind: K;
  readonly path: string;
  /**
   * The next value decided from the present one, or undefined when nothing is left to do, for instance because an
   * earlier try whose reply was lost did arrive. May throw to refuse.
   */
  change(present: Recorded<K> | undefined): DocumentInput<K> | undefined;
  /** Committed in the same transaction; a conflict on one of them is final. */
  readonly guards?: readonly Write[];
}

const TRIES = 32;

/**
 * Moves one record by compare-and-set: reads, decides, commits; reads and decides again when the record has moved or
 * the reply was lost. Returns the record as it stands afterwards, and whether this call moved it
 * (also when a lost reply leaves that open).
 *
 * Fails with whatever `change` throws, with STORE_CONFLICT when a guard fails, and with the store's own errors.
 */
export async function updateRecord<K extends DocumentKind>(
  store: Store,
  update: RecordUpdate<K>,
  options?: CommitOptions,
): Promise<{ readonly record: Recorded<K> | undefined; readonly moved: boolean }> {
  let moved = false;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    // A write from a stale read fails by itself; "nothing is left to do" and a refusal would not.
    await store.sync(options);
    const present = await readRecord(store, update.kind, update.path, options);
    const next = update.change(present);
    if (next === undefined) return { record: present, moved };
    const write = writeRecord(update.kind, update.path, next, present);
    try {
      await store.commit([write, ...(update.guards ?? [])], options);
      return { record: await readRecord(store, update.kind, update.path, options), moved: true };
    } catch (error) {
      if (!mayDecideAgain(error)) throw error;
      moved ||= isDroverError(error, 'STORE_OUTCOME_UNKNOWN');
    }
  }
  throw new DroverError('STORE_CONFLICT', {
    object: update.path,
    reason: `other writers were faster ${TRIES} times in a row`,
  });
}

/** The record itself moved (always the first operation), or nobody knows whether it did. */
function mayDecideAgain(error: unknown): boolean {
  if (isDroverError(error, 'STORE_OUTCOME_UNKNOWN')) return true;
  const conflict = conflictOf(error);
  if (conflict?.index !== 0) return false;
  // A create whose parent is missing fails again and again: its folder has to be made first.
  return !(conflict.write.op === 'create' && conflict.why === 'missing');
}
