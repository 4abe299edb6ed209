import { DroverError } from '../core/index.js';
import type { ImageName } from '../ports/index.js';

/** What a backup is called while it is being made, and while it is being removed. Neither is ever offered. */
const PART = /^\.(.+)\.part$/;
const REMOVED = /^\.(.+)\.removed$/;

export const MANIFEST = 'drover.json';
/** What PVC's `vm snapshot import` reads. */
export const PVC_MANIFEST = 'snapshot.json';
/** What PVC's autobackup keeps its list in. */
export const PVC_LIST = '.autobackup.json';
/** What a backup that is being made is planned as. */
export const DRAFT = 'draft.json';

export function partName(backup: string): string {
  return `.${backup}.part`;
}

export function removedName(backup: string): string {
  return `.${backup}.removed`;
}

/** The backup that is being made in a directory of this name, or undefined. */
export function backupOfPart(name: string): string | undefined {
  return PART.exec(name)?.[1];
}

export function backupOfRemoved(name: string): string | undefined {
  return REMOVED.exec(name)?.[1];
}

/**
 * A text that is used as one name of a directory. BAD_INPUT for whatever could lead out of the one above it, or is hidden
 * there.
 */
export function folderName(text: string, what: string): string {
  const fault =
    text === ''
      ? 'it is empty'
      : text.startsWith('.')
        ? 'it begins with a dot'
        : /[/\p{C}]/u.test(text)
          ? 'it has a slash, or a character that cannot be seen'
          : Buffer.byteLength(text) > 200
            ? 'it is longer than 200 bytes'
            : undefined;
  if (fault === undefined) return text;
  throw new DroverError('BAD_INPUT', {
    object: `${what} ${JSON.stringify(text.slice(0, 80))}`,
    reason: `it cannot be the name of a directory: ${fault}`,
  });
}

/** The file of a volume, below the directory of its backup. */
export function fileOf({ pool, name }: ImageName, type: 'full' | 'incremental'): string {
  return `images/${folderName(`${pool}.${name}`, 'volume')}.${type === 'full' ? 'rbdimg' : 'rbddiff'}`;
}
