import { DroverError } from '../../lib/core/index.js';
import type { ImageName, ImageStreams } from '../../lib/ports/index.js';
import { bannerBytes, DiffReader, endBytes, sizeBytes, writeBytes, zeroBytes } from '../../lib/ship/index.js';
import type { SimImages } from '../../lib/sim/storage/images.js';

const BLOCK = 64 * 1024;
const ZEROES = Buffer.alloc(BLOCK);

/** Streams of simulated images, with their very bytes: the word that an image keeps for its data names them. */
export class ByteStreams implements ImageStreams {
  readonly #images: SimImages;
  readonly #bytes = new Map<string, Buffer>();
  #versions = 0;
  /** Called before each piece of a stream is taken: what it throws is how the write ends. */
  onPiece: () => void = () => undefined;

  constructor(images: SimImages) {
    this.#images = images;
  }

  /** What an image holds now, or at a snapshot. */
  bytes(name: ImageName, snapshot?: string): Buffer {
    const image = this.#images.get(name);
    const at = snapshot === undefined ? image : image.snapshots.get(snapshot);
    if (at === undefined)
      throw new DroverError('NOT_FOUND', { object: `snapshot ${snapshot ?? ''}`, reason: 'none' });
    return resized(this.#bytes.get(at.data) ?? Buffer.alloc(0), at.bytes);
  }

  /** Somebody writes all of an image. */
  put(name: ImageName, bytes: Buffer): void {
    const image = this.#images.get(name);
    image.bytes = bytes.length;
    image.data = this.#kept(bytes);
  }

  async *read(
    name: ImageName,
    snapshot: string,
    { from }: { readonly from?: string; readonly signal?: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const now = this.bytes(name, snapshot);
    const before =
      from === undefined ? Buffer.alloc(now.length) : resized(this.bytes(name, from), now.length);
    yield bannerBytes();
    yield sizeBytes(now.length);
    for (let at = 0; at < now.length; at += BLOCK) {
      const piece = now.subarray(at, at + BLOCK);
      if (piece.equals(before.subarray(at, at + BLOCK))) continue;
      if (piece.equals(ZEROES.subarray(0, piece.length))) yield zeroBytes(at, piece.length);
      else yield Buffer.concat([writeBytes(at, piece.length), piece]);
    }
    yield endBytes();
    await Promise.resolve();
  }

  async write(name: ImageName, stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const reader = new DiffReader(name.name);
    let bytes: Buffer = Buffer.from(this.bytes(name));
    let at = 0;
    try {
      for await (const chunk of stream)
        for (const piece of reader.push(chunk)) {
          signal?.throwIfAborted();
          this.onPiece();
          if (piece.kind === 'size') bytes = resized(bytes, piece.bytes);
          if (piece.kind === 'zero') bytes.fill(0, piece.offset, piece.offset + piece.length);
          if (piece.kind === 'write') at = piece.offset;
          if (piece.kind === 'data') at += piece.raw.copy(bytes, at);
        }
      reader.finish();
    } finally {
      // What came before it broke is in the image.
      this.put(name, bytes);
    }
  }

  async touchedBytes(name: ImageName, snapshot: string, from: string | undefined): Promise<number> {
    let touched = 0;
    const options = from === undefined ? {} : { from };
    for await (const chunk of this.read(name, snapshot, options)) touched += chunk.length;
    return touched;
  }

  #kept(bytes: Buffer): string {
    this.#versions += 1;
    const word = `bytes ${this.#versions}`;
    this.#bytes.set(word, bytes);
    return word;
  }
}

function resized(bytes: Buffer, length: number): Buffer {
  return bytes.length === length
    ? bytes
    : Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))], length);
}
