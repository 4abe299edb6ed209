import type { Files } from '../lib/ports/index.js';

/** What the program touches outside itself. */
export interface World {
  readonly files: Files;
  /** Results, to standard output. */
  readonly out: (text: string) => void;
  /** What went wrong, to standard error. */
  readonly err: (text: string) => void;
}

/** How the program ends. */
export const EXIT = {
  done: 0,
  /** Refused, or failed. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The user said no. */
  declined: 3,
  /** The API does not answer. */
  unreachable: 4,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];
