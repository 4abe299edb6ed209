import type { DocumentKind } from '../../schemas/index.js';
import { type Contender, contenderOf } from './contender.js';
import { DOCUMENT_FOLDERS, DOCUMENT_PATHS, OBJECT_FOLDERS } from './document-paths.js';
import { type AnyGroup, folderAt } from './group.js';
import { type GroupName, GROUPS } from './groups/index.js';
import { placeholder } from './pattern.js';

type Names = Readonly<Record<string, string>>;

/** What the tree knows about one place. */
type Place =
  /** A key of an object of the public tree. */
  | { readonly is: 'key'; readonly group: GroupName; readonly key: string }
  /** A key of either tree that only holds others. */
  | { readonly is: 'folder' }
  /** A document of the Drover tree. */
  | { readonly is: 'document'; readonly kind: DocumentKind };

/** What a path is. `names` are those in the path, e.g. `{ uuid }`. */
export type Identified =
  | (Place & { readonly names: Names })
  /** A lock contender under any key. */
  | { readonly is: 'contender'; readonly contender: Contender; readonly under: string }
  /** Neither tree has such a path. */
  | { readonly is: 'unknown' };

interface Branch {
  readonly literal: Map<string, Branch>;
  variable?: { readonly name: string; readonly branch: Branch };
  place?: Place;
}

const ROOT = grown();

/** Tells what key a path is, for faults and back-ups. Takes any text. */
export function parsePath(path: string): Identified {
  const [first, ...segments] = path.split('/');
  if (first !== '' || segments.includes('')) return { is: 'unknown' };
  const contender = contenderOf(segments.at(-1) ?? '');
  if (contender !== undefined)
    return { is: 'contender', contender, under: path.slice(0, path.lastIndexOf('/')) };
  const names: Record<string, string> = {};
  let branch: Branch | undefined = ROOT;
  for (const segment of segments) {
    const next: Branch | undefined = branch.literal.get(segment) ?? branch.variable?.branch;
    if (next === undefined) return { is: 'unknown' };
    if (next === branch.variable?.branch) names[branch.variable.name] = segment;
    branch = next;
  }
  return branch.place === undefined ? { is: 'unknown' } : { ...branch.place, names };
}

function grown(): Branch {
  const root: Branch = { literal: new Map() };
  const plant = (pattern: string, place: Place) => {
    const [, ...segments] = pattern.split('/');
    let branch = root;
    for (const segment of segments) branch = grow(branch, segment);
    branch.place ??= place;
  };
  for (const [name, group] of Object.entries(GROUPS) as [GroupName, AnyGroup][]) {
    for (const [key, { at }] of Object.entries(group.keys))
      plant(group.pattern + at, { is: 'key', group: name, key });
    for (const member of Object.values(group.collections))
      plant(group.pattern + folderAt(member, group), { is: 'folder' });
  }
  for (const [kind, pattern] of Object.entries(DOCUMENT_PATHS) as [DocumentKind, string][])
    plant(pattern, { is: 'document', kind });
  for (const folder of [...DOCUMENT_FOLDERS, ...OBJECT_FOLDERS]) plant(folder, { is: 'folder' });
  return root;
}

function grow(branch: Branch, segment: string): Branch {
  const name = placeholder(segment);
  const found = name === undefined ? branch.literal.get(segment) : branch.variable?.branch;
  if (found !== undefined) return found;
  const made: Branch = { literal: new Map() };
  if (name === undefined) branch.literal.set(segment, made);
  else branch.variable = { name, branch: made };
  return made;
}
