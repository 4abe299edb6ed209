import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import type { Flows, ImageName, ImageStreams, Processes, StorageCall } from '../../ports/index.js';
import { type CephAccess, CephClient } from './client.js';
import { cephError } from './failures.js';
import { snapshotName, snapshotSpec, spec } from './names.js';

/** What a list of all objects of a large image may take. */
const EXTENTS_BYTES = 256 * 1024 * 1024;

const Extents = Type.Array(Type.Object({ length: Type.Integer(), exists: Type.String() }));
const extents = Compile(Extents);

/** Images as streams, by `rbd export-diff` and `rbd import-diff`. */
export class CephImageStreams implements ImageStreams {
  readonly #flows: Flows;
  readonly #ceph: CephClient;

  constructor(processes: Processes & Flows, access: CephAccess = {}) {
    this.#flows = processes;
    this.#ceph = new CephClient(processes, access);
  }

  async *read(
    image: ImageName,
    snapshot: string,
    options: { readonly from?: string; readonly wholeObjects?: boolean; readonly signal?: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const at = snapshotSpec(image, snapshot);
    const args = [
      ...this.#ceph.access,
      'export-diff',
      '--no-progress',
      ...(options.wholeObjects === true ? ['--whole-object'] : []),
      ...(options.from === undefined ? [] : ['--from-snap', snapshotName(options.from)]),
      at,
      '-',
    ];
    try {
      yield* this.#flows.output({ program: 'rbd', args }, options.signal);
    } catch (error) {
      throw cephError('rbd', `snapshot ${at}`, error);
    }
  }

  async write(image: ImageName, stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const args = [...this.#ceph.access, 'import-diff', '--no-progress', '-', spec(image)];
    try {
      await this.#flows.input({ program: 'rbd', args }, stream, signal);
    } catch (error) {
      const object = `image ${spec(image)}`;
      if (!isDroverError(error, 'DEADLINE')) throw cephError('rbd', object, error);
      const reason = `what has come was not written within ${LIMITS.pipeDrainMs / 1_000} s`;
      const remedy = 'look at the free space of the pool: a full one makes Ceph wait for ever';
      throw new DroverError('DEADLINE', { object, reason, remedy }, error);
    }
  }

  async touchedBytes(
    image: ImageName,
    snapshot: string,
    from: string | undefined,
    options?: StorageCall,
  ): Promise<number> {
    const at = snapshotSpec(image, snapshot);
    const since = from === undefined ? [] : ['--from-snap', snapshotName(from)];
    const words = ['diff', '--whole-object', '--format', 'json', ...since, at];
    const text = await this.#ceph.run('rbd', `snapshot ${at}`, words, {
      ...options,
      outputBytes: EXTENTS_BYTES,
    });
    return readExtents(`snapshot ${at}`, text)
      .filter(({ exists }) => exists === 'true')
      .reduce((sum, { length }) => sum + length, 0);
  }
}

function readExtents(object: string, text: string): Static<typeof Extents> {
  try {
    return extents.Parse(JSON.parse(text));
  } catch (error) {
    const reason = 'its answer cannot be read';
    const remedy = 'check the version of Ceph on this node; nothing was concluded from the answer';
    throw new DroverError('STORAGE_UNREACHABLE', { object, reason, remedy }, error);
  }
}
