import { DroverError, LIMITS } from '../core/index.js';
import type { Files } from '../ports/index.js';

/** Files of one machine: they survive its processes. Paths are taken as they are; directories are what paths imply. */
export class SimFiles implements Files {
  readonly #files = new Map<string, Uint8Array>();
  readonly #directories = new Set<string>();

  read(path: string): Promise<Uint8Array | undefined> {
    const data = this.#files.get(path);
    if (data !== undefined && data.length > LIMITS.fileBytes)
      throw new DroverError('FILE_FAILED', { object: path, reason: `it has ${data.length} bytes` });
    return Promise.resolve(data?.slice());
  }

  replace(path: string, data: Uint8Array | string): Promise<void> {
    this.#files.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data.slice());
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    this.#files.delete(path);
    return Promise.resolve();
  }

  makeDirectory(path: string): Promise<void> {
    this.#directories.add(path);
    return Promise.resolve();
  }

  list(path: string): Promise<readonly string[] | undefined> {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    const names = [...this.#files.keys(), ...this.#directories]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split('/')[0] ?? '');
    const known = names.length > 0 || this.#directories.has(path);
    return Promise.resolve(known ? [...new Set(names)].sort() : undefined);
  }
}
