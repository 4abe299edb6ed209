import { isDroverError, together } from '../core/index.js';
import type { CallOptions, Image, ImageName, ImageSnapshot, Storage } from '../ports/index.js';

/** An image, with what it has been. */
export interface ImageWithSnapshots extends Image {
  readonly snapshots: readonly ImageSnapshot[];
}

/** An image and its snapshots, asked for at once; undefined when there is none of the name. */
export async function imageWithSnapshots(
  storage: Pick<Storage, 'image' | 'snapshots'>,
  name: ImageName,
  options?: CallOptions,
): Promise<ImageWithSnapshots | undefined> {
  const [image, snapshots] = await together([
    storage.image(name, options),
    storage.snapshots(name, options).catch((error: unknown) => {
      if (isDroverError(error, 'NOT_FOUND')) return error;
      throw error;
    }),
  ]);
  if (image === undefined) return undefined;
  // Removed between the two looks: that it has none would be a false answer.
  if (isDroverError(snapshots)) throw snapshots;
  return { ...image, snapshots };
}
