import { randomBytes } from 'node:crypto';
import { bannerBytes, endBytes, sizeBytes, writeBytes, zeroBytes } from '../../lib/ship/index.js';
import { DATA, type World } from './world.js';

export const MIB = 1024 ** 2;
/** The guest keeps its chain in the first MiB of each disk; what the demonstration writes lies behind. */
const SIZE_MIB = 256;

/** Something that befalls the second disk. */
export interface Change {
  readonly kind: 'write' | 'discard';
  readonly atMiB: number;
  readonly lengthMiB: number;
}

export async function makeDataDisk({ sandbox }: World): Promise<void> {
  await sandbox.rbd('east', 'create', '--size', `${SIZE_MIB}M`, `vms/${DATA}`);
}

/** Writes random bytes into the second disk, and discards some, beside the guest that has it open. */
export async function changeData(world: World, ...changes: readonly Change[]): Promise<void> {
  const stream = [bannerBytes(), sizeBytes(SIZE_MIB * MIB), ...changes.flatMap(recordsOf), endBytes()];
  await world.sandbox.run(
    world.sandbox.cephHost('east').name,
    ['rbd', 'import-diff', '--no-progress', '-', `vms/${DATA}`],
    { input: Buffer.concat(stream), limitMs: 60_000, signal: world.signal },
  );
}

/** How much of the second disk is in use on a cluster, by whole objects. */
export async function usedBytes({ sandbox }: World, cluster: string): Promise<number> {
  const text = await sandbox.rbd(cluster, 'diff', '--whole-object', '--format', 'json', `vms/${DATA}`);
  const extents = JSON.parse(text) as readonly { readonly length: number; readonly exists: string }[];
  return extents.filter(({ exists }) => exists === 'true').reduce((sum, { length }) => sum + length, 0);
}

/** As `rbd import-diff` reads them. */
function recordsOf({ kind, atMiB, lengthMiB }: Change): Buffer[] {
  const [at, length] = [atMiB * MIB, lengthMiB * MIB];
  return kind === 'write' ? [writeBytes(at, length), randomBytes(length)] : [zeroBytes(at, length)];
}
