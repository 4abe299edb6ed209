import { killPoints } from '../core/index.js';
import { executorsOf } from './carry-out.js';
import type { VmWorld } from './world.js';

/** Every place in the life of a VM where a daemon can die: what kill tests are generated from. */
export function killPointsOfVm(world: VmWorld): string[] {
  return killPoints({ name: 'vm', executors: executorsOf(world) });
}
