import type { Complaint, Path } from './complaint.js';

/** Something to know that is no error. */
export interface Advice {
  readonly path: Path;
  readonly text: string;
}

/** Collects what checks find. */
export class Findings {
  readonly complaints: Complaint[] = [];
  readonly advice: Advice[] = [];

  /** `path` has a value that cannot be used. */
  wrong(path: Path, reason: string, remedy: string): void {
    this.complaints.push({ path, at: 'value', reason, remedy });
  }

  /** `path` is not there, or should not be. */
  key(path: Path, reason: string, remedy: string): void {
    this.complaints.push({ path, at: 'key', reason, remedy });
  }

  advise(path: Path, text: string): void {
    this.advice.push({ path, text });
  }

  /** A secret stands in the file or in a file of its own: one of the two, unless `optional` and none. */
  secret(path: Path, holder: object, key: string, optional = false): void {
    const [inline, file] = [key in holder, `${key}_file` in holder];
    if (inline && file) {
      this.key([...path, `${key}_file`], `\`${key}\` is there as well`, `keep \`${key}\` or \`${key}_file\``);
    } else if (!inline && !file && !optional) {
      this.key(
        [...path, key],
        'it is missing',
        `add \`${key}\`, or \`${key}_file\` with the path of a file that holds it`,
      );
    }
  }
}

/** The entries of a map whose names the operator chose; of one that is not there, none. */
export function entriesOf<T>(map: Readonly<Record<string, T | undefined>> | undefined): [string, T][] {
  return Object.entries(map ?? {}).filter((entry): entry is [string, T] => entry[1] !== undefined);
}

/** The entries of a list with their positions; without what was unsound. */
export function itemsOf<T>(list: readonly (T | undefined)[] | undefined): [number, T][] {
  return [...(list ?? []).entries()].filter((entry): entry is [number, T] => entry[1] !== undefined);
}
