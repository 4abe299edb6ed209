import { DroverError } from '../../core/index.js';

/** Bytes of an image in their place. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What a stretch has at most; memory does not grow with the image. */
const STRETCH_BYTES = 1024 * 1024;

export function endOf({ offset, bytes }: Stretch): number {
  return offset + bytes.length;
}

/** Gathers chunks, however they come, to stretches that end where the image has a multiple of 1 MiB. */
export class Gatherer {
  #offset: number;
  #chunks: Buffer[] = [];
  #length = 0;

  /** @param offset where the first byte belongs */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Where the next byte belongs. */
  get at(): number {
    return this.#offset + this.#length;
  }

  *push(chunk: Uint8Array): Generator<Stretch> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      const room = STRETCH_BYTES - (this.at % STRETCH_BYTES);
      const taken = rest.subarray(0, room);
      this.#chunks.push(taken);
      this.#length += taken.length;
      rest = rest.subarray(taken.length);
      if (taken.length === room) yield* this.flush();
    }
  }

  /** What has come since the last stretch. */
  *flush(): Generator<Stretch> {
    if (this.#length === 0) return;
    const bytes = Buffer.concat(this.#chunks);
    yield { offset: this.#offset, bytes };
    this.#offset += bytes.length;
    this.#chunks = [];
    this.#length = 0;
  }
}

/** All of an image from its first byte on. BAD_INPUT unless it is exactly `size` bytes. */
export async function* wholeImage(
  object: string,
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Stretch> {
  const gatherer = new Gatherer(0);
  for await (const chunk of body) {
    if (gatherer.at + chunk.length > size)
      throw torn(object, `it has more than the ${size} bytes that it announced`);
    yield* gatherer.push(chunk);
  }
  if (gatherer.at < size) throw torn(object, `it ends after ${gatherer.at} of ${size} bytes`);
  yield* gatherer.flush();
}

/** BAD_INPUT about a body that is not what it should be. */
export function torn(object: string, reason: string): DroverError {
  return new DroverError('BAD_INPUT', {
    object,
    reason,
    remedy: 'send the snapshot again, from its configuration on',
  });
}
