import { copyLimitMs, LIMITS, Loop, Scope, together } from '../core/index.js';
import type { ImageName } from '../ports/index.js';
import { type AnyTask, discard, stageName, volumeLabel } from '../volume/index.js';
import type { Space } from './space.js';
import type { BackupWorld } from './world.js';

/** VMs of one task, at most: each has a stage of its own. */
const VMS = 100_000;

/** What a file of a backup is made of. */
export interface Export {
  readonly image: ImageName;
  readonly snapshot: string;
  /** The snapshot that it goes on from; none: it holds all of the image. */
  readonly parent: string | undefined;
  /** Number of the VM among those of the task. */
  readonly vm: number;
}

/** Where it goes to. */
export interface ExportTarget {
  readonly path: string;
  /** A directory above it, which is there. */
  readonly folder: string;
  readonly space: Space;
  /** What is told meanwhile. */
  readonly progress: { readonly current: number; readonly total: number; readonly text: string };
}

/** Makes a file of a backup, which lasts from here on, and returns its length and its sum. REFUSED when there is no room for it. */
export async function exportFile(
  world: BackupWorld,
  task: AnyTask,
  { image, snapshot, parent, vm }: Export,
  { path, folder, space, progress }: ExportTarget,
): Promise<{ readonly fileBytes: number; readonly sha256: string }> {
  const { streams, directories, imageFiles } = world;
  const { signal } = task;
  const bytes = await streams.touchedBytes(image, snapshot, parent, { signal });
  const options = { signal, limitMs: copyLimitMs(bytes) };
  const sum = async () => {
    await directories.flush(path);
    const { bytes: fileBytes, sha256 } = await directories.digest(path, signal);
    return { fileBytes, sha256 };
  };
  return await space.with(folder, bytes, `backup of ${volumeLabel(image)}`, async () => {
    const tell = (done: number) => {
      task.progress({ ...progress, bytes: { done, total: Math.max(bytes, done) } });
    };
    if (parent !== undefined) {
      await whileTold(world, task, path, tell, () =>
        imageFiles.exportDiff(image, parent, snapshot, path, options),
      );
      return await sum();
    }
    const stage = { pool: image.pool, name: stageName(task.id, task.attempt * VMS + vm) };
    try {
      await whileTold(world, task, path, tell, () =>
        exportWhole(world, image, snapshot, stage, path, options),
      );
    } catch (error) {
      await discard(world, stage);
      throw error;
    }
    const [summed] = await together([sum(), discard(world, stage)]);
    return summed;
  });
}

/** Tells now and then how long a file has become that `work` writes: `rbd` itself tells it no program. */
async function whileTold<T>(
  { directories, clock }: BackupWorld,
  task: AnyTask,
  path: string,
  tell: (bytes: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const scope = new Scope(`length of ${path}`);
  const loop = new Loop<never>(scope, {
    name: 'length',
    alarms: clock,
    pass: async () => {
      const bytes = await directories.size(path);
      if (bytes !== undefined) tell(bytes);
      return { do: 'wait', ms: LIMITS.taskReportMs, reason: 'it grows' };
    },
    onError: (error) => task.log.warn({ task: task.id, err: error }, 'how far a backup is cannot be told'),
  });
  tell(0);
  void loop.start();
  try {
    return await work();
  } finally {
    await scope.close();
  }
}

/**
 * A file with what an image was at a snapshot, and that snapshot in it. `rbd export` of a snapshot writes the head all the
 * same, which a guest changes meanwhile: so it is a clone that is exported, the stage.
 */
async function exportWhole(
  world: BackupWorld,
  image: ImageName,
  snapshot: string,
  stage: ImageName,
  path: string,
  options: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<void> {
  const { storage, imageFiles } = world;
  const { signal } = options;
  await discard(world, stage, signal);
  await imageFiles.clone(image, snapshot, stage, { signal });
  await storage.takeSnapshot(stage, snapshot, { signal });
  await imageFiles.exportImage(stage, path, options);
}
