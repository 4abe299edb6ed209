import type { MirrorOffer } from '../../schemas/mirror-wire.js';
import type { Point } from '../point/index.js';
import { type ImageNow, lossOf } from './images.js';

export type BaseChoice =
  { readonly base: Point; readonly why: string } | { readonly base: undefined; readonly why: string };

/** Says which of the points here a receive builds on. Whatever it throws ends the receive before anything has changed. */
export type BaseRule = (points: readonly Point[], images: ReadonlyMap<string, ImageNow>) => BaseChoice;

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
  const loss = lossOf(point, images);
  if (loss !== undefined) return loss;
  for (const disk of point.disks) {
    const its = theirs.disks.find(({ pool, volume }) => pool === disk.pool && volume === disk.volume);
    if (its !== undefined && its.bytes !== disk.bytes)
      return `volume ${disk.pool}/${disk.volume} has another size there`;
  }
  return undefined;
}
