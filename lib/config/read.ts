import type { ConfigDocument } from '../../schemas/config.js';
import { mapPvcConf, pvcKeyOf } from '../pvc/index.js';
import { keyText } from '../text/index.js';
import { checkRules } from './checks.js';
import { type Complaint, type Note, type Path, type Problem } from './complaint.js';
import type { Configuration } from './configuration.js';
import { Findings } from './findings.js';
import { resolve } from './resolve.js';
import { type Position, readSource, type Source } from './source.js';
import { validate } from './validate.js';

/** `drover`: our `drover.yaml`. `pvc`: PVC's `pvc.conf`. */
export type ConfigKind = 'drover' | 'pvc';

export interface Reading {
  readonly kind: ConfigKind;
  /** There exactly when there are no problems. */
  readonly config?: Configuration;
  /** Everything that is wrong, in the order of the file. */
  readonly problems: readonly Problem[];
  /** What is good to know, in the order of the file. */
  readonly notes: readonly Note[];
}

export interface ReadOptions {
  /** The file's name as messages show it. */
  readonly file: string;
  /** Default: by what the text holds, then by the name `pvc.conf`. */
  readonly kind?: ConfigKind;
}

/** Reads a configuration of either kind. Touches nothing outside: files of secrets are not opened. */
export function readConfiguration(text: string, options: ReadOptions): Reading {
  const ours = readSource(text, '1.2');
  const kind = options.kind ?? kindOf(ours.value, options.file);
  const source = kind === 'pvc' ? readSource(text, '1.1') : ours;
  if (source.faults.length > 0) {
    const problems = source.faults.map((fault) => ({ file: options.file, key: '', ...fault }));
    return { kind, problems: inOrder(problems), notes: [] };
  }
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
    const reason = 'there are no sections in it';
    const remedy = 'write at least the section `cluster`';
    return {
      kind,
      problems: [{ file: options.file, line: 1, column: 1, key: '', reason, remedy }],
      notes: [],
    };
  }
  return readDocument(source, kind, options.file);
}

function readDocument(source: Source, kind: ConfigKind, file: string): Reading {
  const pvc = kind === 'pvc' ? mapPvcConf(source.value) : undefined;
  const { complaints, sound } = validate(pvc === undefined ? source.value : pvc.document);
  const findings = new Findings();
  checkRules(sound, findings);
  const here = pvc === undefined ? (path: Path) => path : (path: Path) => pvcKeyOf(path) ?? path;
  const all: Complaint[] = [
    ...(pvc?.complaints ?? []),
    ...[...complaints, ...findings.complaints].map((one) => ({ ...one, path: here(one.path) })),
  ];
  const place = (path: Path, at: 'key' | 'value'): Position & { file: string; key: string } => ({
    file,
    ...source.position(path, at),
    key: keyText(path),
  });
  const notes: Note[] = [
    ...(pvc?.notes ?? []).map(({ path, effect, text }) => ({ ...place(path, 'key'), effect, text })),
    ...findings.advice.map(({ path, text }) => ({
      ...place(here(path), 'key'),
      effect: 'advice' as const,
      text,
    })),
  ];
  const problems = onePerKey(all).map(({ path, at, reason, remedy }) => ({
    ...place(path, at),
    reason,
    remedy,
  }));
  const base = { kind, problems: inOrder(problems), notes: inOrder(notes) };
  return problems.length > 0 ? base : { ...base, config: resolve(sound as ConfigDocument) };
}

const ONLY_IN_PVC = [
  'path',
  'subsystem',
  'database',
  'timer',
  'guest_networking',
  'autobackup',
  'automirror',
];

/** One word that is PVC's may be a slip in ours; two are its file. */
function kindOf(value: unknown, file: string): ConfigKind {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const count = keys.filter((key) => ONLY_IN_PVC.includes(key)).length;
  return count >= 2 || /(?:^|\/)pvc\.conf$/.test(file) ? 'pvc' : 'drover';
}

/** The first complaint about a key says enough; the others would often follow from it. */
function onePerKey(complaints: readonly Complaint[]): Complaint[] {
  const first = new Map<string, Complaint>();
  for (const complaint of complaints) {
    const key = keyText(complaint.path);
    if (!first.has(key)) first.set(key, complaint);
  }
  return [...first.values()];
}

function inOrder<T extends Position>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => a.line - b.line || a.column - b.column);
}
