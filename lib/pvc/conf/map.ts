import { didYouMean, keyText } from '../../text/index.js';
import { Draft } from './draft.js';
import { JOINS } from './joins.js';
import { PVC_KEYS, type PvcKey } from './keys.js';
import { fill, leadsTo, match, matchPrefix } from './pattern.js';
import { Values } from './values.js';

type Path = readonly (string | number)[];

/** What a `pvc.conf` says in the words of `drover.yaml`. */
export interface PvcMapping {
  /** The document of ours, not yet compared with its schema. */
  readonly document: unknown;
  /** For each key in the file: which of ours it decides, or why it has no effect. */
  readonly notes: readonly PvcNote[];
  /** Values that cannot be read. No message shows a value: it may be a secret. */
  readonly complaints: readonly PvcComplaint[];
}

export interface PvcNote {
  readonly path: Path;
  readonly effect: 'mapped' | 'none';
  readonly text: string;
}

export interface PvcComplaint {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Translates a parsed `pvc.conf` (YAML 1.1, nulls left out). A section that is missing or null is as good as empty:
 * without `autobackup` or `automirror` there is none.
 */
export function mapPvcConf(value: unknown): PvcMapping {
  const mapping = new Mapping();
  mapping.walk(value, []);
  return mapping.finish();
}

/** The key of `pvc.conf` that decides a key of ours; undefined when none does. */
export function pvcKeyOf(path: Path): Path | undefined {
  let best: { length: number; path: Path } | undefined;
  for (const row of PVC_KEYS) {
    if (!('to' in row)) continue;
    for (const target of row.to) {
      const captured = matchPrefix(target, path);
      const length = target.split('.').length;
      if (captured !== undefined && length > (best?.length ?? 0))
        best = { length, path: fill(row.key, captured) };
    }
  }
  return best?.path;
}

/** What PVC does when its file says nothing, where that is not our default. */
const UNSAID: readonly { readonly path: Path; readonly value: unknown }[] = [
  { path: ['libvirt', 'transport'], value: 'tcp' },
  { path: ['fencing', 'after_power_off'], value: 'leave' },
];

class Mapping {
  readonly #draft = new Draft();
  readonly #notes: PvcNote[] = [];
  readonly #complaints: PvcComplaint[] = [];
  readonly #values = new Values();

  constructor() {
    for (const { path, value } of UNSAID) this.#draft.set(path, value);
  }

  walk(value: unknown, path: Path): void {
    const row = PVC_KEYS.find(({ key }) => match(key, path) !== undefined);
    if (row !== undefined) {
      this.#take(row, value, path);
    } else if (path.length > 0 && !PVC_KEYS.some(({ key }) => leadsTo(key, path))) {
      this.#unknown(path);
    } else if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) this.walk(entry, [...path, index]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, entry] of Object.entries(value)) this.walk(entry, [...path, key]);
    } else {
      this.#complain(path, 'this is no section', 'write the keys of the section under it');
    }
  }

  finish(): PvcMapping {
    for (const join of JOINS) join(this.#values, this.#draft);
    return { document: this.#draft.root, notes: this.#notes, complaints: this.#complaints };
  }

  #take(row: PvcKey, value: unknown, path: Path): void {
    if ('why' in row) {
      this.#notes.push({ path, effect: 'none', text: row.why });
      return;
    }
    const read = row.as.read(value);
    if (read === undefined) {
      this.#complain(path, 'the value cannot be read', `write ${row.as.expected}`);
      return;
    }
    const captured = match(row.key, path) ?? [];
    const targets = row.to.map((target) => fill(target, captured));
    this.#values.set(row.key, read);
    if (row.joined !== true) for (const target of targets) this.#draft.set(target, read);
    const names = targets.map(keyText).join(', ');
    this.#notes.push({
      path,
      effect: 'mapped',
      text: row.but === undefined ? names : `${names}; ${row.but}`,
    });
  }

  #unknown(path: Path): void {
    const near = didYouMean(
      path.join('.'),
      PVC_KEYS.map(({ key }) => key),
    );
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    this.#notes.push({ path, effect: 'none', text: `PVC has no such key${hint}` });
  }

  #complain(path: Path, reason: string, remedy: string): void {
    this.#complaints.push({ path, at: 'value', reason, remedy });
  }
}
