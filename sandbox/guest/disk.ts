import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground } from '../ground.js';
import { INSIDE } from '../layout.js';
import { POOL } from '../parts/ceph-files.js';

export const SECTOR = 512;
const MIB = 1024 ** 2;
/** The file system that the guest agent freezes, at the end of the disk. */
const FILE_SYSTEM_MIB = 8;

/**
 * Makes an image for a guest's first disk: a partition table, room for the chain, and a small ext4 at the end. Any
 * further disk can be a plain `rbd create`.
 *
 * @param sizeMiB at least 16; 64 holds a chain of three hours
 */
export async function makeGuestDisk(
  ground: Ground,
  cluster: string,
  image: string,
  sizeMiB = 64,
): Promise<void> {
  const name = `disk-${randomUUID()}`;
  const path = join(ground.directory, name);
  const sectors = (sizeMiB * MIB) / SECTOR;
  const start = ((sizeMiB - FILE_SYSTEM_MIB) * MIB) / SECTOR;
  try {
    const file = await open(path, 'wx');
    await file.truncate(sizeMiB * MIB);
    await file.write(partitionTable(start, sectors), 0, SECTOR, 0);
    await file.close();
    const options = ['-q', '-F', '-b', '1024', '-E', `offset=${start * SECTOR},nodiscard`];
    await execa('mkfs.ext4', [...options, path, `${FILE_SYSTEM_MIB * 1024}k`], { timeout: 30_000 });
    await ground.rbd(cluster, 'import', '--no-progress', `${INSIDE}/${name}`, `${POOL}/${image}`);
  } finally {
    await rm(path, { force: true });
  }
}

/** The bytes of an image or of a snapshot of it (`IMAGE@SNAPSHOT`). */
export async function readImage(ground: Ground, cluster: string, image: string): Promise<Buffer> {
  const name = `export-${randomUUID()}`;
  try {
    await ground.rbd(cluster, 'export', '--no-progress', `${POOL}/${image}`, `${INSIDE}/${name}`);
    return await readFile(join(ground.directory, name));
  } finally {
    await rm(join(ground.directory, name), { force: true });
  }
}

/** A table (MBR) with the chain's area as its first partition and the file system as its second. */
function partitionTable(start: number, end: number): Buffer {
  const table = Buffer.alloc(SECTOR);
  const entry = (at: number, type: number, first: number, count: number): void => {
    table.writeUInt8(type, at + 4);
    table.writeUInt32LE(first, at + 8);
    table.writeUInt32LE(count, at + 12);
  };
  entry(446, 0xda, 1, start - 1);
  entry(462, 0x83, start, end - start);
  table.writeUInt16LE(0xaa55, 510);
  return table;
}

/** The first sector behind the chain's area: where the second partition begins, or the end of the disk. */
export function chainLimit(disk: Uint8Array): number {
  const table = Buffer.from(disk.buffer, disk.byteOffset, SECTOR);
  const second = table.readUInt16LE(510) === 0xaa55 ? table.readUInt32LE(462 + 8) : 0;
  return second === 0 ? Math.floor(disk.length / SECTOR) : second;
}
