import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import type { Complaint, Path } from './complaint.js';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A YAML text that was read: what it says, and where each part of it stands. */
export interface Source {
  /** Maps, lists, texts, numbers, booleans; what is null in the text is left out. Undefined when it cannot be read. */
  readonly value: unknown;
  /** Where the YAML itself is wrong. */
  readonly faults: readonly (Position & Pick<Complaint, 'reason' | 'remedy'>)[];
  /** Position of the value at `path` or of its key; of the nearest part above when there is none. */
  position(path: Path, at: 'key' | 'value'): Position;
}

/** What is told of an error in the YAML. The library's own sentences quote the text, and with it secrets. */
const FAULTS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  BAD_ALIAS: [
    'a value that starts with "*" is a reference, and there is no such anchor',
    'put the value in quotes',
  ],
  BAD_INDENT: ['the indentation does not fit', 'align the keys of one section in one column'],
  BAD_SCALAR_START: ['a plain value cannot start with this character', 'put the value in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['a section cannot stand here', 'put the value in quotes if it holds ": "'],
  DUPLICATE_KEY: ['the key stands twice', 'keep one of the two'],
  MISSING_CHAR: ['a closing quote or bracket, or a colon, is missing', 'add it'],
  MULTIPLE_DOCS: ['a second document starts', 'keep one document in the file'],
  TAB_AS_INDENT: ['a tab is used to indent', 'indent by spaces'],
  TAG_RESOLVE_FAILED: [
    'a value that starts with "!" is a tag, and there is no such tag',
    'put the value in quotes',
  ],
};

/** Reads a YAML text. `version` 1.1 has `yes` and `no` for true and false, as PVC's file has. */
export function readSource(text: string, version: '1.1' | '1.2'): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // A warning is an unknown tag: what stands behind it would be taken for something else than was meant.
  const faults = [...document.errors, ...document.warnings].map(({ code, pos }) => {
    const [reason, remedy] = FAULTS[code] ?? [
      `this is no valid YAML (${code})`,
      'correct the line or the one before',
    ];
    return { ...positionOf(pos[0]), reason, remedy };
  });
  const resolved = faults.length > 0 ? undefined : valueOf(document);
  return {
    value: resolved?.ok === true ? resolved.value : undefined,
    faults: resolved?.ok === false ? [UNRESOLVED] : faults,
    position: (path, at) => positionOf(offsetOf(document, path, at)),
  };
}

/** What no parse error announces: references that grow without end, merge keys (`<<`) that merge no map. */
const UNRESOLVED = {
  line: 1,
  column: 1,
  reason: 'its references ("*…") or merge keys ("<<") cannot be resolved',
  remedy: 'write the values out',
} as const;

type Resolved = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

function valueOf(document: Document.Parsed): Resolved {
  try {
    return { ok: true, value: withoutNulls(document.toJS({ maxAliasCount: 100 })) };
  } catch {
    // The library's error may quote the text, and with it a secret: UNRESOLVED is told instead.
    return { ok: false };
  }
}

/** A key without a value is as good as no key. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutNulls(entry)]));
}

function offsetOf(document: Document.Parsed, path: Path, at: 'key' | 'value'): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    const inner = follow(document, node);
    if (isSeq<Node>(inner)) {
      node = inner.items[Number(part)] ?? null;
      if (node === null) return offset;
      offset = node.range?.[0] ?? offset;
    } else {
      const pair: Pair<Node, Node | null> | undefined = isMap<Node, Node | null>(inner)
        ? inner.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
        : undefined;
      if (pair === undefined) return offset;
      node = pair.value;
      const last = depth === path.length - 1;
      const key = pair.key.range?.[0] ?? offset;
      offset = last && at === 'value' ? (node?.range?.[0] ?? key) : key;
    }
  }
  return offset;
}

function follow(document: Document.Parsed, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}
