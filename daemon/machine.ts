import { DroverError } from '../lib/core/index.js';
import type { Files } from '../lib/ports/index.js';

/** Where a node that is not a whole machine keeps the identity of its own boot. */
const OWN_BOOT_ID = '/run/drover/boot-id';
const KERNEL_BOOT_ID = '/proc/sys/kernel/random/boot_id';
const HOST_NAME = '/proc/sys/kernel/hostname';

/** The identity of this run of the machine: anew at each power-on. */
export async function bootId(files: Files): Promise<string> {
  const own = await files.read(OWN_BOOT_ID);
  const bytes = own ?? (await files.read(KERNEL_BOOT_ID));
  return lineOf(bytes, KERNEL_BOOT_ID);
}

/** The host name of this machine, as the kernel has it. */
export async function hostName(files: Files): Promise<string> {
  return lineOf(await files.read(HOST_NAME), HOST_NAME);
}

function lineOf(bytes: Uint8Array | undefined, path: string): string {
  const line = new TextDecoder().decode(bytes ?? new Uint8Array()).trim();
  if (line === '') throw new DroverError('FILE_FAILED', { object: path, reason: 'it is missing or empty' });
  return line;
}
