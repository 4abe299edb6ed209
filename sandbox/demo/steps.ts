import { BACKUP } from './backup.js';
import { BENCHMARK } from './benchmark.js';
import { CLOCK_SET, CLOCK_STRIKES } from './clock.js';
import { CLUSTERS } from './clusters.js';
import { DEATHS } from './deaths.js';
import { END } from './end.js';
import { LIFE } from './life.js';
import { MIRROR } from './mirror.js';
import { PROMOTE } from './promote.js';
import { SNAPSHOT } from './snapshot.js';
import { TAKEOVER } from './takeover.js';
import type { Step } from './world.js';

/** The demonstration, in order: a line for each chapter. */
export const STEPS: readonly Step[] = [
  ...CLUSTERS,
  ...LIFE,
  ...DEATHS,
  ...BACKUP,
  ...CLOCK_SET,
  ...SNAPSHOT,
  ...BENCHMARK,
  ...CLOCK_STRIKES,
  ...MIRROR,
  ...PROMOTE,
  ...TAKEOVER,
  ...END,
];
