/** The few files that are ours: configuration, what a node remembers on disk, backup manifests. */
export interface Files {
  /** The whole file as bytes, or undefined when it does not exist. Refuses one over `LIMITS.fileBytes`. */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Replaces the file in one step: written beside it, flushed, renamed, directory flushed. A reader sees the old or the
   * new text, also after a power cut.
   *
   * @param mode access bits, e.g. `0o600`
   */
  replace(path: string, data: Uint8Array | string, mode: number): Promise<void>;
  /** Removes the file; none is fine. */
  remove(path: string): Promise<void>;
  /** Makes the directory and its parents. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Names in a directory, sorted; undefined when it does not exist. */
  list(path: string): Promise<readonly string[] | undefined>;
}
