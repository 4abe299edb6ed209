import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { DroverError, LIMITS } from '../../core/index.js';
import type { ImageFiles, ImageName, ImageSnapshot, Processes, StorageCall } from '../../ports/index.js';
import { type CephAccess, CephClient } from './client.js';
import { cephError } from './failures.js';
import { spec } from './names.js';

const JSON_FORMAT = ['--format', 'json'];
/** What a list of all objects of a large image may take. */
const EXTENTS_BYTES = 256 * 1024 * 1024;

const Snapshots = Type.Array(Type.Object({ id: Type.Integer(), name: Type.String(), size: Type.Integer() }));
const Extents = Type.Array(Type.Object({ length: Type.Integer(), exists: Type.String() }));

/** Images to files and back, by `rbd`. */
export class CephImageFiles implements ImageFiles {
  readonly #processes: Processes;
  readonly #ceph: CephClient;

  constructor(processes: Processes, access: CephAccess = {}) {
    this.#processes = processes;
    this.#ceph = new CephClient(processes, access);
  }

  async snapshots(image: ImageName, options?: StorageCall): Promise<readonly ImageSnapshot[]> {
    const object = `image ${spec(image)}`;
    const text = await this.#rbd(object, ['snap', 'ls', ...JSON_FORMAT, spec(image)], options);
    return read(Snapshots, object, text).map(({ id, name, size }) => ({ id: String(id), name, bytes: size }));
  }

  async takeSnapshot(image: ImageName, snapshot: string, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(image, snapshot);
    await this.#rbd(`snapshot ${at}`, ['snap', 'create', '--no-progress', at], options);
  }

  async dropSnapshot(image: ImageName, snapshot: string, id: string, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(image, snapshot);
    const found = (await this.snapshots(image, options)).find(({ name }) => name === snapshot);
    if (found === undefined) return;
    if (found.id !== id)
      throw new DroverError('STORAGE_REFUSED', {
        object: `snapshot ${at}`,
        reason: `it is snapshot ${found.id}, not ${id}: somebody else has made it`,
      });
    await this.#rbd(`snapshot ${at}`, ['snap', 'rm', '--no-progress', at], options);
  }

  async clone(image: ImageName, snapshot: string, to: ImageName, options?: StorageCall): Promise<void> {
    const at = snapshotSpec(image, snapshot);
    // A clone of the second kind needs no protected snapshot.
    await this.#rbd(`snapshot ${at}`, ['clone', '--rbd-default-clone-format', '2', at, spec(to)], options);
  }

  async changedBytes(
    image: ImageName,
    snapshot: string,
    from: string | undefined,
    options?: StorageCall,
  ): Promise<number> {
    const at = snapshotSpec(image, snapshot);
    const since = from === undefined ? [] : ['--from-snap', snapshotName(from)];
    const words = ['diff', '--whole-object', ...JSON_FORMAT, ...since, at];
    const text = await this.#rbd(`snapshot ${at}`, words, { ...options, outputBytes: EXTENTS_BYTES });
    return read(Extents, `snapshot ${at}`, text)
      .filter(({ exists }) => exists === 'true')
      .reduce((sum, { length }) => sum + length, 0);
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

  #rbd(
    object: string,
    words: readonly string[],
    options?: StorageCall & { readonly outputBytes?: number },
  ): Promise<string> {
    return this.#ceph.run('rbd', object, words, options);
  }
}

function read<S extends TSchema>(schema: S, object: string, text: string) {
  const validator = Compile(schema);
  try {
    return validator.Parse(JSON.parse(text));
  } catch (error) {
    const reason = 'its answer cannot be read';
    const remedy = 'check the version of Ceph on this node; nothing was concluded from the answer';
    throw new DroverError('STORAGE_UNREACHABLE', { object, reason, remedy }, error);
  }
}

function snapshotSpec(image: ImageName, snapshot: string): string {
  return `${spec(image)}@${snapshotName(snapshot)}`;
}

/** Refuses what `rbd` would read otherwise. */
function snapshotName(name: string): string {
  if (/^[^-\p{C}/@][^\p{C}/@]*$/u.test(name)) return name;
  throw new DroverError('BAD_INPUT', {
    object: `snapshot ${JSON.stringify(name.slice(0, 100))}`,
    reason: 'it is empty, begins with a dash, or has a / or @ in it',
  });
}
