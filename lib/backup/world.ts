import type { Random } from '../core/index.js';
import type { Directories, Files, ImageFiles, ImageStreams, Processes } from '../ports/index.js';
import type { RunSummary } from '../task/index.js';
import type { VolumeWorld } from '../volume/index.js';

/** One place that backups go to, as the configuration has it. */
export interface Target {
  readonly root: string;
  readonly directory: string;
  readonly tags: readonly string[];
  readonly fullEvery: number;
  readonly keepFulls: number;
  readonly mount: readonly (readonly string[])[];
  readonly unmount: readonly (readonly string[])[];
  readonly nodes: readonly string[];
}

/** What tasks about backups work with. */
export interface BackupWorld extends VolumeWorld {
  readonly files: Files;
  readonly directories: Directories;
  readonly imageFiles: ImageFiles;
  readonly streams: ImageStreams;
  readonly processes: Processes;
  readonly random: Random;
  readonly targets: Readonly<Record<string, Target>>;
  /** Directories that snapshots are exported to and imported from, and whatever is below them. */
  readonly exportRoots: readonly string[];
  readonly cluster: {
    readonly name: string;
    /** `host:port` */
    readonly monitors: readonly string[];
    readonly secretUuid: string | undefined;
  };
  /** Tells people of a run; returns which of them could not be told, and why. */
  readonly tell: (summary: RunSummary, recipients: readonly string[]) => Promise<readonly string[]>;
}
