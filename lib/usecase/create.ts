import { setMaintenance } from './cluster.js';
import { acknowledge, removeFault } from './faults.js';
import { setCoordinatorState, setDomainState } from './nodes.js';
import { notYet } from './not-yet.js';
import { cancelATask, requestATask } from './tasks.js';
import type { UseCases, VolumeUseCases } from './use-cases.js';
import { define, modify } from './vm-define.js';
import { addTag, removeTag, setMeta } from './vm-meta.js';
import { place } from './vm-place.js';
import { remove } from './vm-remove.js';
import { setState } from './vm-state.js';
import type { UseCaseWorld } from './world.js';

/** Everything that a caller can have changed, over the store. What is not built yet refuses with NOT_YET. */
export function createUseCases(world: UseCaseWorld): UseCases {
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
      rename: (_, vm) => Promise.reject(notYet(`VM '${vm}'`, 'its volumes would have to be renamed with it')),
      setMeta: (...args) => setMeta(world, ...args),
      addTag: (...args) => addTag(world, ...args),
      removeTag: (...args) => removeTag(world, ...args),
      setState: (...args) => setState(world, ...args),
      place: (...args) => place(world, ...args),
    },
    volumes: NO_VOLUMES,
    tasks: {
      request: (...args) => requestATask(world, ...args),
      cancel: (...args) => cancelATask(world, ...args),
    },
  };
}

const noVolumes = (_: unknown, { pool, name }: { readonly pool: string; readonly name: string }) =>
  Promise.reject(notYet(`volume '${pool}/${name}'`, 'volumes are only shown'));

const NO_VOLUMES: VolumeUseCases = {
  create: noVolumes,
  resize: noVolumes,
  rename: noVolumes,
  clone: noVolumes,
  remove: noVolumes,
  scan: noVolumes,
};
