import { Turns } from '../core/index.js';
import { setMaintenance } from './cluster.js';
import { acknowledge, removeFault } from './faults.js';
import { setCoordinatorState, setDomainState } from './nodes.js';
import { cancelATask, requestATask, taskDone } from './tasks.js';
import type { UseCases } from './use-cases.js';
import { define, modify } from './vm-define.js';
import { addTag, removeTag, setMeta } from './vm-meta.js';
import { place } from './vm-place.js';
import { remove } from './vm-remove.js';
import { demote } from './vm-demote.js';
import { rename } from './vm-rename.js';
import { setState } from './vm-state.js';
import { volumeUseCases } from './volumes.js';
import type { UseCaseWorld } from './world.js';

/** Everything that a caller can have changed, over the store. */
export function createUseCases(world: UseCaseWorld): UseCases {
  const placing = { ...world, placing: new Turns() };
  return {
    cluster: { setMaintenance: (...args) => setMaintenance(world, ...args) },
    faults: {
      acknowledge: (...args) => acknowledge(world, ...args),
      remove: (...args) => removeFault(world, ...args),
    },
    nodes: {
      setCoordinatorState: (...args) => setCoordinatorState(world, ...args),
      setDomainState: (...args) => setDomainState(world, ...args),
    },
    vms: {
      define: (...args) => define(world, ...args),
      modify: (...args) => modify(world, ...args),
      remove: (...args) => remove(world, ...args),
      rename: (...args) => rename(world, ...args),
      demote: (...args) => demote(world, ...args),
      setMeta: (...args) => setMeta(world, ...args),
      addTag: (...args) => addTag(world, ...args),
      removeTag: (...args) => removeTag(world, ...args),
      setState: (...args) => setState(placing, ...args),
      place: (...args) => place(placing, ...args),
    },
    volumes: volumeUseCases(world),
    tasks: {
      request: (...args) => requestATask(world, ...args),
      done: (...args) => taskDone(world, ...args),
      cancel: (...args) => cancelATask(world, ...args),
    },
  };
}
