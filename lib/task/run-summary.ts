/** A run, for people: what was done, one line for each thing that it was done to. */
export interface RunSummary {
  /** `Autobackup`, `Automirror`. */
  readonly what: string;
  readonly cluster: string;
  readonly task: string;
  /** Wall time, milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly lines: readonly RunLine[];
}

export interface RunLine {
  /** What it is about: a VM and its destination. */
  readonly object: string;
  readonly ok: boolean;
  /** One sentence. */
  readonly text: string;
  readonly ms: number;
  readonly bytes: number;
}
