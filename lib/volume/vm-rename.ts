import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError } from '../core/index.js';
import { vmNames, type Whereabouts, whereabouts } from '../domain/index.js';
import type { Store } from '../ports/index.js';
import { defineTask, type TaskKind } from '../task/index.js';
import { componentFault, readKeys, type VolumeName } from '../tree/index.js';
import type { Renamed } from './redefine.js';
import { idsOf, renameAll } from './rename.js';
import { isAtRest, usersOf, whatItDoes } from './users.js';
import { type VolumeWorld, withData } from './world.js';

/** Remembered over the death of an attempt: the VM may have its new name by then. */
interface Resume {
  readonly uuid?: string;
}

/** `vm.rename`: a VM at rest, its volumes that are called after it, its definition and its snapshots. */
export function renameVmTask(world: VolumeWorld): TaskKind {
  const { store } = world;
  return defineTask({
    kind: 'vm.rename',
    arguments: TASK_ARGUMENTS['vm.rename'],
    where: 'any',
    async run(task) {
      const { domain, name } = task.args;
      const { signal } = task;
      const vm = await whereabouts(store, (task.resume as Resume | undefined)?.uuid ?? domain, { signal });
      const { uuid } = vm;
      refuseName(vm, name, await vmNames(store, { signal }));
      const volumes = await withData(world, task, 'vm.rename', [uuid], async () => {
        refuseNotAtRest(await whereabouts(store, uuid, { signal }));
        const keys = await readKeys(store, 'domain', { uuid }, ['name', 'volumes'], { signal });
        const renamed = renamedWith(keys.needed('name'), name, keys.needed('volumes'));
        await refuseShared(store, uuid, renamed, signal);
        await task.save({ ...(task.resume as object | undefined), uuid } satisfies Resume);
        await renameAll(
          world,
          { ...task, resume: { ...(task.resume as object | undefined), uuid } },
          [uuid],
          { volumes: renamed, vm: name },
          idsOf(task.resume),
        );
        return renamed;
      });
      return { uuid, name, volumes: volumes.map(({ pool, to }) => `${pool}/${to}`) };
    },
  });
}

/** The volumes that are called after the VM: its very name, or that and what follows after a sign. */
export function renamedWith(old: string, name: string, volumes: readonly VolumeName[]): readonly Renamed[] {
  const found = new Map<string, Renamed>();
  for (const { pool, volume } of volumes) {
    const rest = volume.slice(old.length);
    if (volume.startsWith(old) && /^([^\p{L}\p{N}].*)?$/u.test(rest) && name !== old)
      found.set(`${pool}/${volume}`, { pool, from: volume, to: `${name}${rest}` });
  }
  return [...found.values()];
}

function refuseName(
  { uuid, name: old }: Whereabouts,
  name: string,
  names: ReadonlyMap<string, string>,
): void {
  const object = `VM '${old}'`;
  const fault = componentFault(name) ?? (/[@,\s]/.test(name) ? 'it has a space, comma or @' : undefined);
  if (fault !== undefined)
    throw new DroverError('BAD_INPUT', { object, reason: `it cannot be called '${name}': ${fault}` });
  const taken = [...names].find(([other, its]) => other !== uuid && its === name);
  if (taken !== undefined)
    throw new DroverError('REFUSED', {
      object,
      reason: `the VM ${taken[0]} is called '${name}'`,
      remedy: 'choose another name',
    });
}

function refuseNotAtRest(vm: Whereabouts): void {
  if (vm.state === 'mirror')
    throw new DroverError('REFUSED', {
      object: `VM '${vm.name}'`,
      reason: 'it is the copy of a mirror, and its source decides what it and its volumes are called',
      remedy: 'rename it where it is active',
    });
  if (!isAtRest(vm) || vm.state === 'delete')
    throw new DroverError('REFUSED', {
      object: `VM '${vm.name}'`,
      reason: `it is ${whatItDoes(vm)}, and only a stopped VM is renamed`,
      remedy: `stop it first: drover vm stop ${vm.name}`,
    });
}

/** A volume that another VM has too would change its name under that one. */
async function refuseShared(
  store: Store,
  uuid: string,
  renamed: readonly Renamed[],
  signal: AbortSignal,
): Promise<void> {
  for (const { pool, from } of renamed) {
    const other = (await usersOf(store, { pool, name: from }, { signal })).find((user) => user.uuid !== uuid);
    if (other !== undefined)
      throw new DroverError('REFUSED', {
        object: `volume '${pool}/${from}'`,
        reason: `VM '${other.name}' has it too`,
        remedy: 'take it out of the definition of one of them first',
      });
  }
}
