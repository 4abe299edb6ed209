import { DroverError, type Plan } from '../core/index.js';
import type { ImageSnapshot } from '../ports/index.js';

/** What is done to a snapshot of one volume is planned from. `id` is that of the snapshot meant, once it is known. */
export interface VolumeSnapshotFacts {
  /** For messages. */
  readonly object: string;
  readonly found: ImageSnapshot | undefined;
  readonly id: string | undefined;
  readonly told: boolean;
}

export type TakeVolumeStep =
  { readonly kind: 'take' } | { readonly kind: 'tell'; readonly snapshot: ImageSnapshot };

/** `ours`: whether the snapshot that has the name was made by this task. STORAGE_EXISTS for another's. */
export function planTakeVolume({
  object,
  found,
  ours,
  told,
}: Omit<VolumeSnapshotFacts, 'id'> & { readonly ours: boolean }): Plan<TakeVolumeStep> {
  if (found === undefined) return { do: 'step', step: { kind: 'take' }, reason: 'it is to be taken' };
  if (!ours) throw new DroverError('STORAGE_EXISTS', { object, reason: 'the volume has one of this name' });
  return told
    ? { do: 'rest', reason: 'it is there, and told' }
    : { do: 'step', step: { kind: 'tell', snapshot: found }, reason: 'it is there, and not told' };
}

export type RemoveVolumeStep =
  | { readonly kind: 'note'; readonly id: string }
  | { readonly kind: 'drop'; readonly id: string }
  | { readonly kind: 'forget' };

/** It goes by its id, and is told until it is gone. NOT_FOUND when there never was one. */
export function planRemoveVolume({ object, found, id, told }: VolumeSnapshotFacts): Plan<RemoveVolumeStep> {
  if (found !== undefined && id === undefined)
    return { do: 'step', step: { kind: 'note', id: found.id }, reason: 'it is to go' };
  if (found !== undefined && found.id === id)
    return { do: 'step', step: { kind: 'drop', id }, reason: 'it is to go' };
  if (told && found === undefined)
    return { do: 'step', step: { kind: 'forget' }, reason: 'it is told and is no more' };
  if (id === undefined) throw none(object);
  return { do: 'rest', reason: 'it is gone' };
}

export interface RenameVolumeFacts extends VolumeSnapshotFacts {
  /** What has the new name. */
  readonly target: ImageSnapshot | undefined;
  readonly targetTold: boolean;
}

export type RenameVolumeStep =
  | { readonly kind: 'note'; readonly id: string }
  | { readonly kind: 'rename'; readonly id: string }
  | { readonly kind: 'tell'; readonly snapshot: ImageSnapshot };

export function planRenameVolume(facts: RenameVolumeFacts): Plan<RenameVolumeStep> {
  const { object, found, id, told, target, targetTold } = facts;
  if (target !== undefined && target.id !== id)
    throw new DroverError('STORAGE_EXISTS', { object, reason: 'the volume has one of the new name' });
  if (target !== undefined)
    return told || !targetTold
      ? { do: 'step', step: { kind: 'tell', snapshot: target }, reason: 'the old name is told' }
      : { do: 'rest', reason: 'it has its new name, and is told' };
  if (found === undefined || (id !== undefined && found.id !== id)) throw none(object);
  return id === undefined
    ? { do: 'step', step: { kind: 'note', id: found.id }, reason: 'it is to get another name' }
    : { do: 'step', step: { kind: 'rename', id }, reason: 'it has its old name' };
}

export interface RollbackVolumeFacts extends Omit<VolumeSnapshotFacts, 'told'> {
  readonly done: boolean;
  /** The volume is told as it is. */
  readonly published: boolean;
}

export type RollbackVolumeStep =
  | { readonly kind: 'note'; readonly id: string }
  | { readonly kind: 'roll-back'; readonly id: string }
  | { readonly kind: 'publish' };

export function planRollbackVolume(facts: RollbackVolumeFacts): Plan<RollbackVolumeStep> {
  const { object, found, id, done, published } = facts;
  if (!done && (found === undefined || (id !== undefined && found.id !== id))) throw none(object);
  if (!done && found !== undefined)
    return id === undefined
      ? { do: 'step', step: { kind: 'note', id: found.id }, reason: 'it is to be gone back to' }
      : { do: 'step', step: { kind: 'roll-back', id }, reason: 'the volume is not what it was' };
  return published
    ? { do: 'rest', reason: 'the volume is what it was' }
    : { do: 'step', step: { kind: 'publish' }, reason: 'the volume is not told as it is' };
}

function none(object: string): DroverError {
  return new DroverError('NOT_FOUND', { object, reason: 'the volume has none of this name' });
}
