import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DroverError, messageOf } from '../lib/core/index.js';

/** The checkout that this module was built in: the directory that holds package.json. */
export function checkout(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return at;
}

/** The scripts that run inside. */
export const SHELL = join(checkout(), 'sandbox', 'shell');

/** Where sandboxes lie: `$DROVER_SANDBOX_DIR`, or `.sandbox` of the checkout. */
export function sandboxesDirectory(): string {
  const { DROVER_SANDBOX_DIR: given } = process.env;
  return given === undefined || given === '' ? join(checkout(), '.sandbox') : given;
}

/** Writes a file and the directories above it. */
export async function write(path: string, text: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode });
}

/** A file's text, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new DroverError('FILE_FAILED', { object: path, reason: messageOf(error) }, error);
  }
}

/** The end of a log, for a message. */
export async function tailOf(path: string, characters = 600): Promise<string> {
  const text = await readIfThere(path);
  return text === undefined || text.trim() === '' ? '(its log is empty)' : text.trim().slice(-characters);
}
