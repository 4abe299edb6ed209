import type { ImageName } from './storage.js';

/**
 * A load on an image, measured. Fails with BAD_INPUT before anything is done, STORAGE_REFUSED with the tool's own words, and
 * as {@link Processes} does. After an error the image may still be open for as long as Ceph waits for a dead client.
 */
export interface ImageLoad {
  /** Runs one job to its end; returns fio's JSON as it is. The image must be closed. */
  run(
    image: ImageName,
    job: LoadJob,
    options?: { readonly limitMs?: number; readonly signal?: AbortSignal },
  ): Promise<Readonly<Record<string, unknown>>>;
}

export interface LoadJob {
  /** `seq_read` */
  readonly name: string;
  readonly pattern: 'read' | 'write' | 'randread' | 'randwrite';
  readonly blockBytes: number;
  readonly depth: number;
  /** Runs by the clock, after a warm-up that is not measured; undefined: once over the whole image. */
  readonly time: { readonly warmUpMs: number; readonly runtimeMs: number } | undefined;
}
