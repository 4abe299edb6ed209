import type { Run } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { type CallOptions, type CommitOptions, conflictOf, type Store, type Write } from '../ports/index.js';
import { documentPath, readRecord, type Recorded, updateRecord } from '../tree/index.js';
import { arrived, departed, type Departure, fenced, type Incarnate, joined, taken } from './holders.js';
import type { Proof } from './membership.js';

/** A version that a decision was made from: the transaction fails when the key has moved since. */
export interface Seen {
  readonly path: string;
  readonly version: number;
}

/** What a node stands on when it becomes a holder: the Trust of its daemon. */
export interface Ground {
  /** The session key in which the tree was found good. QUARANTINE when it may not be acted on. */
  ground(): Proof;
  /** Puts on the disk how far the tree had come: a tree that goes back behind it has lost the record, and is in doubt. */
  saw(zxid: bigint): Promise<void>;
}

/**
 * The run records: who has, or is about to have, a process of a VM. Every change is a compare-and-set together with
 * checks of the keys that it was decided from: the wish, the definition, the mirror role, the cluster record.
 */
export class Runs {
  readonly #store: Store;
  readonly #me: Incarnate;
  readonly #trust: Ground;

  constructor(store: Store, me: Incarnate, trust: Ground) {
    this.#store = store;
    this.#me = me;
    this.#trust = trust;
  }

  read(uuid: string): Promise<Recorded<'run'> | undefined> {
    return readRecord(this.#store, 'run', documentPath('run', { uuid }));
  }

  /**
   * Takes the VM for a start, before there is a process. `attempt` is a fresh token, kept for all tries of one start.
   *
   * Fails with HELD when anyone holds it, with STORE_CONFLICT naming the key of `seen` that has moved, with QUARANTINE
   * when the tree is not trusted, and with STORE_SESSION_LOST when the session that trusts it is over by then.
   */
  take(
    uuid: string,
    start: { readonly attempt: string; readonly seen: readonly Seen[]; readonly now: number },
    options?: CallOptions,
  ): Promise<Recorded<'run'>> {
    const { attempt, seen, now } = start;
    return this.#become(uuid, (run) => taken(uuid, run, this.#me, attempt, now), seen, options);
  }

  /** Joins as the receiving side of a live migration. Fails like {@link take}, also when `source` is not the holder. */
  join(
    uuid: string,
    migration: {
      readonly source: string;
      readonly attempt: string;
      readonly seen: readonly Seen[];
      readonly now: number;
    },
    options?: CallOptions,
  ): Promise<Recorded<'run'>> {
    const { seen, ...rest } = migration;
    return this.#become(uuid, (run) => joined(uuid, run, { me: this.#me, ...rest }), seen, options);
  }

  /** Says that the VM has arrived here. HELD until the source has left. */
  arrive(uuid: string, options?: CommitOptions): Promise<Recorded<'run'>> {
    return this.#change(uuid, (run) => arrived(uuid, run, this.#me), [], options);
  }

  /** Takes this node, and only this node, out of the set, on the evidence that its process is gone. */
  async leave(uuid: string, why: Departure, options?: CommitOptions): Promise<void> {
    await updateRecord(
      this.#store,
      {
        kind: 'run',
        path: documentPath('run', { uuid }),
        change: (present) => departed(present?.value, this.#me, why),
      },
      options,
    );
  }

  /** Takes out a node that is confirmed off; `confirmation` is the fence record that says so. */
  async leaveFenced(uuid: string, node: string, confirmation: Seen, options?: CommitOptions): Promise<void> {
    await updateRecord(
      this.#store,
      {
        kind: 'run',
        path: documentPath('run', { uuid }),
        change: (present) => fenced(present?.value, node),
        guards: checks([confirmation]),
      },
      options,
    );
  }

  /** Becomes a holder: only in the session that trusts the tree, and on the disk before it is told. */
  async #become(
    uuid: string,
    change: (run: Run | undefined) => ReturnType<typeof taken>,
    seen: readonly Seen[],
    options?: CallOptions,
  ): Promise<Recorded<'run'>> {
    const { session } = this.#trust.ground();
    const record = await this.#change(uuid, change, seen, { ...options, session });
    await this.#trust.saw(record.stat.mzxid);
    return record;
  }

  async #change(
    uuid: string,
    change: (run: Run | undefined) => ReturnType<typeof taken>,
    seen: readonly Seen[],
    options?: CommitOptions,
  ): Promise<Recorded<'run'>> {
    const path = documentPath('run', { uuid });
    try {
      const { record } = await updateRecord(
        this.#store,
        { kind: 'run', path, change: (present) => change(present?.value), guards: checks(seen) },
        options,
      );
      if (record !== undefined) return record;
    } catch (error) {
      throw named(error, uuid);
    }
    throw new DroverError('STORE_CONFLICT', {
      object: path,
      reason: 'it vanished right after it was written',
    });
  }
}

function checks(seen: readonly Seen[]): readonly Write[] {
  return seen.map(({ path, version }) => ({ op: 'check', path, version }));
}

/** A guard that failed, told in the words of the VM. */
function named(error: unknown, uuid: string): unknown {
  const conflict = conflictOf(error);
  if (conflict === undefined || conflict.index === 0) return error;
  return new DroverError(
    'STORE_CONFLICT',
    {
      object: `VM ${uuid}`,
      reason: `${conflict.write.path} has changed since it was read (${conflict.why})`,
    },
    conflict,
  );
}
