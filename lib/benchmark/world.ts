import type { ImageLoad } from '../ports/index.js';
import type { VolumeWorld } from '../volume/index.js';
import type { SamplingWorld } from './sampling.js';

/** What benchmarks work with. */
export interface BenchmarkWorld extends VolumeWorld, SamplingWorld {
  readonly load: ImageLoad;
  /** From the configuration. */
  readonly defaults: { readonly volumeBytes: number; readonly runtimeMs: number; readonly warmUpMs: number };
}
