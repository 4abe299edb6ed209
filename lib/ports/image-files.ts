import type { ImageName, StorageCall } from './storage.js';

/**
 * RBD images to files and back, in the formats of plain `rbd export` and `rbd export-diff`. Calls fail as those of
 * {@link Storage} do, and with STORAGE_REFUSED for a file that is full, missing or damaged. `options.limitMs` must leave time
 * for the data.
 */
export interface ImageFiles {
  /** All snapshots of an image, the oldest first. NOT_FOUND when there is no such image. */
  snapshots(image: ImageName, options?: StorageCall): Promise<readonly ImageSnapshot[]>;
  /** STORAGE_EXISTS when the image has one of this name. */
  takeSnapshot(image: ImageName, snapshot: string, options?: StorageCall): Promise<void>;
  /** Removes the snapshot of this name if it has this id; none is fine. STORAGE_REFUSED when it has another. */
  dropSnapshot(image: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void>;
  /** Makes `to` an image that shows what `image` was at the snapshot. */
  clone(image: ImageName, snapshot: string, to: ImageName, options?: StorageCall): Promise<void>;
  /**
   * At most how many bytes a file of what an image is at a snapshot takes: of all its data, or of what has changed since
   * the snapshot `from`.
   */
  changedBytes(
    image: ImageName,
    snapshot: string,
    from: string | undefined,
    options?: StorageCall,
  ): Promise<number>;
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

export interface ImageSnapshot {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}
