import type { Clock, Hypervisor, Storage, Store } from '../lib/ports/index.js';
import { probeTask, type TaskKind } from '../lib/task/index.js';
import { volumeTasks } from '../lib/volume/index.js';

/** What the tasks of a node work with. */
export interface KindsWorld {
  readonly store: Store;
  readonly storage: Storage;
  readonly hypervisor: Hypervisor;
  readonly clock: Clock;
}

/** Every kind of task that a node carries out: one line for each subject. */
export function taskKinds(world: KindsWorld): readonly TaskKind[] {
  return [probeTask(world.clock), ...volumeTasks(world)];
}
