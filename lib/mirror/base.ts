import type { MirrorOffer } from '../../schemas/mirror-wire.js';
import type { Point } from '../point/index.js';

/** What this cluster has of an image: its id, and the ids of its snapshots. */
export type ImageNow = { readonly id: string; readonly snapshots: ReadonlySet<string> } | undefined;

export type BaseChoice =
  { readonly base: Point; readonly why: string } | { readonly base: undefined; readonly why: string };

/**
 * The newest point that both sides hold complete (D12), by its id, and here by the ids of its images and snapshots and by
 * their sizes; never one that is unproven. Older ones are tried in turn.
 */
export function chooseBase(
  offer: Pick<MirrorOffer, 'bases'>,
  points: readonly Point[],
  images: ReadonlyMap<string, ImageNow>,
): BaseChoice {
  if (points.length === 0) return { base: undefined, why: 'there is nothing of it here yet' };
  const offered = new Map(offer.bases.map((base) => [base.id, base]));
  let why = 'no point is on both sides';
  for (const point of [...points].reverse()) {
    const theirs = offered.get(point.id);
    if (theirs === undefined) continue;
    const fault = faultOf(point, theirs, images);
    if (fault === undefined) return { base: point, why: `what changed since ${point.name}` };
    why = `${point.name}: ${fault}`;
  }
  return { base: undefined, why };
}

function faultOf(
  point: Point,
  theirs: MirrorOffer['bases'][number],
  images: ReadonlyMap<string, ImageNow>,
): string | undefined {
  if (point.unproven) return 'it came without its zeroes';
  for (const disk of point.disks) {
    const name = `${disk.pool}/${disk.volume}`;
    const now = images.get(name);
    if (now?.id !== disk.imageId) return `volume ${name} is another image now`;
    if (!now.snapshots.has(disk.snapshotId)) return `its snapshot of volume ${name} is gone`;
    const its = theirs.disks.find(({ pool, volume }) => pool === disk.pool && volume === disk.volume);
    if (its !== undefined && its.bytes !== disk.bytes) return `volume ${name} has another size there`;
  }
  return undefined;
}
