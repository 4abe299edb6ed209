/** The disks of a cluster: RBD images in Ceph pools. An image is named `pool/name`, and meant by its id. */
export interface Storage {
  /** The image, or undefined when there is none of that name. */
  image(name: ImageName, options?: StorageCall): Promise<Image | undefined>;
  /** Every image of a pool. */
  images(pool: string, options?: StorageCall): Promise<readonly string[]>;
  /** Creates an empty image. STORAGE_EXISTS when the name is taken. */
  create(name: ImageName, bytes: number, options?: StorageCall): Promise<void>;
  /** Grows an image; a smaller size is refused. */
  grow(name: ImageName, bytes: number, options?: StorageCall): Promise<void>;
  rename(pool: string, from: string, to: string, options?: StorageCall): Promise<void>;
  /** Copies an image with all its data into a new one. */
  copy(from: ImageName, to: ImageName, options?: StorageCall): Promise<void>;
  /** Moves an image into the trash, from where it can be restored until it expires. Returns its id. */
  trash(name: ImageName, keepSeconds: number, options?: StorageCall): Promise<string>;
  /** What lies in the trash of a pool. */
  trashed(pool: string, options?: StorageCall): Promise<readonly Trashed[]>;
  restore(pool: string, id: string, options?: StorageCall): Promise<void>;

  /** Who has the image open: the truth about writers, which locks are not. */
  watchers(name: ImageName, options?: StorageCall): Promise<readonly Watcher[]>;
  /** Shuts a client out of the cluster: one (`ip:port/nonce`) or a whole host (`ip`). */
  block(address: string, seconds: number, options?: StorageCall): Promise<void>;
  unblock(address: string, options?: StorageCall): Promise<void>;
  /** Every entry that is in force. */
  blocked(options?: StorageCall): Promise<readonly string[]>;

  pools(options?: StorageCall): Promise<readonly Pool[]>;
  /** What `ceph status`, `ceph df` and `ceph health` say, for people and for the public keys. */
  report(options?: StorageCall): Promise<StorageReport>;
}

export interface StorageCall {
  /** Milliseconds; default `LIMITS.cephCallMs`. */
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

export interface Trashed {
  readonly id: string;
  readonly name: string;
  readonly until: string;
}

export interface Watcher {
  /** `ip:port/nonce`. */
  readonly address: string;
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
  readonly status: string;
  readonly usage: string;
  /** `ceph health --format json` as it is. */
  readonly health: string;
}
