import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DroverError, messageOf } from '../../core/index.js';
import type { Digest, Directories } from '../../ports/index.js';

const READ_BYTES = 1024 * 1024;

/** Directories of this machine. */
export class HostDirectories implements Directories {
  real(path: string): Promise<string | undefined> {
    return about(path, () => unlessMissing(realpath(path)));
  }

  rename(from: string, to: string): Promise<void> {
    return about(from, async () => {
      await rename(from, to);
      await flush(dirname(to));
      if (dirname(from) !== dirname(to)) await flush(dirname(from));
    });
  }

  removeTree(path: string): Promise<void> {
    return about(path, async () => {
      await rm(path, { recursive: true, force: true });
      await unlessMissing(flush(dirname(path)));
    });
  }

  digest(path: string, signal?: AbortSignal): Promise<Digest> {
    return about(path, async () => {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        if (!(await file.stat()).isFile())
          throw new DroverError('FILE_FAILED', { object: path, reason: 'it is not a regular file' });
        const hash = createHash('sha256');
        const buffer = Buffer.allocUnsafe(READ_BYTES);
        for (let bytes = 0; ;) {
          signal?.throwIfAborted();
          const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
          if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
          hash.update(buffer.subarray(0, bytesRead));
          bytes += bytesRead;
        }
      } finally {
        await file.close();
      }
    });
  }

  size(path: string): Promise<number | undefined> {
    return about(path, async () => {
      const found = await unlessMissing(lstat(path));
      return found?.isFile() === true ? found.size : undefined;
    });
  }

  flush(path: string): Promise<void> {
    return about(path, async () => {
      await flush(path);
      await flush(dirname(path));
    });
  }

  freeBytes(path: string): Promise<number> {
    return about(path, async () => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    });
  }

  isMountPoint(path: string): Promise<boolean> {
    return about(path, async () => {
      const [here, above] = await Promise.all([
        unlessMissing(stat(path)),
        unlessMissing(stat(join(path, '..'))),
      ]);
      if (here === undefined || above === undefined) return false;
      return here.dev !== above.dev || here.ino === above.ino;
    });
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function about<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DroverError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw new DroverError('FILE_FAILED', { object: path, reason: messageOf(error) }, error);
  }
}
