import type { Random } from '../core/index.js';
import type { VolumeWorld } from '../volume/index.js';

/** What tasks about restore points work with. */
export interface PointWorld extends VolumeWorld {
  readonly random: Random;
}
