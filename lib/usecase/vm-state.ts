import { findVm } from '../domain/index.js';
import { readKeys } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { stateFor, type StateWish } from './guard-rails.js';
import type { Asked } from './use-cases.js';
import { stateReached } from './vm-reached.js';
import type { UseCaseWorld } from './world.js';

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
  world: UseCaseWorld,
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
  world: UseCaseWorld,
  asked: Asked,
  vm: string,
  wish: StateWish,
  { force, only }: { readonly force: boolean; readonly only?: 'start' },
): Promise<Wished> {
  const { store } = world;
  const { signal } = asked;
  return decideAndWrite(world, asked, async () => {
    const uuid = await findVm(store, vm, { signal });
    const keys = await readKeys(store, 'domain', { uuid }, ['name', 'state', 'node'], { signal });
    const [name, present] = [keys.needed('name'), keys.needed('state')];
    const passed = only !== undefined && present !== only;
    const state = passed ? undefined : stateFor({ name, state: present }, wish, force);
    const writes = state === undefined ? [] : keys.set('state', state);
    return {
      writes,
      result: { uuid, name, node: keys.needed('node') ?? '', written: state !== undefined },
    };
  });
}
