import { together } from '../core/index.js';
import type { ImageName } from '../ports/index.js';
import { type AnyTask, discard, stageName } from '../volume/index.js';
import type { BackupWorld } from './world.js';

/** VMs that one task has in hand, at most: each has a stage of its own. */
const LANES = 100_000;

/** What a file of a backup is made of. */
export interface Export {
  readonly image: ImageName;
  readonly snapshot: string;
  /** The snapshot that it goes on from; none: it holds all of the image. */
  readonly parent: string | undefined;
  /** Number of the VM among those that this task has in hand. */
  readonly lane: number;
}

/** Makes a file of a backup, which lasts from here on, and returns its length and its sum. */
export async function exportFile(
  world: BackupWorld,
  task: AnyTask,
  { image, snapshot, parent, lane }: Export,
  path: string,
  options: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<{ readonly fileBytes: number; readonly sha256: string }> {
  const { directories, imageFiles } = world;
  const sum = async () => {
    await directories.flush(path);
    const { bytes, sha256 } = await directories.digest(path, options.signal);
    return { fileBytes: bytes, sha256 };
  };
  if (parent !== undefined) {
    await imageFiles.exportDiff(image, parent, snapshot, path, options);
    return await sum();
  }
  const stage = { pool: image.pool, name: stageName(task.id, task.attempt * LANES + lane) };
  try {
    await exportWhole(world, image, snapshot, stage, path, options);
  } catch (error) {
    await discard(world, stage);
    throw error;
  }
  const [summed] = await together([sum(), discard(world, stage)]);
  return summed;
}

/**
 * A file with what an image was at a snapshot, and that snapshot in it. `rbd export` of a snapshot writes the head all the
 * same, which a guest changes meanwhile: so it is a clone that is exported, the stage.
 */
async function exportWhole(
  { storage, clock, imageFiles }: BackupWorld,
  image: ImageName,
  snapshot: string,
  stage: ImageName,
  path: string,
  options: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<void> {
  const { signal } = options;
  await discard({ storage, clock }, stage, signal);
  await imageFiles.clone(image, snapshot, stage, { signal });
  await storage.takeSnapshot(stage, snapshot, { signal });
  await imageFiles.exportImage(stage, path, options);
}
