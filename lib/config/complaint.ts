/** Where a value stands in a document: keys, and positions in lists. */
export type Path = readonly (string | number)[];

/** Something wrong with the document, before it is known where in the file that is. Never holds a secret. */
export interface Complaint {
  readonly path: Path;
  /** Whether to point at the key or at its value. */
  readonly at: 'key' | 'value';
  readonly reason: string;
  readonly remedy: string;
}

/** A problem of the file, as it is shown: the configuration is not used while there is one. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The key with the keys above it, e.g. `api.tokens[0].scopes`; empty for the document itself. */
  readonly key: string;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Something to know about a key: `mapped` to a key of Drover, of no effect (`none`), or `advice` about what was chosen.
 */
export interface Note {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly key: string;
  readonly effect: 'mapped' | 'none' | 'advice';
  readonly text: string;
}

/** `file:line:column: key: what is wrong: remedy` */
export function problemText(problem: Problem): string {
  const { file, line, column, key, reason, remedy } = problem;
  return `${file}:${line}:${column}: ${key === '' ? '' : `${key}: `}${reason}: ${remedy}`;
}

/** A value as a message shows it: short, on one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…"`;
}
