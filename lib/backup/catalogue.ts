import { isDroverError, messageOf } from '../core/index.js';
import { decodeDocument } from '../tree/index.js';
import type { Entry } from './chain.js';
import { byTime } from './chain.js';
import { backupOfPart, backupOfRemoved, folderName, MANIFEST } from './names.js';
import type { BackupWorld, Target } from './world.js';

/** What there is of a VM in a directory. */
export interface Catalogue {
  readonly folder: string;
  /** Complete ones, the oldest first. Whose VM they are is in each. */
  readonly entries: readonly Entry[];
  /** Directories without a manifest that can be read: never a base, never counted, never removed. */
  readonly strange: readonly { readonly name: string; readonly why: string }[];
  /** Backups that were being made. */
  readonly parts: readonly string[];
  /** Backups that were being removed. */
  readonly removed: readonly string[];
}

export function folderOf(target: Target, vm: string): string {
  return `${target.directory}/${folderName(vm, 'VM')}`;
}

/** Reads the manifests: they are the truth, and no list of ours has to be kept. */
export async function readCatalogue(
  { files }: Pick<BackupWorld, 'files'>,
  folder: string,
): Promise<Catalogue> {
  const names = (await files.list(folder)) ?? [];
  const entries: Entry[] = [];
  const strange: { readonly name: string; readonly why: string }[] = [];
  for (const name of names.filter((one) => !one.startsWith('.'))) {
    const read = await readManifest({ files }, folder, name);
    if (typeof read === 'string') strange.push({ name, why: read });
    else entries.push(read);
  }
  const of = (which: (name: string) => string | undefined) =>
    names.flatMap((name) => {
      const backup = which(name);
      return backup === undefined ? [] : [backup];
    });
  return {
    folder,
    entries: entries.sort(byTime),
    strange,
    parts: of(backupOfPart),
    removed: of(backupOfRemoved),
  };
}

async function readManifest(
  { files }: Pick<BackupWorld, 'files'>,
  folder: string,
  name: string,
): Promise<Entry | string> {
  const path = `${folder}/${name}/${MANIFEST}`;
  try {
    const bytes = await files.read(path);
    if (bytes === undefined) return `it has no ${MANIFEST}`;
    const decoded = decodeDocument('backup-manifest', bytes, path);
    if (!decoded.ok) return `${MANIFEST} is no manifest: ${decoded.problem.found}`;
    if (decoded.value.name !== name) return `its manifest is that of ${decoded.value.name}`;
    return { name, manifest: decoded.value };
  } catch (error) {
    // Such as a file where a directory should be.
    if (isDroverError(error, 'FILE_FAILED')) return messageOf(error);
    throw error;
  }
}
