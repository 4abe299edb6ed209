import { type Cut, CUTS, type KillPoint, killPointName } from './reconcile.js';

/**
 * The second of the two patterns: where truth lies on two clusters or outside any store. One record with a cursor is
 * the truth. `next` is pure; each cursor has one act, idempotent by the saga's id, which answers with an event; the
 * record moves by compare-and-set before anything of the new cursor happens.
 */
export interface SagaRecord<Cursor extends string> {
  readonly id: string;
  readonly cursor: Cursor;
}

/** One act per cursor value that is not final: a missing one does not compile. */
export type Acts<Cursor extends string, Final extends Cursor, Saga, Event> = {
  readonly [C in Exclude<Cursor, Final>]: (saga: Saga, signal: AbortSignal) => Promise<Event>;
};

export interface SagaMachine<
  Cursor extends string,
  Final extends Cursor,
  Saga extends SagaRecord<Cursor>,
  Event,
> {
  readonly name: string;
  readonly final: readonly Final[];
  readonly acts: Acts<Cursor, Final, Saga, Event>;
  /** The record after `event`: pure, and the same record when the event changes nothing. */
  next(saga: Saga, event: Event): Saga;
  /** Moves the record from one value to the next by compare-and-set. */
  save(from: Saga, to: Saga): Promise<void>;
  readonly killPoint?: KillPoint;
}

/**
 * Carries `saga` forward until a final cursor and returns the last record. Any failure of an act or of `save` ends the
 * run where it stands: the record says where to go on.
 */
export async function runSaga<
  Cursor extends string,
  Final extends Cursor,
  Saga extends SagaRecord<Cursor>,
  Event,
>(machine: SagaMachine<Cursor, Final, Saga, Event>, start: Saga, signal: AbortSignal): Promise<Saga> {
  let saga = start;
  while (!isFinal(machine, saga.cursor)) {
    signal.throwIfAborted();
    const cursor = saga.cursor as Exclude<Cursor, Final>;
    const cut = (at: Cut) => machine.killPoint?.(killPointName(machine.name, cursor, at));
    await cut('before');
    const event = await machine.acts[cursor](saga, signal);
    const to = machine.next(saga, event);
    await cut('guarded');
    if (to !== saga) await machine.save(saga, to);
    await cut('done');
    saga = to;
  }
  return saga;
}

/** All kill points of a saga: the list that kill tests are generated from. */
export function sagaKillPoints(machine: { readonly name: string; readonly acts: object }): string[] {
  return Object.keys(machine.acts).flatMap((cursor) =>
    CUTS.map((cut) => killPointName(machine.name, cursor, cut)),
  );
}

function isFinal<Cursor extends string>(
  machine: { readonly final: readonly Cursor[] },
  cursor: Cursor,
): boolean {
  return machine.final.includes(cursor);
}
