import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from './files.js';

const KEPT = () => join(checkout(), 'dist/sandbox/capabilities');
const cacheOf = (directory: string, node: string): string =>
  join(directory, 'nodes', node, 'var/cache/libvirt/qemu/capabilities');

/**
 * Gives a new node what an earlier one's libvirtd found out about QEMU, which costs it seconds of processor time.
 * libvirtd checks itself whether that still holds: versions, kernel, processor.
 */
export async function recallCapabilities(directory: string, node: string): Promise<void> {
  if (existsSync(KEPT())) await cp(KEPT(), cacheOf(directory, node), { recursive: true });
}

/** Keeps what a node's libvirtd found out, unless something is kept already. */
export async function keepCapabilities(directory: string, node: string): Promise<void> {
  if (existsSync(KEPT()) || !existsSync(cacheOf(directory, node))) return;
  const fresh = `${KEPT()}.${process.pid}`;
  await mkdir(dirname(fresh), { recursive: true });
  await cp(cacheOf(directory, node), fresh, { recursive: true });
  try {
    await rename(fresh, KEPT());
  } catch {
    // Another sandbox was faster: the same text.
    await rm(fresh, { recursive: true });
  }
}
