import { findVm, memoryOf, placementWrite, readPlaces, refuseWithoutRoom } from '../domain/index.js';
import type { Write } from '../ports/index.js';
import { type Keys, readKeys, type VmState } from '../tree/index.js';
import { activationWrites } from './activation.js';
import { decideAndWrite } from './decide.js';
import { stateFor, type StateWish } from './guard-rails.js';
import type { Asked } from './use-cases.js';
import { stateReached } from './vm-reached.js';
import type { PlacingWorld } from './world.js';

const WISHED: Readonly<Record<StateWish, string>> = {
  start: 'shall run',
  stop: 'shall be stopped at once',
  shutdown: 'shall shut down',
  restart: 'shall restart',
  disable: 'shall be disabled',
};

const REACHED: Readonly<Record<StateWish, string>> = {
  start: 'runs',
  stop: 'is stopped',
  shutdown: 'has shut down',
  restart: 'has restarted',
  disable: 'is disabled',
};

/** Writes a wish for a VM, and waits for it when asked to. */
export async function setState(
  world: PlacingWorld,
  asked: Asked,
  vm: string,
  wish: { readonly state: StateWish; readonly force: boolean; readonly wait: boolean },
): Promise<string> {
  const { state, force, wait } = wish;
  if (state === 'disable' && force) {
    // Not asking the guest: it is stopped, seen to be gone, and only then put aside.
    const running = await wishState(world, asked, vm, 'stop', { force, only: 'start' });
    if (running.written) await stateReached(world, asked, running, 'stop');
  }
  const { uuid, name, node, written } = await wishState(world, asked, vm, state, { force });
  if (wait) await stateReached(world, asked, { uuid, node }, state);
  if (wait) return `VM '${name}' ${REACHED[state]}.`;
  return written ? `VM '${name}' ${WISHED[state]}.` : `VM '${name}': the wish stood already: ${state}.`;
}

interface Wished {
  readonly uuid: string;
  readonly name: string;
  readonly node: string;
  readonly written: boolean;
}

function wishState(
  world: PlacingWorld,
  asked: Asked,
  vm: string,
  wish: StateWish,
  { force, only }: { readonly force: boolean; readonly only?: 'start' },
): Promise<Wished> {
  const { store } = world;
  const { signal } = asked;
  const decided = () =>
    decideAndWrite(world, asked, async () => {
      const uuid = await findVm(store, vm, { signal });
      const keys = await readKeys(store, 'domain', { uuid }, KEYS, { signal });
      const [name, present] = [keys.needed('name'), keys.needed('state')];
      const passed = only !== undefined && present !== only;
      const state = passed ? undefined : stateFor({ name, state: present }, wish, force);
      const place =
        state === 'start' && !RUNNING.has(present) ? await takePlace(world, asked, uuid, keys, force) : [];
      // By force, whatever the wish: from here on it is this cluster's own (a hand-over of PVC ends like this).
      const leaves = state === 'start' || (state !== undefined && present === 'mirror');
      const active = leaves ? await activationWrites(store, { uuid, name }, force, { signal }) : [];
      return {
        writes: state === undefined ? [] : [...keys.set('state', state), ...place, ...active],
        result: { uuid, name, node: keys.needed('node') ?? '', written: state !== undefined },
      };
    });
  return wish === 'start' ? world.placing.take('place', decided) : decided();
}

const KEYS = ['name', 'state', 'node', 'xml'] as const;

/** States in which a VM has its memory already, or is on its way to it. */
const RUNNING: ReadonlySet<VmState> = new Set([
  'migrate',
  'migrate-live',
  'unmigrate',
  'restart',
  'shutdown',
]);

/** A VM that begins to run takes memory of its node, against all others that are given to it at the same time. */
async function takePlace(
  world: PlacingWorld,
  { signal }: Asked,
  uuid: string,
  keys: Keys<'domain', (typeof KEYS)[number]>,
  force: boolean,
): Promise<readonly Write[]> {
  const node = keys.needed('node');
  if (node === undefined) return [];
  const places = await readPlaces(world.store, uuid, { signal });
  const name = keys.needed('name');
  const remedy = `move it to another node first (drover vm move ${name}), free memory there, or give force`;
  if (!force) refuseWithoutRoom(places, { name, memory: memoryOf(keys.sound('xml') ?? '') }, node, remedy);
  return [placementWrite(places, { vm: uuid, node, at: world.clock.now() }), ...keys.check('node')];
}
