import type { VM_MOVES } from '../../schemas/api.js';
import {
  findVm,
  memoryOf,
  type Places,
  placementWrite,
  readPlaces,
  takesVms,
  targetFor,
} from '../domain/index.js';
import type { VmState } from '../tree/index.js';
import { type Keys, readKeys } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { refuse, refuseInTheMaking, refuseMirror } from './guard-rails.js';
import type { Asked } from './use-cases.js';
import { placeReached } from './vm-reached.js';
import type { PlacingWorld } from './world.js';

export interface PlaceWish {
  readonly action: (typeof VM_MOVES)[number];
  readonly node: string | undefined;
  readonly force: boolean;
  readonly wait: boolean;
  readonly live: boolean;
}

const KEYS = ['name', 'xml', 'state', 'node', 'lastNode', 'nodeLimit', 'nodeSelector'] as const;
type PlaceKeys = Keys<'domain', (typeof KEYS)[number]>;

/**
 * Moves a VM: for good (`move`), until it is brought back (`migrate`), or back (`unmigrate`). State, node and last node
 * are one transaction. A VM that does not run only gets another node. Whoever gives VMs to nodes at the same time learns of
 * it, so that together they do not give a node more than it has room for.
 */
export async function place(world: PlacingWorld, asked: Asked, vm: string, wish: PlaceWish): Promise<string> {
  const { uuid, name, target, runs } = await world.placing.take('place', () =>
    decide(world, asked, vm, wish),
  );
  if (!runs) return `VM '${name}' belongs to ${target} now; it does not run.`;
  if (!wish.wait) return `VM '${name}' shall go to ${target}.`;
  await placeReached(world, asked, uuid, target);
  return `VM '${name}' runs on ${target}.`;
}

function decide(world: PlacingWorld, asked: Asked, vm: string, wish: PlaceWish) {
  return decideAndWrite(world, asked, async (unsure) => {
    const options = { signal: asked.signal };
    const found = await findVm(world.store, vm, options);
    const keys = await readKeys(world.store, 'domain', { uuid: found }, KEYS, options);
    const seen = { name: keys.needed('name'), state: keys.needed('state') };
    const result = (to: string, runsNow: boolean) => ({
      uuid: found,
      name: seen.name,
      target: to,
      runs: runsNow,
    });
    const done = unsure ? ownWork(keys, wish) : undefined;
    if (done !== undefined) return { writes: [], result: result(done, true) };
    if (!wish.force) {
      refuseInTheMaking(seen);
      refuseMirror(seen, wish.action);
      refuseOnTheWay(seen);
    }
    const places = await readPlaces(world.store, found, options);
    const { to, lastNode } = await destination(world, asked, keys, wish, places);
    const running = seen.state === 'start' || ON_THE_WAY.has(seen.state);
    // It only forgets where it came from: nothing moves.
    const stays = to === keys.needed('node');
    const state = !running || stays ? seen.state : wish.live ? 'migrate-live' : 'migrate';
    return {
      writes: [
        ...keys.set('state', state),
        ...keys.check('state').filter(() => state === seen.state),
        ...keys.set('node', to),
        ...keys.set('lastNode', lastNode),
        ...(running && !stays
          ? [placementWrite(places, { vm: found, node: to, at: world.clock.now() })]
          : []),
      ],
      result: result(to, running),
    };
  });
}

const ON_THE_WAY: ReadonlySet<VmState> = new Set(['migrate', 'migrate-live', 'unmigrate']);

/** After a lost reply: where an earlier try of ours has sent it already. */
function ownWork(keys: PlaceKeys, { node }: PlaceWish): string | undefined {
  const at = keys.needed('node');
  return ON_THE_WAY.has(keys.needed('state')) && (node === undefined || node === at) ? at : undefined;
}

function refuseOnTheWay({ name, state }: { readonly name: string; readonly state: VmState }): void {
  if (ON_THE_WAY.has(state)) throw refuse({ name }, 'it is on its way already', 'wait for it, or give force');
  if (state === 'restart' || state === 'shutdown' || state === 'delete')
    throw refuse({ name }, `its state is ${state}`, 'wait until that is done, or give force');
}

async function destination(
  world: PlacingWorld,
  asked: Asked,
  keys: PlaceKeys,
  { action, node, force }: PlaceWish,
  places: Places,
): Promise<{ readonly to: string; readonly lastNode: string | undefined }> {
  const vm = { name: keys.needed('name') };
  const [here, lastNode] = [keys.needed('node'), keys.value('lastNode')];
  if (action === 'unmigrate' && lastNode === undefined)
    throw refuse(vm, 'it was not migrated from anywhere', `move it with: drover vm move ${vm.name}`);
  if (action === 'migrate' && lastNode !== undefined && !force)
    throw refuse(
      vm,
      `it was migrated from ${lastNode} before`,
      `bring it back with: drover vm unmigrate ${vm.name}; or give force`,
    );
  const target = await targetFor(
    world.store,
    vm.name,
    {
      node: action === 'unmigrate' ? lastNode : node,
      limit: keys.value('nodeLimit') ?? [],
      selector: keys.value('nodeSelector'),
      memory: memoryOf(keys.needed('xml')),
      force,
      ...(here === undefined ? {} : { not: here }),
    },
    places,
    { signal: asked.signal },
  );
  const to = target.name;
  if (to === here && !(action === 'move' && lastNode !== undefined))
    throw refuse(vm, `it is on ${to} already`, 'choose another node');
  if (to !== here && !force && !takesVms(target))
    throw refuse(
      vm,
      `${to} takes no VMs: its daemon is in state ${target.daemonState ?? 'unknown'}, and it is ${target.domainState ?? 'unknown'}`,
      `make it ready with: drover node ready ${to}; or give force`,
    );
  return { to, lastNode: action === 'migrate' ? (lastNode ?? here) : undefined };
}
