import { DroverError } from '../core/index.js';
import { findVm, memoryOf, noSuchNode, readNodes, readPlaces, targetFor, vmNames } from '../domain/index.js';
import { createDomain, keyPath, readKeys } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { readDefinition } from './definition.js';
import { refuse, refuseMirror } from './guard-rails.js';
import type { Asked, VmDefinition } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** Writes all keys of a new VM in one transaction; it is stopped until somebody starts it. */
export async function define(world: UseCaseWorld, asked: Asked, wish: VmDefinition): Promise<string> {
  const { store } = world;
  const options = { signal: asked.signal };
  const { uuid, name, volumes } = readDefinition(wish.xml);
  const { nodeLimit = [], ...meta } = wish.meta;
  await nodesExist(world, asked, nodeLimit);
  return await decideAndWrite(world, asked, async (unsure) => {
    const names = await vmNames(store, options);
    if (unsure && (await isOurs(world, asked, uuid, wish.xml)))
      return { writes: [], result: `VM '${name}' is defined.` };
    refuseTaken(names, uuid, name);
    const target = await targetFor(
      store,
      name,
      {
        node: wish.node,
        limit: nodeLimit,
        selector: meta.nodeSelector,
        memory: memoryOf(wish.xml),
        force: wish.force,
      },
      await readPlaces(store, uuid, options),
      options,
    );
    return {
      writes: createDomain(uuid, {
        name,
        xml: wish.xml,
        node: target.name,
        volumes,
        nodeLimit,
        ...meta,
        tags: wish.tags,
      }),
      result: `VM '${name}' is defined on ${target.name}.`,
    };
  });
}

/** Gives a VM another definition; it takes effect at the next start. Name and UUID stay. */
export async function modify(
  world: UseCaseWorld,
  asked: Asked,
  vm: string,
  change: { readonly xml: string; readonly restart: boolean },
): Promise<string> {
  const definition = readDefinition(change.xml);
  return await decideAndWrite(world, asked, async () => {
    const options = { signal: asked.signal };
    const uuid = await findVm(world.store, vm, options);
    const keys = await readKeys(
      world.store,
      'domain',
      { uuid },
      ['name', 'state', 'xml', 'volumes'],
      options,
    );
    const [name, state] = [keys.needed('name'), keys.needed('state')];
    refuseMirror({ name, state }, 'modify', { forcible: false });
    if (definition.uuid !== uuid) throw other(name, 'UUID', uuid, definition.uuid);
    if (definition.name !== name) throw other(name, 'name', name, definition.name);
    const changes = [...keys.set('xml', change.xml), ...keys.set('volumes', definition.volumes)];
    const restarts = change.restart && state === 'start' && changes.length > 0;
    return {
      writes: [...changes, ...(restarts ? keys.set('state', 'restart') : [])],
      result: `VM '${name}' has ${changes.length > 0 ? 'a new' : 'the same'} definition${restarts ? ' and restarts with it' : ''}.`,
    };
  });
}

/** BAD_INPUT-like refusal of a limit that names a node which is not there. */
export async function nodesExist(
  world: UseCaseWorld,
  asked: Asked,
  wanted: readonly string[],
): Promise<void> {
  if (wanted.length === 0) return;
  const nodes = await readNodes(world.store, { signal: asked.signal });
  const missing = wanted.find((name) => !nodes.some((node) => node.name === name));
  if (missing !== undefined) throw noSuchNode(missing);
}

async function isOurs(world: UseCaseWorld, asked: Asked, uuid: string, xml: string): Promise<boolean> {
  const entry = await world.store.read(keyPath('domain', 'xml', { uuid }), { signal: asked.signal });
  return entry !== undefined && new TextDecoder().decode(entry.data) === xml;
}

function refuseTaken(names: ReadonlyMap<string, string>, uuid: string, name: string): void {
  const its = names.get(uuid);
  if (its !== undefined)
    throw refuse({ name }, `VM '${its}' has its UUID ${uuid}`, 'give the definition another UUID');
  const taken = [...names].find(([, other]) => other === name);
  if (taken !== undefined)
    throw refuse({ name }, `the VM ${taken[0]} has this name`, 'give the definition another name');
}

function other(vm: string, what: 'name' | 'UUID', its: string, given: string): DroverError {
  return new DroverError('BAD_INPUT', {
    object: `VM '${vm}'`,
    reason: `its ${what} is ${its}, and that of the definition ${given}`,
    remedy: what === 'name' ? `rename it, or keep the name` : 'define another VM',
  });
}
