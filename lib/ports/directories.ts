/** Directories with large files in them, such as those that backups go to. Each failure is a FILE_FAILED that names the path. */
export interface Directories {
  /** The path without symbolic links; undefined when nothing is there. */
  real(path: string): Promise<string | undefined>;
  /** Gives a file or directory another name in the same file system, in one step that outlives a power cut. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a directory with all that is in it, or a file; none is fine. Links are removed, not followed. */
  removeTree(path: string): Promise<void>;
  /** Bytes of a regular file, and their SHA-256 in lower-case hexadecimal, read from the disk to its end. */
  digest(path: string, signal?: AbortSignal): Promise<Digest>;
  /** Bytes of a regular file; undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  /** Puts a file and its name onto the disk: a power cut does not take it back. */
  flush(path: string): Promise<void>;
  /** Bytes that may still be written to the file system of a directory. */
  freeBytes(path: string): Promise<number>;
  /** Whether another file system than that of the directory above begins here. */
  isMountPoint(path: string): Promise<boolean>;
}

export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}
