export { findVm, findVms, vmNames } from './find-vm.js';
export { nodeOfVm, type Whereabouts, whereabouts } from './whereabouts.js';
export { killPointsOfVm } from './kill-points.js';
export type { Past, Read, VmFacts, VmPolicy, VmState, Wish } from './facts.js';
export { planVm } from './plan.js';
export type { VmStep } from './steps.js';
export type { VmWorld } from './world.js';
export { Vm, type VmOptions } from './vm.js';
export { Vms } from './vms.js';
export {
  chooseTarget,
  clusterSelector,
  memoryOf,
  type Need,
  type NodeSeen,
  readNodes,
  takesVms,
} from './placement.js';
export { type Places, placementWrite, readPlaces, refuseWithoutRoom, roomOn } from './places.js';
export { noSuchNode, targetFor, type TargetWish } from './target.js';
