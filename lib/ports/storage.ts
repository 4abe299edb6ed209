/**
 * The disks of a cluster: RBD images in Ceph pools. An image is named `pool/name`, and meant by its id.
 *
 * Calls fail with BAD_INPUT before anything is sent, NOT_FOUND for a missing pool or image, STORAGE_EXISTS for a name
 * that is taken, STORAGE_REFUSED with Ceph's own words, and STORAGE_UNREACHABLE when Ceph gives no usable answer, or has
 * shut this client out. With DEADLINE and CANCELLED what was asked may have happened: Ceph hangs rather than fails, for
 * instance for as long as a pool is full.
 */
export interface Storage {
  /** The image, or undefined when there is none of that name. */
  image(name: ImageName, options?: StorageCall): Promise<Image | undefined>;
  /** Names of all images of a pool, without those in its trash. */
  images(pool: string, options?: StorageCall): Promise<readonly string[]>;
  /** Creates an empty image. STORAGE_EXISTS when the name is taken. */
  create(name: ImageName, bytes: number, options?: StorageCall): Promise<void>;
  /** Grows an image. Its present size is fine; STORAGE_REFUSED for a smaller one. */
  grow(name: ImageName, bytes: number, options?: StorageCall): Promise<void>;
  /** Works on an open image too. */
  rename(pool: string, from: string, to: string, options?: StorageCall): Promise<void>;
  /**
   * Copies an image with all its data into a new one; `options.limitMs` must leave the time for that. After an error the
   * new one may be there in part, unless it is STORAGE_EXISTS.
   */
  copy(from: ImageName, to: ImageName, options?: StorageCall): Promise<void>;
  /**
   * Moves an image into the trash, where it is protected from removal for `keepSeconds`. Returns its id. STORAGE_REFUSED
   * while somebody has it open: Ceph itself would take the disk of a running guest. With `options.id` also when the name
   * is another image's by now.
   */
  trash(
    name: ImageName,
    keepSeconds: number,
    options?: StorageCall & { readonly id?: string },
  ): Promise<string>;
  /** What lies in the trash of a pool. */
  trashed(pool: string, options?: StorageCall): Promise<readonly Trashed[]>;
  /** Back to its old name; STORAGE_EXISTS when that is taken now. */
  restore(pool: string, id: string, options?: StorageCall): Promise<void>;
  /**
   * Deletes what lies in the trash, with its snapshots, for good. STORAGE_REFUSED while it is protected, unless `early`.
   * None of this id is fine.
   */
  purge(pool: string, id: string, options?: StorageCall & { readonly early?: boolean }): Promise<void>;

  /** All snapshots of an image, the oldest first. NOT_FOUND when there is no such image. */
  snapshots(name: ImageName, options?: StorageCall): Promise<readonly ImageSnapshot[]>;
  /** STORAGE_EXISTS when the image has one of this name. */
  takeSnapshot(name: ImageName, snapshot: string, options?: StorageCall): Promise<void>;
  /**
   * Removes the snapshot of this name and id; ids are not used twice in a pool. None is fine, also when another one has the name:
   * that one stays. NOT_FOUND when there is no such image.
   */
  dropSnapshot(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void>;
  /**
   * Gives the snapshot of this name and id another name. NOT_FOUND without one, STORAGE_REFUSED when it has another id,
   * STORAGE_EXISTS when the image has one of the new name.
   */
  renameSnapshot(
    name: ImageName,
    snapshot: string,
    to: string,
    id: string,
    options?: StorageCall,
  ): Promise<void>;
  /**
   * Makes the image what it was at a snapshot. NOT_FOUND without one of this name, STORAGE_REFUSED when it has another id.
   * Nobody may have the image open; `options.limitMs` must leave the time for what has changed since.
   */
  rollBack(name: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void>;

  /**
   * Who has the image open: the truth about writers, which locks are not. A client that died stays in the list for
   * Ceph's watch timeout (30 s by default), or until it is blocked.
   */
  watchers(name: ImageName, options?: StorageCall): Promise<readonly Watcher[]>;
  /**
   * Shuts a client out of the cluster: one (`ip:port/nonce`) or a whole host (`ip`), those that come later included.
   * Blocked already: only the time is set anew.
   */
  block(address: string, seconds: number, options?: StorageCall): Promise<void>;
  /** Not blocked is fine. */
  unblock(address: string, options?: StorageCall): Promise<void>;
  /** Every entry that is in force, in the form that {@link block} takes. */
  blocked(options?: StorageCall): Promise<readonly string[]>;

  /** All zero while Ceph has no manager daemon. */
  pools(options?: StorageCall): Promise<readonly Pool[]>;
  /** For people and for the public keys. */
  report(options?: StorageCall): Promise<StorageReport>;
}

export interface StorageCall {
  /** Milliseconds for each command that the call takes, one for most; default `LIMITS.cephCallMs`. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

export interface ImageName {
  readonly pool: string;
  readonly name: string;
}

export interface Image {
  readonly id: string;
  readonly bytes: number;
  readonly features: readonly string[];
  readonly flags: readonly string[];
  /** `rbd info --format json` as it is: the public tree keeps it. */
  readonly info: string;
}

export interface ImageSnapshot {
  readonly id: string;
  readonly name: string;
  /** Size of the image at that moment. */
  readonly bytes: number;
}

export interface Trashed {
  readonly id: string;
  readonly name: string;
  /** When its protection ends or ended, as `2026-11-22T11:47:57.000Z`. */
  readonly until: string;
}

export interface Watcher {
  /** `ip:port/nonce`. */
  readonly address: string;
  /** Ceph's number of the client and of its watch: 64 bits each. */
  readonly client: string;
  readonly cookie: string;
}

export interface Pool {
  readonly name: string;
  readonly id: number;
  readonly storedBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly objects: number;
  readonly usedFraction: number;
}

export interface StorageReport {
  /** The text of `ceph status`. */
  readonly status: string;
  /** The text of `ceph df`. */
  readonly usage: string;
  /** `ceph health --format json` as it is. */
  readonly health: string;
}
