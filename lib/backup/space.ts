import { DroverError } from '../core/index.js';
import type { Directories } from '../ports/index.js';

/** The room of a file system that several files are written into at once. */
export class Space {
  readonly #directories: Directories;
  /** Bytes that the files in hand may take, written or not. */
  #promised = 0;
  #waiting: (() => void)[] = [];

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  /**
   * Does `work`, which may write so many bytes below `folder`. What does not fit beside others waits for them; REFUSED when it does
   * not fit alone.
   */
  async with<T>(folder: string, bytes: number, what: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const free = await this.#directories.freeBytes(folder);
      if (bytes < free - this.#promised) break;
      if (this.#promised === 0)
        throw new DroverError('REFUSED', {
          object: what,
          reason: `it may take ${bytes} bytes, and ${folder} has ${free} free`,
          remedy: 'make room there, or keep fewer backups',
        });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#promised += bytes;
    try {
      return await work();
    } finally {
      this.#promised -= bytes;
      for (const resume of this.#waiting.splice(0)) resume();
    }
  }
}
