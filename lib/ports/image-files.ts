import type { ImageName, StorageCall } from './storage.js';

/**
 * RBD images to files and back, in the formats of plain `rbd export` and `rbd export-diff`. Calls fail as those of
 * {@link Storage} do, and with STORAGE_REFUSED for a file that is full, missing or damaged. `options.limitMs` must leave time
 * for the data.
 */
export interface ImageFiles {
  /** Makes `to` an image that shows what `image` was at the snapshot. */
  clone(image: ImageName, snapshot: string, to: ImageName, options?: StorageCall): Promise<void>;
  /**
   * Writes a file of export format 2: the image as it is now, and all of its snapshots. Nobody may write to it meanwhile:
   * `rbd` writes the head even when it is asked for a snapshot.
   */
  exportImage(image: ImageName, path: string, options?: StorageCall): Promise<void>;
  /** Writes what has changed from one snapshot to another, in the format of `rbd import-diff`. */
  exportDiff(
    image: ImageName,
    from: string,
    snapshot: string,
    path: string,
    options?: StorageCall,
  ): Promise<void>;
  /** Makes an image of a file of export format 2, with the snapshots in it. */
  importImage(path: string, image: ImageName, options?: StorageCall): Promise<void>;
  /** Applies a file of changes; the image must be as it was at the snapshot that the file begins with. */
  importDiff(path: string, image: ImageName, options?: StorageCall): Promise<void>;
}
