import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, type Plan } from '../core/index.js';
import type { Whereabouts } from '../domain/index.js';
import type { Image, ImageName, Store } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { targetOf } from './disks.js';
import { volumeLabel } from './names.js';
import { isPublished, publishVolume, readPublicVolume } from './public-keys.js';
import { checkSpace } from './space.js';
import { usersOf } from './users.js';
import { carryOut, type VolumeWorld, withData } from './world.js';

/** What a resize is planned from. Page: docs/volumes.md. */
export interface ResizeFacts {
  readonly volume: ImageName;
  readonly bytes: number;
  readonly node: string;
  readonly image: Image | undefined;
  /** The VM that runs from it, and the disk that it is there. */
  readonly running:
    | {
        readonly vm: string;
        readonly uuid: string;
        readonly node: string;
        readonly target: string | undefined;
      }
    | undefined;
  /** The running VM was told by this attempt. */
  readonly told: boolean;
  readonly published: boolean;
}

export type ResizeStep =
  | { readonly kind: 'grow' }
  | { readonly kind: 'grow-live'; readonly uuid: string; readonly target: string }
  | { readonly kind: 'publish'; readonly image: Image };

/** The first step of a resize. REFUSED for a smaller size: what is cut off is lost. */
export function planResize(facts: ResizeFacts): Plan<ResizeStep> {
  const { volume, bytes, node, image, running, told, published } = facts;
  const object = volumeLabel(volume);
  if (image === undefined) throw new DroverError('NOT_FOUND', { object, reason: 'there is no such image' });
  if (image.bytes > bytes)
    throw new DroverError('REFUSED', {
      object,
      reason: `it has ${image.bytes} bytes, and a volume never shrinks to ${bytes}: what is cut off is lost`,
      remedy: 'make a smaller volume and copy what is in it',
    });
  if (running !== undefined && !told) {
    const { vm, uuid, target } = running;
    if (running.node !== node)
      throw new DroverError('HELD', {
        object,
        reason: `VM '${vm}' has moved to ${running.node} meanwhile`,
        remedy: 'ask again',
      });
    if (target === undefined)
      throw new DroverError('REFUSED', {
        object,
        reason: `VM '${vm}' has it among its volumes and not among its disks`,
        remedy: 'correct its definition',
      });
    return { do: 'step', step: { kind: 'grow-live', uuid, target }, reason: `VM '${vm}' runs from it here` };
  }
  if (image.bytes < bytes) return { do: 'step', step: { kind: 'grow' }, reason: 'it is smaller' };
  if (!published) return { do: 'step', step: { kind: 'publish', image }, reason: 'its size is not told' };
  return { do: 'rest', reason: 'it has the size' };
}

/** `volume.resize`: where the VM runs that has it, so that the guest sees it at once. */
export function resizeVolumeTask(world: VolumeWorld): TaskKind {
  const { store, storage, hypervisor } = world;
  return defineTask({
    kind: 'volume.resize',
    arguments: TASK_ARGUMENTS['volume.resize'],
    where: ({ pool, volume }, from) => whereItRuns(from, { pool, name: volume }),
    async run(task) {
      const { pool, volume: name, bytes, force = false } = task.args;
      const { signal, node } = task;
      const volume = { pool, name };
      const users = await usersOf(store, volume, { signal });
      let told = false;
      let id = '';
      await withData(
        world,
        task,
        'volume.resize',
        users.map(({ uuid }) => uuid),
        async () => {
          const before = await storage.image(volume, { signal });
          await checkSpace(storage, volume, bytes - (before?.bytes ?? 0), force || before === undefined, {
            signal,
          });
          await carryOut<ResizeFacts, ResizeStep>(world, task, {
            name: 'volume-resize',
            read: async () => {
              const image = await storage.image(volume, { signal });
              id = image?.id ?? '';
              const keys = await readPublicVolume(store, volume, { signal });
              const running = runningOf(await usersOf(store, volume, { signal }));
              const xml = running && (await hypervisor.liveXml(running.uuid, { signal }));
              return {
                ...{ volume, bytes, node, image, told },
                published: image !== undefined && isPublished(keys, image),
                running: running && {
                  ...{ vm: running.name, uuid: running.uuid, node: running.holders[0] ?? '' },
                  target: xml === undefined ? undefined : targetOf(xml, volume),
                },
              };
            },
            plan: planResize,
            executors: {
              grow: () => storage.grow(volume, bytes, { signal }),
              'grow-live': async ({ uuid, target }) => {
                await hypervisor.resizeDisk(uuid, target, bytes, { signal });
                told = true;
              },
              publish: ({ image }) => publishVolume(store, volume, image, { signal }),
            },
          });
        },
      );
      return { pool, volume: name, id, bytes };
    },
  });
}

async function whereItRuns(store: Store, volume: ImageName): Promise<{ readonly node: string } | 'any'> {
  const [node] = runningOf(await usersOf(store, volume))?.holders ?? [];
  return node === undefined ? 'any' : { node };
}

function runningOf(users: readonly Whereabouts[]): Whereabouts | undefined {
  return users.find(({ holders }) => holders.length > 0);
}
