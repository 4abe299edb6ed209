import type { DocumentOf } from '../../schemas/index.js';
import type { Reached } from '../../schemas/mirror-wire.js';
import { CUTS, killPointName } from '../core/index.js';

/** A hand-over on its way, as the mirror record of the source has it. Page: docs/mirror-protocol.md. */
export type Promotion = NonNullable<DocumentOf<'mirror'>['promote']>;

export const CURSORS = [
  'pre-sync',
  'prepare',
  'shutdown',
  'last-delta',
  /** Beyond this one it goes forward only, or is reclaimed. */
  'hand-over',
  'activate',
  'see-it-run',
  'settle',
  'done',
] as const;
export type Cursor = (typeof CURSORS)[number];

/** Every place in a hand-over where its worker can die. */
export const PROMOTE_KILL_POINTS: readonly string[] = CURSORS.filter((cursor) => cursor !== 'done').flatMap(
  (cursor) => CUTS.map((cut) => killPointName('promote', cursor, cut)),
);

export type PromoteEvent =
  | { readonly kind: 'done' }
  /** The last point is complete there. */
  | { readonly kind: 'delivered'; readonly point: Reached };

export interface PromoteSaga extends Promotion {
  readonly cursor: Cursor;
}

/** Pure: every act moves the cursor to the next one. */
export function nextOf(saga: PromoteSaga, event: PromoteEvent): PromoteSaga {
  const at = CURSORS.indexOf(saga.cursor);
  const cursor = CURSORS[at + 1] ?? 'done';
  const { problem: _, ...rest } = saga;
  return { ...rest, cursor, ...(event.kind === 'delivered' ? { point: event.point } : {}) };
}

/** Whether the source is still the active one: then a cancel puts everything back to what it was. */
export function isRevocable({ cursor }: { readonly cursor: string }): boolean {
  return CURSORS.indexOf(cursor as Cursor) <= CURSORS.indexOf('hand-over');
}

/** What the guest was to do, and does over there. */
export function stateThere(state: string): 'start' | 'stop' | 'disable' {
  return state === 'stop' || state === 'disable' ? state : 'start';
}
