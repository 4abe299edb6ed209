import type { LoadJob } from '../ports/index.js';

const K4 = 4 * 1024;
const M4 = 4 * 1024 ** 2;

/** The eight standard tests, in the order in which they run. */
export const TESTS = [
  { name: 'seq_read', pattern: 'read', blockBytes: M4, depth: 64 },
  { name: 'seq_write', pattern: 'write', blockBytes: M4, depth: 64 },
  { name: 'rand_read_4M', pattern: 'randread', blockBytes: M4, depth: 64 },
  { name: 'rand_write_4M', pattern: 'randwrite', blockBytes: M4, depth: 64 },
  { name: 'rand_read_4K', pattern: 'randread', blockBytes: K4, depth: 64 },
  { name: 'rand_write_4K', pattern: 'randwrite', blockBytes: K4, depth: 64 },
  { name: 'rand_read_4K_lowdepth', pattern: 'randread', blockBytes: K4, depth: 1 },
  { name: 'rand_write_4K_lowdepth', pattern: 'randwrite', blockBytes: K4, depth: 1 },
] as const satisfies readonly Omit<LoadJob, 'time'>[];

export type TestName = (typeof TESTS)[number]['name'];

/** Writes the whole volume once, so that a read never meets what was never written. */
export const FILL: LoadJob = {
  name: 'fill',
  pattern: 'write',
  blockBytes: M4,
  depth: 16,
  time: undefined,
};
