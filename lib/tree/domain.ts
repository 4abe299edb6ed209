import type { Write } from '../ports/index.js';
import type { Reading } from './group.js';
import { createObject, decodeObject, type NewObject, type TreeObject } from './object.js';
import type { Subtree } from './subtree.js';

/** A VM as the public tree has it. */
export type Domain = TreeObject<'domain'>;

/** What a VM is defined from; everything else begins as PVC's tools begin it. */
export interface NewDomain extends Omit<NewObject<'domain'>, 'state'> {
  /** `stop` by default. */
  readonly state?: Domain['state'];
  readonly tags?: readonly { readonly name: string; readonly protected: boolean }[];
}

/** Reads a VM with its tags and snapshots. Any lock contenders among the keys are passed over. */
export function decodeDomain(uuid: string, from: Subtree): Reading<Domain> {
  return decodeObject('domain', { uuid }, from);
}

/** Creates all keys of a new VM, for one transaction. */
export function createDomain(uuid: string, { tags = [], ...domain }: NewDomain): Write[] {
  return [
    ...createObject('domain', { uuid }, { ...BEGINNING, ...domain }),
    ...tags.flatMap((tag) => createObject('tag', { uuid, tag: tag.name }, { ...tag, type: 'user' })),
  ];
}

/** What a definition writes when nobody says anything, where that is not what schema 15 fills in. */
const BEGINNING = {
  state: 'stop',
  profile: null,
  autostart: false,
  migrationMethod: 'none',
  nodeSelector: 'none',
} as const;
