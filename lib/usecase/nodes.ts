import { noSuchNode } from '../domain/index.js';
import { DroverError, messageOf } from '../core/index.js';
import { keyPath, readKeys } from '../tree/index.js';
import { decideAndWrite } from './decide.js';
import { reach } from './reach.js';
import type { Asked } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/**
 * Hands the lead over. The API goes with it, so the answer says what has begun: who asks again meets the new primary.
 */
export async function setCoordinatorState(
  world: UseCaseWorld,
  asked: Asked,
  node: string,
  state: 'primary' | 'secondary',
): Promise<string> {
  const options = { signal: asked.signal };
  const keys = await readKeys(world.store, 'node', { node }, ['mode', 'daemonState'], options);
  if (!keys.has('mode')) throw noSuchNode(node);
  if ((node === world.node) === (state === 'primary')) return `Node ${node} is ${state} already.`;
  if (keys.needed('mode') !== 'coordinator')
    throw refuse(node, 'it is no coordinator', 'choose a coordinator');
  if (state === 'primary' && keys.needed('daemonState') !== 'run')
    throw refuse(node, `its daemon is in state ${keys.needed('daemonState')}`, 'start its daemon first');
  world
    .handOver(state === 'primary' ? node : undefined)
    .catch((error: unknown) => world.log.warn({ err: error, node }, `no hand-over: ${messageOf(error)}`));
  return state === 'primary' ? `Node ${node} takes the lead over.` : `Node ${node} gives the lead away.`;
}

const WISH = { ready: 'unflush', flush: 'flush' } as const;
const END = { ready: 'ready', flush: 'flushed' } as const;

/** Has the VMs of a node moved away, or brought back. */
export async function setDomainState(
  world: UseCaseWorld,
  asked: Asked,
  node: string,
  { state, wait }: { readonly state: 'ready' | 'flush'; readonly wait: boolean },
): Promise<string> {
  const read = async () => {
    const keys = await readKeys(world.store, 'node', { node }, ['mode', 'domainState'], {
      signal: asked.signal,
    });
    if (!keys.has('mode')) throw noSuchNode(node);
    return keys;
  };
  await decideAndWrite(world, asked, async () => {
    const keys = await read();
    const present = keys.needed('domainState');
    if (present === 'fence-flush')
      throw refuse(node, 'its VMs are being recovered', 'wait until that is done');
    return { writes: present === END[state] ? [] : keys.set('domainState', WISH[state]), result: undefined };
  });
  if (!wait) return `Node ${node} shall be ${END[state]}.`;
  await reach(world, asked, {
    what: `node ${node} to be ${END[state]}`,
    paths: [keyPath('node', 'domainState', { node })],
    look: async () => {
      const present = (await read()).needed('domainState');
      if (present === END[state]) return true;
      if (present === WISH[state]) return undefined;
      throw refuse(node, `somebody has wished something else meanwhile: ${present}`, 'ask again');
    },
  });
  return `Node ${node} is ${END[state]}.`;
}

function refuse(node: string, reason: string, remedy: string): DroverError {
  return new DroverError('REFUSED', { object: `node '${node}'`, reason, remedy });
}
