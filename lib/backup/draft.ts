import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { BackupManifest } from '../../schemas/index.js';
import { DRAFT, partName } from './names.js';
import type { BackupWorld } from './world.js';

const Draft = Type.Object({
  task: Type.String(),
  name: Type.String(),
  uuid: Type.String(),
  type: Type.Enum(['full', 'incremental']),
  parent: Type.Optional(Type.String()),
  why: Type.String(),
  disks: Type.Array(
    Type.Object({
      pool: Type.String(),
      volume: Type.String(),
      imageId: Type.String(),
      file: Type.String(),
      /** From here on known after the snapshot. */
      snapshotId: Type.Optional(Type.String()),
      bytes: Type.Optional(Type.Integer()),
      /** And these after the file is complete. */
      fileBytes: Type.Optional(Type.Integer()),
      sha256: Type.Optional(Type.String()),
    }),
  ),
});

/** A backup that is being made: written beside its files before anything is made that somebody would have to clean up. */
export type Draft = Static<typeof Draft> & { readonly taken?: Taken };

/** What the VM was at the moment of the snapshot. */
export type Taken = Pick<BackupManifest, 'at' | 'consistency' | 'xml' | 'meta'>;

const validator = Compile(Draft);

/** The draft of a backup; undefined when there is none that can be read. */
export async function readDraft(
  { files }: Pick<BackupWorld, 'files'>,
  folder: string,
  backup: string,
): Promise<Draft | undefined> {
  const bytes = await files.read(`${folder}/${partName(backup)}/${DRAFT}`);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return validator.Check(value) && value.name === backup ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function writeDraft(
  { files }: Pick<BackupWorld, 'files'>,
  folder: string,
  draft: Draft,
): Promise<void> {
  const part = `${folder}/${partName(draft.name)}`;
  await files.makeDirectory(`${part}/images`, 0o700);
  await files.replace(`${part}/${DRAFT}`, JSON.stringify(draft), 0o600);
}
