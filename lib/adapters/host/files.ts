import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, chmod, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DroverError, LIMITS, messageOf } from '../../core/index.js';
import type { Files } from '../../ports/index.js';

/**
 * Files of this machine. Every failure is a FILE_FAILED that names the path and carries the system's error.
 *
 * A replacement is written as `.NAME.<16 hex digits>.tmp` in the same directory; one that a power cut left behind may
 * be removed. A symbolic link at `path` is itself replaced, never what it points to.
 */
export class HostFiles implements Files {
  read(path: string): Promise<Uint8Array | undefined> {
    return about(path, async () => {
      // Without NONBLOCK the opening of a FIFO would wait for its writer, out of reach of any limit.
      const file = await unlessMissing(open(path, constants.O_RDONLY | constants.O_NONBLOCK));
      if (file === undefined) return undefined;
      try {
        return await readWhole(file, path);
      } finally {
        await file.close();
      }
    });
  }

  replace(path: string, data: Uint8Array | string, mode: number): Promise<void> {
    return about(path, async () => {
      const beside = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
      try {
        await writeNew(beside, data, mode);
        await rename(beside, path);
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
      await flushDirectory(dirname(path));
    });
  }

  remove(path: string): Promise<void> {
    return about(path, async () => {
      const removed = await unlessMissing(unlink(path).then(() => true));
      if (removed === true) await flushDirectory(dirname(path));
    });
  }

  /** A directory that is there already keeps its rights. */
  makeDirectory(path: string, mode: number): Promise<void> {
    return about(path, async () => {
      const first = await mkdir(path, { recursive: true, mode });
      if (first === undefined) return;
      await chmod(path, mode);
      // Each new level is an entry of the one above: a power cut must not take the path away from under its files.
      const top = resolve(first);
      for (let made = resolve(path); ; made = dirname(made)) {
        await flushDirectory(dirname(made));
        if (made === top) return;
      }
    });
  }

  list(path: string): Promise<readonly string[] | undefined> {
    return about(path, async () => (await unlessMissing(readdir(path)))?.sort());
  }
}

/** Reads until the end rather than the size it had: what grows while it is read stays bounded too. */
async function readWhole(file: FileHandle, path: string): Promise<Uint8Array> {
  const stat = await file.stat();
  if (!stat.isFile()) throw refusal(path, 'it is not a regular file');
  const limit = LIMITS.fileBytes;
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(64 * 1024));
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (size > limit) throw refusal(path, `it holds more than ${limit} bytes`);
  }
}

async function writeNew(path: string, data: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(data);
    // Not by open(): the mode there passes through the umask.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
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
    if (error instanceof DroverError) throw error;
    throw new DroverError('FILE_FAILED', { object: path, reason: messageOf(error) }, error);
  }
}

function refusal(path: string, reason: string): DroverError {
  return new DroverError('FILE_FAILED', { object: path, reason });
}
