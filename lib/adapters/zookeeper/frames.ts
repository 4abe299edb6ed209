import { DroverError, LIMITS } from '../../core/index.js';

const LENGTH_BYTES = 4;

/** Cuts the bytes of one connection into whole frames: four bytes of length, then as many bytes. */
export class Frames {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /**
   * Takes what arrived and returns the frames that are complete now, each with its length in front. Throws
   * STORE_PROTOCOL at a length that no server sends: the bytes are not ZooKeeper's.
   */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: Buffer[] = [];
    for (let size = this.#next(); size !== undefined && this.#bytes >= size; size = this.#next()) {
      const all = this.#join();
      frames.push(all.subarray(0, size));
      this.#chunks = [all.subarray(size)];
      this.#bytes -= size;
    }
    return frames;
  }

  /** The size of the frame at the front, or undefined while its length is not there yet. */
  #next(): number | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined;
    const first = this.#chunks[0];
    const head = first !== undefined && first.length >= LENGTH_BYTES ? first : this.#join();
    const length = head.readInt32BE(0);
    if (length < 0 || length > LIMITS.storeFrameBytes)
      throw new DroverError('STORE_PROTOCOL', {
        object: 'ZooKeeper reply',
        reason: `a frame claims ${length} bytes`,
      });
    return LENGTH_BYTES + length;
  }

  #join(): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    if (all !== undefined) return all;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
