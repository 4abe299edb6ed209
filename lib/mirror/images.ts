import { copyLimitMs, together } from '../core/index.js';
import type { CallOptions, Clock, Storage } from '../ports/index.js';
import type { Point } from '../point/index.js';
import { imageWithSnapshots, shutOut } from '../volume/index.js';

/** What this cluster has of an image: its id, and the ids and names of its snapshots; undefined when it has none of the name. */
export type ImageNow =
  | { readonly id: string; readonly snapshots: ReadonlySet<string>; readonly names: ReadonlySet<string> }
  | undefined;

/** `pool/volume` → what it is now, for every disk of some points. */
export async function imagesOf(
  storage: Storage,
  points: readonly Point[],
  options?: CallOptions,
): Promise<ReadonlyMap<string, ImageNow>> {
  const names = new Map(
    points.flatMap(({ disks }) =>
      disks.map(({ pool, volume }) => [`${pool}/${volume}`, { pool, name: volume }]),
    ),
  );
  const images = await together(
    [...names].map(async ([label, name]): Promise<readonly [string, ImageNow]> => {
      const image = await imageWithSnapshots(storage, name, options);
      if (image === undefined) return [label, undefined];
      const { id, snapshots } = image;
      const ids = new Set(snapshots.map((one) => one.id));
      return [label, { id, snapshots: ids, names: new Set(snapshots.map(({ name: its }) => its)) }];
    }),
  );
  return new Map(images);
}

/** Why a point cannot be gone on from here, or undefined: its images and their snapshots are what they were. */
export function lossOf(point: Point, images: ReadonlyMap<string, ImageNow>): string | undefined {
  for (const disk of point.disks) {
    const name = `${disk.pool}/${disk.volume}`;
    const now = images.get(name);
    if (now?.id !== disk.imageId) return `volume ${name} is another image now`;
    if (!now.snapshots.has(disk.snapshotId)) return `its snapshot of volume ${name} is gone`;
  }
  return undefined;
}

/** Makes one disk of a copy what it was at a point, whoever has it open. */
export async function backTo(
  world: { readonly storage: Storage; readonly clock: Clock },
  point: Pick<Point, 'name'>,
  { pool, volume, snapshotId, bytes }: Point['disks'][number],
  options?: CallOptions,
): Promise<void> {
  const image = { pool, name: volume };
  await shutOut(world, image, options?.signal);
  const limitMs = copyLimitMs(bytes);
  await world.storage.rollBack(image, point.name, snapshotId, { ...options, limitMs });
}
