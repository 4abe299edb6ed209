import { DroverError } from '../core/index.js';

/** Why a key cannot be read: a fault for people, never an exception. */
export interface Problem {
  readonly path: string;
  /** What the key must hold, as a noun phrase: `an integer`. */
  readonly expected: string;
  /** What it holds, cut to {@link FOUND_LENGTH} characters, or `nothing` when the key is missing. */
  readonly found: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/** What reading one value gives: the value or the reason why there is none. */
export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

const FOUND_LENGTH = 80;

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

/** The refusal of a text that is not what `expected` says. */
export function refused(path: string, expected: string, found: string): Decoded<never> {
  return { ok: false, problem: problemAt(path, expected, quoted(found)) };
}

export function problemAt(path: string, expected: string, found: string): Problem {
  return { path, expected, found: cut(found), remedy: `write ${expected} to ${path}` };
}

/** The problem as an error, for a caller that cannot go on without the value. */
export function problemError(problem: Problem): DroverError {
  return new DroverError('TREE_UNREADABLE', {
    object: problem.path,
    reason: `expected ${problem.expected}, found ${problem.found}`,
    remedy: problem.remedy,
  });
}

/** The text in double quotes, control characters escaped, so that it can stand in a log line. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, FOUND_LENGTH));
}

function cut(text: string): string {
  return text.length <= FOUND_LENGTH ? text : `${text.slice(0, FOUND_LENGTH - 1)}…`;
}
