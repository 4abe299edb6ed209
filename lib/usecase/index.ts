/** What a caller can have changed: each a decision with its guard rails, and one transaction. */
export { createUseCases } from './create.js';
export type {
  Asked,
  ClusterUseCases,
  Done,
  FaultUseCases,
  NodeUseCases,
  TaskRequested,
  TaskUseCases,
  UseCases,
  VmDefinition,
  VmMetaWish,
  VmUseCases,
  VolumeUseCases,
  SnapshotWish,
  VolumeWish,
} from './use-cases.js';
export type { UseCaseWorld } from './world.js';
