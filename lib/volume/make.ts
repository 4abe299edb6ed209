import { DroverError, type Plan } from '../core/index.js';
import type { Image, ImageName } from '../ports/index.js';
import { discard, sweep } from './discard.js';
import { attemptOfStage, stageName, taskOfStage, volumeLabel } from './names.js';
import { isPublished, publishPool, publishVolume, readPublicVolume } from './public-keys.js';
import { type AnyTask, carryOut, type VolumeWorld, type Work } from './world.js';

/** What the making of a volume is planned from. Page: docs/volumes.md. */
export interface MakeFacts {
  readonly volume: ImageName;
  /** What has the name. */
  readonly target: Image | undefined;
  /** What attempts of this task have made under names of their own. */
  readonly stages: readonly { readonly name: string; readonly id: string }[];
  /** The id of the image that was whole. */
  readonly whole: string | undefined;
  readonly published: boolean;
}

export type MakeStep =
  | { readonly kind: 'discard'; readonly stage: string }
  | { readonly kind: 'fill' }
  | { readonly kind: 'name'; readonly stage: string }
  | { readonly kind: 'publish'; readonly image: Image };

/** The first step towards a volume that has its name only when it is whole. STORAGE_EXISTS when another has the name. */
export function planMake({ volume, target, stages, whole, published }: MakeFacts): Plan<MakeStep> {
  const [left] = stages.filter(({ id }) => id !== whole);
  if (left !== undefined)
    return { do: 'step', step: { kind: 'discard', stage: left.name }, reason: 'an attempt was cut in it' };
  if (target !== undefined && target.id !== whole)
    throw new DroverError('STORAGE_EXISTS', {
      object: volumeLabel(volume),
      reason: 'there is an image of this name',
    });
  if (target !== undefined)
    return published
      ? { do: 'rest', reason: 'it is there, and told' }
      : { do: 'step', step: { kind: 'publish', image: target }, reason: 'it is there, and not told' };
  const [stage] = stages;
  return stage === undefined
    ? { do: 'step', step: { kind: 'fill' }, reason: 'it is to be made' }
    : { do: 'step', step: { kind: 'name', stage: stage.name }, reason: 'it is whole' };
}

/** What is remembered over the death of an attempt. */
interface Resume {
  readonly whole?: string;
}

/**
 * Makes a volume: `fill` makes the image under a name that only this attempt has; once it is whole it gets its own. Another
 * attempt goes on from whatever it finds. When it fails, nothing of it is left.
 */
export async function make(
  world: VolumeWorld,
  task: AnyTask,
  volume: ImageName,
  fill: (stage: ImageName) => Promise<void>,
): Promise<Image> {
  const { store, storage } = world;
  const { pool } = volume;
  const options = { signal: task.signal };
  const mine = { pool, name: stageName(task.id, task.attempt) };
  let whole = (task.resume as Resume | undefined)?.whole;
  let made: Image | undefined;
  const work: Work<MakeFacts, MakeStep> = {
    name: 'volume-make',
    read: async () => {
      const names = (await storage.images(pool, options)).filter((name) => taskOfStage(name) === task.id);
      const stages = await Promise.all(
        names.map(async (name) => ({ name, id: (await storage.image({ pool, name }, options))?.id ?? '' })),
      );
      const target = await storage.image(volume, options);
      const published =
        target !== undefined && isPublished(await readPublicVolume(store, volume, options), target);
      made = target;
      return { volume, target, stages, whole, published };
    },
    plan: planMake,
    executors: {
      discard: ({ stage }) => discard(world, { pool, name: stage }, task.signal),
      fill: async () => {
        await fill(mine);
        const image = await storage.image(mine, options);
        if (image === undefined)
          throw new DroverError('STORAGE_REFUSED', {
            object: volumeLabel(mine),
            reason: 'somebody removed it while it was being made',
          });
        await task.save({ whole: image.id } satisfies Resume);
        whole = image.id;
      },
      name: async ({ stage }) => {
        await storage.rename(pool, stage, volume.name, options);
      },
      publish: ({ image }) => publishVolume(store, volume, image, options),
    },
  };
  try {
    await sweep(world, task, pool);
    await publishPool(store, pool, options);
    await carryOut(world, task, work);
  } catch (error) {
    await tidy(world, task, pool).catch((second: unknown) => {
      task.log.warn({ task: task.id, err: second }, 'what was being made is left to the next task');
    });
    throw error;
  }
  if (made === undefined)
    throw new DroverError('INTERNAL', {
      object: volumeLabel(volume),
      reason: 'it was made and is not there',
    });
  return made;
}

/** Discards what this attempt and those before it made: one that has gone on meanwhile has names of its own. */
async function tidy(world: VolumeWorld, { id, attempt }: AnyTask, pool: string): Promise<void> {
  for (const name of await world.storage.images(pool))
    if (taskOfStage(name) === id && attemptOfStage(name) <= attempt) await discard(world, { pool, name });
}
