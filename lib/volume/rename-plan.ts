import { DroverError, type Plan } from '../core/index.js';
import type { Image } from '../ports/index.js';
import { volumeLabel } from './names.js';
import { fromOf, type Renamed, toOf } from './redefine.js';

/** One volume that gets another name. */
export interface RenamedFacts extends Renamed {
  /** The image under its old and its new name. */
  readonly fromImage: Image | undefined;
  readonly toImage: Image | undefined;
  /** The id of the image that is meant, as far as it is known. */
  readonly id: string | undefined;
  /** Whether the public tree still says the old name, and already the new one. */
  readonly oldKeys: boolean;
  readonly newKeys: boolean;
}

/** What a renaming is planned from. Page: docs/volumes.md. */
export interface RenameFacts {
  readonly volumes: readonly RenamedFacts[];
  /** Snapshots of VMs, and VMs, whose keys still say an old name. */
  readonly snapshots: readonly { readonly uuid: string; readonly snapshot: string }[];
  readonly definitions: readonly string[];
}

export type RenameStep =
  | { readonly kind: 'image'; readonly volume: Renamed }
  | { readonly kind: 'snapshot'; readonly uuid: string; readonly snapshot: string }
  | { readonly kind: 'definition'; readonly uuid: string }
  | { readonly kind: 'publish'; readonly volume: Renamed; readonly image: Image }
  | { readonly kind: 'drop'; readonly volume: Renamed };

/**
 * The first step of a renaming: the images, the snapshots of the VMs that have them, what the public tree says of the
 * volumes, and last the VMs: everything before is found again by a VM's old name and list.
 */
export function planRename({ volumes, snapshots, definitions }: RenameFacts): Plan<RenameStep> {
  for (const facts of volumes) refuseTaken(facts);
  const waiting = volumes.find(({ fromImage, toImage }) => fromImage !== undefined && toImage === undefined);
  if (waiting !== undefined)
    return step({ kind: 'image', volume: waiting }, `image ${waiting.from} has its old name`);
  const [snapshot] = snapshots;
  if (snapshot !== undefined)
    return step({ kind: 'snapshot', ...snapshot }, `snapshot ${snapshot.snapshot} says an old name`);
  for (const { newKeys, oldKeys, toImage, ...volume } of volumes) {
    if (!newKeys && toImage !== undefined)
      return step({ kind: 'publish', volume, image: toImage }, `volume ${volume.to} is not told`);
    if (oldKeys) return step({ kind: 'drop', volume }, `volume ${volume.from} is told and is no more`);
  }
  const [uuid] = definitions;
  if (uuid !== undefined) return step({ kind: 'definition', uuid }, `VM ${uuid} says an old name`);
  return { do: 'rest', reason: 'everything has its new name' };
}

/** STORAGE_EXISTS when another image has the new name, NOT_FOUND when none has either. */
function refuseTaken({ fromImage, toImage, id, ...volume }: RenamedFacts): void {
  if (toImage !== undefined && (fromImage !== undefined || id === undefined || toImage.id !== id))
    throw new DroverError('STORAGE_EXISTS', {
      object: volumeLabel(toOf(volume)),
      reason: `there is an image of this name, and it is not that of ${volume.from}`,
    });
  if (toImage === undefined && fromImage === undefined)
    throw new DroverError('NOT_FOUND', {
      object: volumeLabel(fromOf(volume)),
      reason: 'there is no such image',
    });
}

function step(what: RenameStep, reason: string): Plan<RenameStep> {
  return { do: 'step', step: what, reason };
}
