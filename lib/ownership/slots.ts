import type { Ops, Slot } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import type { DocumentInput } from '../tree/index.js';

export type SlotKind = Slot['slot'];

/** Which slots may stand beside which: life beside read, read beside read, data alone. */
const BESIDE: Readonly<Record<SlotKind, readonly SlotKind[]>> = {
  life: ['read'],
  read: ['life', 'read'],
  data: [],
};

/**
 * The slots after `wanted` was granted. `undefined` when it has it already. `dead` are the entries whose owner is
 * known to be gone; they are taken out. BUSY names who has the VM, for what, and since when.
 */
export function granted(
  uuid: string,
  ops: Ops | undefined,
  wanted: Slot,
  dead: readonly Slot[],
): DocumentInput<'ops'> | undefined {
  const slots = ops?.slots ?? [];
  if (slots.some((slot) => sameSlot(slot, wanted))) return undefined;
  const living = slots.filter((slot) => !dead.some((gone) => sameSlot(gone, slot)));
  const obstacle = living.find(
    (slot) => !BESIDE[wanted.slot].includes(slot.slot) || sameOperation(slot, wanted),
  );
  if (obstacle !== undefined) throw busy(uuid, obstacle);
  return { ...ops, slots: [...living, wanted] };
}

/** The slots without one operation of one owner. `undefined` when it is not there. */
export function released(ops: Ops | undefined, slot: Slot): DocumentInput<'ops'> | undefined {
  if (ops === undefined) return undefined;
  const slots = ops.slots.filter((other) => !sameSlot(other, slot));
  return slots.length === ops.slots.length ? undefined : { ...ops, slots };
}

/** Whether both are the same operation of the same owner. */
export function sameSlot(a: Slot, b: Slot): boolean {
  return sameOperation(a, b) && a.proof.path === b.proof.path && a.proof.czxid === b.proof.czxid;
}

function sameOperation(a: Slot, b: Slot): boolean {
  return a.id === b.id && a.slot === b.slot;
}

function busy(uuid: string, slot: Slot): DroverError {
  return new DroverError('BUSY', {
    object: `VM ${uuid}`,
    reason: `${slot.operation} (${slot.id}) has it on ${slot.node} since ${new Date(slot.since).toISOString()}`,
  });
}
