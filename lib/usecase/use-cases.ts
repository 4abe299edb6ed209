import type { VM_MOVES, VM_WISHES } from '../../schemas/api.js';
import type { MigrationMethod, Selector } from '../tree/index.js';

/** Who asks for something, and until when he waits. */
export interface Asked {
  /** Name of the token, or of the program. */
  readonly by: { readonly name: string };
  /** Id of the request, as it stands in the log. */
  readonly request: string;
  /** Aborts when the caller has gone; what is written stays written. */
  readonly signal: AbortSignal;
}

/** A sentence that says what was done: the `message` of the answer. */
export type Done = Promise<string>;

/**
 * Everything that a caller can have changed. Each method refuses by a DroverError of the table, guard rails included; a VM is
 * named by its name or UUID as the caller wrote it, and is looked up together with the decision.
 */
export interface UseCases {
  readonly cluster: ClusterUseCases;
  readonly faults: FaultUseCases;
  readonly nodes: NodeUseCases;
  readonly vms: VmUseCases;
  readonly volumes: VolumeUseCases;
  readonly tasks: TaskUseCases;
}

export interface ClusterUseCases {
  setMaintenance(asked: Asked, on: boolean): Done;
}

export interface FaultUseCases {
  /** One fault, or all when `id` is undefined. NOT_FOUND for one that does not exist. */
  acknowledge(asked: Asked, id: string | undefined): Done;
  remove(asked: Asked, id: string | undefined): Done;
}

export interface NodeUseCases {
  setCoordinatorState(asked: Asked, node: string, state: 'primary' | 'secondary'): Done;
  setDomainState(
    asked: Asked,
    node: string,
    wish: { readonly state: 'ready' | 'flush'; readonly wait: boolean },
  ): Done;
}

/** Where a VM may run and how it moves. A property that is left out stays, or begins, as it is by default. */
export interface VmMetaWish {
  /** Empty: every node. */
  readonly nodeLimit?: readonly string[];
  readonly nodeSelector?: Selector | 'none';
  readonly autostart?: boolean;
  readonly profile?: string;
  readonly migrationMethod?: MigrationMethod;
  /** Milliseconds. */
  readonly migrationMaxDowntime?: number;
}

export interface VmDefinition {
  readonly xml: string;
  /** Undefined: one is chosen. */
  readonly node: string | undefined;
  /** A named node need not have room for it. */
  readonly force: boolean;
  readonly meta: VmMetaWish;
  readonly tags: readonly { readonly name: string; readonly protected: boolean }[];
}

export interface VmUseCases {
  define(asked: Asked, definition: VmDefinition): Done;
  modify(asked: Asked, vm: string, change: { readonly xml: string; readonly restart: boolean }): Done;
  remove(asked: Asked, vm: string, how: { readonly deleteDisks: boolean; readonly force: boolean }): Done;
  rename(asked: Asked, vm: string, name: string): Done;
  /** Makes one that was succeeded on another cluster the copy of it. */
  demote(asked: Asked, vm: string): Done;
  setMeta(asked: Asked, vm: string, meta: VmMetaWish): Done;
  addTag(asked: Asked, vm: string, tag: { readonly name: string; readonly protected: boolean }): Done;
  removeTag(asked: Asked, vm: string, tag: string): Done;
  setState(
    asked: Asked,
    vm: string,
    wish: { readonly state: (typeof VM_WISHES)[number]; readonly force: boolean; readonly wait: boolean },
  ): Done;
  place(
    asked: Asked,
    vm: string,
    wish: {
      readonly action: (typeof VM_MOVES)[number];
      /** Undefined: one is chosen; never given for `unmigrate`. */
      readonly node: string | undefined;
      readonly force: boolean;
      readonly wait: boolean;
      /** Rather not at all than by a shutdown. */
      readonly live: boolean;
    },
  ): Done;
}

export interface VolumeUseCases {
  create(asked: Asked, volume: VolumeWish & { readonly bytes: number; readonly force: boolean }): Done;
  resize(asked: Asked, volume: VolumeWish & { readonly bytes: number; readonly force: boolean }): Done;
  rename(asked: Asked, volume: VolumeWish & { readonly to: string; readonly force: boolean }): Done;
  clone(asked: Asked, volume: VolumeWish & { readonly to: string; readonly force: boolean }): Done;
  remove(asked: Asked, volume: VolumeWish & { readonly force: boolean }): Done;
  /** Reads the image and writes what it is into the public tree. */
  scan(asked: Asked, volume: VolumeWish): Done;
  takeSnapshot(asked: Asked, snapshot: SnapshotWish): Done;
  removeSnapshot(asked: Asked, snapshot: SnapshotWish): Done;
  renameSnapshot(asked: Asked, snapshot: SnapshotWish & { readonly to: string }): Done;
  rollBack(asked: Asked, snapshot: SnapshotWish & { readonly force: boolean }): Done;
}

/** A snapshot of one volume. */
export interface SnapshotWish extends VolumeWish {
  readonly snapshot: string;
}

export interface VolumeWish {
  readonly pool: string;
  readonly name: string;
}

export interface TaskUseCases {
  /**
   * Writes the request, and answers once it stands in the store. The kind's own schema checks `args`. With an `id` that
   * exists already it is the same request.
   */
  request(
    asked: Asked,
    task: { readonly kind: string; readonly args: Readonly<Record<string, unknown>>; readonly id?: string },
  ): Promise<TaskRequested>;
  /** Asks for a task, waits for its end, and returns its result; fails as it failed. */
  done(asked: Asked, kind: string, args: Readonly<Record<string, unknown>>): Promise<unknown>;
  cancel(asked: Asked, id: string, why: string | undefined): Done;
}

export interface TaskRequested {
  readonly id: string;
  /** The node that will do it, and whether because it is the primary. */
  readonly node: string;
  readonly asPrimary: boolean;
}
