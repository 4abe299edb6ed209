import type { Slot } from '../../schemas/index.js';
import { deadSlots, type Seen } from '../ownership/index.js';
import type { Store } from '../ports/index.js';
import { isEnded, readTask } from '../task/index.js';
import { documentPath, writeRecord } from '../tree/index.js';

/**
 * Who has the data of a VM by the slots of its ops record: an owner that lives, or one that died in a task which has not
 * ended, for the next attempt goes on with whatever is half done.
 */
export async function dataSlot(store: Store, slots: readonly Slot[]): Promise<Slot | undefined> {
  const slot = slots.find((one) => one.slot === 'data');
  if (slot === undefined || (await deadSlots(store, [slot])).length === 0) return slot;
  const task = await readTask(store, slot.id);
  return task === undefined || isEnded(task.status) ? undefined : slot;
}

/**
 * The ops record as the look at its slots found it: a start is tied to that, so no operation has begun since. Where there was
 * none an empty one is made, which fails with a conflict when somebody was faster.
 */
export async function opsSeen(store: Store, uuid: string, seen: Seen | undefined): Promise<Seen> {
  if (seen !== undefined) return seen;
  const path = documentPath('ops', { uuid });
  await store.commit([writeRecord('ops', path, { slots: [] }, undefined)]);
  return { path, version: 0 };
}
