import type { Connection, Transport, WatchClock } from '../lib/client/index.js';
import type { Files } from '../lib/ports/index.js';

/** What the program touches outside itself. */
export interface World {
  readonly files: Files;
  /** Results, to standard output. */
  readonly out: (text: string) => void;
  /** What went wrong, and what is good to know, to standard error. */
  readonly err: (text: string) => void;
  /** Asks a person who can say yes or no; false when there is nobody. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly clock: WatchClock;
  /** Directories of this user: ours, and that of PVC's command. */
  readonly homes: { readonly drover: string; readonly pvc: string };
  /** The connection that the environment names. */
  readonly connection: string | undefined;
  /** Reaches an API; by default over the network. */
  readonly transport?: (connection: Connection) => Transport;
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

/** What every command is added with. */
export interface Shell {
  readonly world: World;
  /** Sets the exit code; done when nobody does. */
  readonly end: (code: Exit) => void;
  /** The connection that the command line or the environment names. */
  readonly connection: () => string | undefined;
}

/** The user said no. */
export class Declined extends Error {
  constructor() {
    super('not done');
    this.name = 'Declined';
  }
}

/** Goes on only when the user says yes, or has said so beforehand by `-y`. */
export async function agree(world: World, options: { readonly yes?: true }, question: string): Promise<void> {
  if (options.yes === true) return;
  if (!(await world.confirm(question))) throw new Declined();
}
