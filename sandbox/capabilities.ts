import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from './files.js';

/** Where they are kept between sandboxes: a build throws them away. */
const KEPT = () => join(checkout(), 'dist/sandbox/capabilities');
const cacheOf = (directory: string, node: string): string =>
  join(directory, 'nodes', node, 'var/cache/libvirt/qemu/capabilities');

/**
 * Gives a new node what an earlier one's libvirtd found out about QEMU, which costs it seconds of processor time.
 * libvirtd checks itself whether that still holds: versions, kernel, processor.
 */
export async function recallCapabilities(directory: string, node: string, kept = KEPT()): Promise<void> {
  if (existsSync(kept)) await cp(kept, cacheOf(directory, node), { recursive: true });
}

/**
 * Keeps what a node's libvirtd found out, unless something is kept already. libvirtd may be at its files meanwhile: one that
 * it takes away is not kept, and one that it has only begun it will not believe.
 */
export async function keepCapabilities(directory: string, node: string, kept = KEPT()): Promise<void> {
  if (existsSync(kept)) return;
  const found = await filesOf(cacheOf(directory, node));
  if (found.length === 0) return;
  await mkdir(dirname(kept), { recursive: true });
  // Of its own: several nodes come up at once, in this process too.
  const fresh = await mkdtemp(`${kept}.`);
  await Promise.all(found.map(({ name, data }) => writeFile(join(fresh, name), data)));
  try {
    await rename(fresh, kept);
  } catch (error) {
    await rm(fresh, { recursive: true });
    // Another node, or another sandbox, was faster: the same text.
    if (!existsSync(kept)) throw error;
  }
}

/** The files of a directory that may be changed at this moment: those that could be read. */
async function filesOf(directory: string): Promise<{ name: string; data: Buffer }[]> {
  const names = (await orWithout(readdir(directory))) ?? [];
  const files = names.map(async (name) => ({ name, data: await orWithout(readFile(join(directory, name))) }));
  return (await Promise.all(files)).flatMap(({ name, data }) => (data === undefined ? [] : [{ name, data }]));
}

/** Undefined for what is not there, or not any more. */
async function orWithout<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
