import { findVm } from '../domain/index.js';
import { createObject, objectPath, readKeys, removalOf } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { refuse } from './guard-rails.js';
import type { Asked, VmMetaWish } from './use-cases.js';
import { nodesExist } from './vm-define.js';
import type { UseCaseWorld } from './world.js';

const META = [
  'name',
  'nodeLimit',
  'nodeSelector',
  'autostart',
  'profile',
  'migrationMethod',
  'migrationMaxDowntime',
] as const;

/** Changes where a VM may run and how it moves. What is left out stays. */
export async function setMeta(
  world: UseCaseWorld,
  asked: Asked,
  vm: string,
  wish: VmMetaWish,
): Promise<string> {
  await nodesExist(world, asked, wish.nodeLimit ?? []);
  return await decideAndWrite(world, asked, async () => {
    const options = { signal: asked.signal };
    const uuid = await findVm(world.store, vm, options);
    const keys = await readKeys(world.store, 'domain', { uuid }, META, options);
    const { nodeLimit, nodeSelector, autostart, profile, migrationMethod, migrationMaxDowntime } = wish;
    const writes = [
      ...(nodeLimit === undefined ? [] : keys.set('nodeLimit', nodeLimit)),
      ...(nodeSelector === undefined ? [] : keys.set('nodeSelector', nodeSelector)),
      ...(autostart === undefined ? [] : keys.set('autostart', autostart)),
      ...(profile === undefined ? [] : keys.set('profile', profile)),
      ...(migrationMethod === undefined ? [] : keys.set('migrationMethod', migrationMethod)),
      ...(migrationMaxDowntime === undefined ? [] : keys.set('migrationMaxDowntime', migrationMaxDowntime)),
    ];
    return { writes, result: `VM '${keys.needed('name')}' is changed.` };
  });
}

/** Adds a tag, or changes whether it can be removed. */
export async function addTag(
  world: UseCaseWorld,
  asked: Asked,
  vm: string,
  tag: { readonly name: string; readonly protected: boolean },
): Promise<string> {
  return await decideAndWrite(world, asked, async () => {
    const { name, uuid, keys } = await tagOf(world, asked, vm, tag.name);
    const writes = keys.has('name')
      ? keys.set('protected', tag.protected)
      : createObject('tag', { uuid, tag: tag.name }, { ...tag, type: 'user' });
    return { writes, result: `VM '${name}' has the tag '${tag.name}'.` };
  });
}

/** Removes a tag. One that is not there is fine; REFUSED when it is protected. */
export async function removeTag(world: UseCaseWorld, asked: Asked, vm: string, tag: string): Promise<string> {
  return await decideAndWrite(world, asked, async () => {
    const { name, uuid, keys } = await tagOf(world, asked, vm, tag);
    if (keys.value('protected') === true)
      throw refuse({ name }, `its tag '${tag}' is protected`, 'add it again unprotected, then remove it');
    const writes = await removalOf(world.store, objectPath('tag', { uuid, tag }), { signal: asked.signal });
    return { writes, result: `VM '${name}' has not the tag '${tag}'.` };
  });
}

async function tagOf(world: UseCaseWorld, asked: Asked, vm: string, tag: string) {
  const options = { signal: asked.signal };
  const uuid = await findVm(world.store, vm, options);
  const [domain, keys] = await Promise.all([
    readKeys(world.store, 'domain', { uuid }, ['name'], options),
    readKeys(world.store, 'tag', { uuid, tag }, ['name', 'type', 'protected'], options),
  ]);
  return { uuid, name: domain.needed('name'), keys };
}
