import type { Slot } from '../../schemas/index.js';
import type { CallOptions, CommitOptions, Store } from '../ports/index.js';
import { documentPath, readRecord, updateRecord } from '../tree/index.js';
import { granted, released, sameSlot, type SlotKind } from './slots.js';
import { zxidText } from './zxid.js';

export interface OperationRequest {
  readonly slot: SlotKind;
  /** Of the task or wish: asking again with the same id is the same operation. */
  readonly id: string;
  /** What it does, for people: `vm.create_snapshot`. */
  readonly operation: string;
  readonly node: string;
  /** The ephemeral key that stands while the owner lives, and the transaction that created it. */
  readonly proof: { readonly path: string; readonly czxid: bigint };
  /** Wall time, for people. */
  readonly now: number;
}

/** A granted slot. */
export interface Operation {
  readonly slot: Slot;
  /** Owners that died with the VM in hand and whose place was taken: what they left must be cleaned up first. */
  readonly inherited: readonly Slot[];
  /** Gives the slot back; again is fine. */
  end(options?: CommitOptions): Promise<void>;
}

/**
 * Which operation has a VM: `/drover/ops/<uuid>`. An owner is alive while its ephemeral key stands; once gone, that
 * key, identified by its creating transaction, never comes back, so a dead owner's place can be taken safely.
 */
export class Operations {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes a slot of the VM. BUSY names who has it. */
  async begin(uuid: string, request: OperationRequest, options?: CommitOptions): Promise<Operation> {
    const path = documentPath('ops', { uuid });
    const slot: Slot = {
      slot: request.slot,
      id: request.id,
      operation: request.operation,
      node: request.node,
      proof: { path: request.proof.path, czxid: zxidText(request.proof.czxid) },
      since: request.now,
    };
    await this.#store.sync(options);
    const present = await readRecord(this.#store, 'ops', path, options);
    const dead = await deadSlots(this.#store, present?.value.slots ?? [], options);
    let inherited: readonly Slot[] = [];
    await updateRecord(
      this.#store,
      {
        kind: 'ops',
        path,
        change: (record) => {
          const next = granted(uuid, record?.value, slot, dead);
          // Else an earlier try, whose reply was lost, has the place already: what it found is what we inherit.
          if (next !== undefined)
            inherited = (record?.value.slots ?? []).filter((other) =>
              dead.some((gone) => sameSlot(gone, other)),
            );
          return next;
        },
      },
      options,
    );
    return { slot, inherited, end: (endOptions) => this.#end(path, slot, endOptions) };
  }

  async #end(path: string, slot: Slot, options?: CommitOptions): Promise<void> {
    await updateRecord(
      this.#store,
      { kind: 'ops', path, change: (record) => released(record?.value, slot) },
      options,
    );
  }
}

/** The entries whose owner's key is gone. To be read after a `sync`, so that an absence is not a stale one. */
export async function deadSlots(
  store: Store,
  slots: readonly Slot[],
  options?: CallOptions,
): Promise<readonly Slot[]> {
  const alive = await Promise.all(
    slots.map(async (slot) => {
      const entry = await store.read(slot.proof.path, options);
      return entry !== undefined && zxidText(entry.stat.czxid) === slot.proof.czxid;
    }),
  );
  return slots.filter((_, index) => alive[index] === false);
}
