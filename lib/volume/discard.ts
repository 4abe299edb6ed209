import { DroverError, isDroverError, LIMITS } from '../core/index.js';
import type { ImageName, StorageCall } from '../ports/index.js';
import { isEnded, readTask } from '../task/index.js';
import { taskOfStage, volumeLabel } from './names.js';
import type { AnyTask, VolumeWorld } from './world.js';

const LOOK_AGAIN_MS = 250;
const BLOCK_SECONDS = 3_600;

type Ends = Pick<VolumeWorld, 'storage' | 'clock'>;

/**
 * Shuts out whoever has an image open, and returns once nobody has: whose addresses those were. HELD when one stays
 * longer than a dead client can.
 */
export async function shutOut(
  world: Ends,
  image: ImageName,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const blocked = new Set<string>();
  await untilClosed(world, image, signal, async (address, options) => {
    if (blocked.has(address)) return;
    await world.storage.block(address, BLOCK_SECONDS, options);
    blocked.add(address);
  });
  return [...blocked];
}

/** Returns once nobody has an image open any more. HELD when somebody has it longer than a dead client can. */
export async function awaitClosed(world: Ends, image: ImageName, signal?: AbortSignal): Promise<void> {
  await untilClosed(world, image, signal, () => Promise.resolve());
}

/** Ceph tells of no end of a client: it is asked again. */
async function untilClosed(
  { storage, clock }: Ends,
  image: ImageName,
  signal: AbortSignal | undefined,
  meet: (address: string, options: StorageCall) => Promise<void>,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const until = clock.monotonic() + LIMITS.watcherGoneMs;
  for (;;) {
    const watchers = await storage.watchers(image, options);
    const [first] = watchers;
    if (first === undefined) return;
    if (clock.monotonic() >= until)
      throw new DroverError('HELD', {
        object: volumeLabel(image),
        reason: `${first.address} has had it open for more than ${LIMITS.watcherGoneMs / 1_000} s`,
        remedy: 'end that client, then ask again',
      });
    for (const { address } of watchers) await meet(address, options);
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Deletes an image that was being made, for good: nobody but a dead attempt ever had it. None is fine. */
export async function discard(world: Ends, image: ImageName, signal?: AbortSignal): Promise<void> {
  const { storage } = world;
  const options = signal === undefined ? {} : { signal };
  const found = await storage.image(image, options);
  if (found === undefined) return;
  try {
    await shutOut(world, image, signal);
    await storage.trash(image, 1, { ...options, id: found.id });
  } catch (error) {
    if (!isDroverError(error, 'NOT_FOUND')) throw error;
  }
  await storage.purge(image.pool, found.id, { ...options, early: true });
}

/** Discards what tasks that have ended, or that nobody knows any more, were making in a pool. */
export async function sweep(world: VolumeWorld, task: AnyTask, pool: string): Promise<void> {
  const { store, storage } = world;
  const options = { signal: task.signal };
  for (const name of await storage.images(pool, options)) {
    const maker = taskOfStage(name);
    if (maker === undefined || maker === task.id) continue;
    const view = await readTask(store, maker, options);
    if (view !== undefined && !isEnded(view.status)) continue;
    task.throwIfOver();
    await discard(world, { pool, name }, task.signal);
    task.log.info({ task: task.id, image: `${pool}/${name}` }, `what task ${maker} left was discarded`);
  }
}
