import { Compile, type Validator } from 'typebox/compile';
import {
  DOCUMENT_KINDS,
  DOCUMENT_VERSION,
  type DocumentKind,
  type DocumentOf,
  DOCUMENTS,
} from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { type Decoded, decoded, problemAt } from './problem.js';
import { bytesOf, utf8 } from './text.js';

/** The versions of documents that this program reads, both ends included. */
export const DOCUMENT_READS = { from: DOCUMENT_VERSION, to: DOCUMENT_VERSION + 1 } as const;

/** What a writer gives: everything but `v`, which is always ours. Fields that it does not know it passes on. */
export type DocumentInput<K extends DocumentKind> = Omit<DocumentOf<K>, 'v'> & { readonly v?: number };

const VALIDATORS = Object.fromEntries(
  DOCUMENT_KINDS.map((kind) => [kind, Compile(DOCUMENTS[kind])]),
) as Readonly<Record<DocumentKind, Validator>>;

/**
 * The document in `bytes`, with all its fields, also those that this program does not know. Accepts our version and
 * the next one. A problem that names `path` when it is not JSON, of another version, or against its schema.
 */
export function decodeDocument<K extends DocumentKind>(
  kind: K,
  bytes: Uint8Array,
  path: string,
): Decoded<DocumentOf<K>> {
  const text = utf8(bytes, path);
  if (!text.ok) return text;
  const refuse = (found: string): Decoded<never> => ({
    ok: false,
    problem: problemAt(path, `a ${kind} document`, found),
  });
  const value = parsed(text.value);
  if (value === undefined) return refuse(`text that is not JSON: ${JSON.stringify(text.value)}`);
  const version = versionOf(value);
  if (version === undefined) return refuse('a document without a version v');
  if (version < DOCUMENT_READS.from || version > DOCUMENT_READS.to) return refuse(`version ${version}`);
  const complaint = complaintOf(kind, value);
  return complaint === undefined ? decoded(value as DocumentOf<K>) : refuse(complaint);
}

/**
 * The bytes of a document, `v` first and ours, unknown fields kept. BAD_INPUT when it is against its schema: nothing
 * is written that no reader would take.
 */
export function encodeDocument<K extends DocumentKind>(kind: K, value: DocumentInput<K>): Uint8Array {
  const document = { v: DOCUMENT_VERSION, ...value };
  document.v = DOCUMENT_VERSION;
  const complaint = complaintOf(kind, document);
  if (complaint !== undefined)
    throw new DroverError('BAD_INPUT', { object: `${kind} document`, reason: complaint });
  return bytesOf(JSON.stringify(document));
}

/** The first thing that the schema finds wrong, as `/holders/0/node must be string`. */
function complaintOf(kind: DocumentKind, value: unknown): string | undefined {
  const validator = VALIDATORS[kind];
  if (validator.Check(value)) return undefined;
  const [error] = validator.Errors(value);
  return error === undefined ? 'a value against its schema' : `${error.instancePath || '/'} ${error.message}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function versionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('v' in value)) return undefined;
  return typeof value.v === 'number' ? value.v : undefined;
}
