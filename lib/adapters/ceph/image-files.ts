import { LIMITS } from '../../core/index.js';
import type { ImageFiles, ImageName, Processes, StorageCall } from '../../ports/index.js';
import { type CephAccess, CephClient } from './client.js';
import { cephError } from './failures.js';
import { snapshotName, snapshotSpec, spec } from './names.js';

/** Images to files and back, by `rbd`. */
export class CephImageFiles implements ImageFiles {
  readonly #processes: Processes;
  readonly #ceph: CephClient;

  constructor(processes: Processes, access: CephAccess = {}) {
    this.#processes = processes;
    this.#ceph = new CephClient(processes, access);
  }

  async clone(image: ImageName, snapshot: string, to: ImageName, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(image, snapshot);
    // A clone of the second kind needs no protected snapshot.
    await this.#rbd(`snapshot ${at}`, ['clone', '--rbd-default-clone-format', '2', at, spec(to)], options);
  }

  async exportImage(image: ImageName, path: string, options?: StorageCall): Promise<void> {
    const words = ['export', '--no-progress', '--export-format', '2', spec(image), path];
    await this.#rbd(`image ${spec(image)} to ${path}`, words, options);
  }

  async exportDiff(
    image: ImageName,
    from: string,
    snapshot: string,
    path: string,
    options?: StorageCall,
  ): Promise<void> {
    const at = snapshotSpec(image, snapshot);
    const words = ['export-diff', '--no-progress', '--from-snap', snapshotName(from), at, path];
    await this.#rbd(`snapshot ${at} to ${path}`, words, options);
  }

  async importImage(path: string, image: ImageName, options?: StorageCall): Promise<void> {
    const words = ['import', '--no-progress', '--export-format', '2', '-', spec(image)];
    await this.#feed(path, `image ${spec(image)} from ${path}`, words, options);
  }

  async importDiff(path: string, image: ImageName, options?: StorageCall): Promise<void> {
    const words = ['import-diff', '--no-progress', '-', spec(image)];
    await this.#feed(path, `image ${spec(image)} from ${path}`, words, options);
  }

  /** The file by a pipe: `rbd` is ended by the end of its input, for one that is killed leaves a watcher behind. */
  async #feed(path: string, object: string, words: readonly string[], call: StorageCall = {}): Promise<void> {
    const { limitMs = LIMITS.cephCallMs, signal } = call;
    const stages = [
      { program: 'cat', args: ['--', path] },
      { program: 'rbd', args: [...this.#ceph.access, ...words] },
    ];
    try {
      await this.#processes.pipe(stages, {
        limitMs,
        abort: 'source',
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw cephError('rbd', object, error);
    }
  }

  #rbd(object: string, words: readonly string[], options?: StorageCall): Promise<string> {
    return this.#ceph.run('rbd', object, words, options);
  }
}
