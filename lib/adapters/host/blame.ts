import type { Ended } from './complaints.js';
import { decode } from './words.js';

/** How one stage of a pipe ended. */
export interface StageEnd extends Ended {
  /** Its exit code is one of its `okCodes`. */
  readonly ok: boolean;
  /** We ended it, because a stage after it had failed. */
  readonly stopped: boolean;
}

/**
 * Which stage of a pipe to name: the first that failed for a reason of its own, or undefined when none failed. A stage
 * that lost its reader because a later one failed is a victim; with nobody to blame, it is named itself.
 */
export function blame(ends: readonly StageEnd[]): number | undefined {
  const failed = ends.map((end, stage) => ({ end, stage })).filter(({ end }) => !end.ok);
  const last = failed.at(-1);
  const own = failed.find(({ end, stage }) => stage === last?.stage || !(end.stopped || lostItsReader(end)));
  return own?.stage;
}

/** How programs say EPIPE; ECONNRESET because between two children Node puts a pair of sockets. LC_ALL is C. */
const LOST_READER = /broken pipe|connection reset by peer|\bEPIPE\b|\bECONNRESET\b/i;
const SIGPIPE_BY_SHELL = 128 + 13;

function lostItsReader(end: StageEnd): boolean {
  return end.signal === 'SIGPIPE' || end.code === SIGPIPE_BY_SHELL || LOST_READER.test(decode(end.stderr));
}
