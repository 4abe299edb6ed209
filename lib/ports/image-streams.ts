import type { ImageName, StorageCall } from './storage.js';

/**
 * What images hold, as streams in the format of `rbd export-diff` (version 1): records of writes and of zeroes. Calls fail
 * as those of {@link Storage} do.
 */
export interface ImageStreams {
  /**
   * What an image is at a snapshot, or what has changed since the snapshot `from`. Ends with the last record, and fails
   * after it when something was left out.
   */
  read(
    image: ImageName,
    snapshot: string,
    options: { readonly from?: string; readonly wholeObjects?: boolean; readonly signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  /**
   * Applies a stream to what the image is now, and returns once Ceph has all of it. An error of the stream, or an abort,
   * ends it where it is: what came before may be in the image, and nobody has it open afterwards.
   */
  write(image: ImageName, stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** How many bytes of objects are touched: by all data, or since the snapshot `from`. Cheap whatever the size. */
  touchedBytes(
    image: ImageName,
    snapshot: string,
    from: string | undefined,
    options?: StorageCall,
  ): Promise<number>;
}
