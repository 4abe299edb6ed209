import { DroverError, type Executors, isDroverError, type Log, Loop, reconcileOnce } from '../core/index.js';
import type { Leadership } from '../ownership/index.js';
import { type Clock, conflictOf, type Store } from '../ports/index.js';
import { componentFault, encodeKey, keyPath, readKeys } from '../tree/index.js';
import { planPrimary, type PrimaryFacts, type PrimaryStep } from './primary-plan.js';

const PATH = keyPath('cluster', 'primaryNode');
const NOBODY = 'none';

export interface PrimaryOptions {
  readonly node: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly leadership: Leadership;
  /** Ends the term in favour of `to`, or of whoever is next. Not waited for: it waits for the term's work. */
  readonly handOver: (to: string | undefined) => Promise<void>;
  /** The key names this node. */
  readonly onNamed: () => void;
  /** A request was refused, for this reason. */
  readonly onRefused: (wanted: string, reason: string) => void;
}

/**
 * Keeps `/config/primary_node` true in a term of this node, and heeds what others ask by writing it. Every write is tied to
 * the term and to the version that was read.
 */
export function keepPrimaryKey(options: PrimaryOptions): void {
  const { leadership, store, clock, log, node } = options;
  let left: number | undefined;
  const name = async ({ version }: PrimaryFacts) => {
    const data = encodeKey('cluster', 'primaryNode', node);
    await leadership.commit([
      version === undefined ? { op: 'create', path: PATH, data } : { op: 'set', path: PATH, data, version },
    ]);
  };
  const nothing = () => Promise.resolve();
  const executors: Executors<PrimaryStep, PrimaryFacts> = {
    name: nothing,
    refuse: ({ wanted, reason }) => {
      log.warn({ node, wanted, reason }, 'a request for another primary is refused');
      options.onRefused(wanted, reason);
      return Promise.resolve();
    },
    yield: ({ to }) => {
      options.handOver(to).catch((error: unknown) => log.warn({ err: error, to }, 'no hand-over'));
      return Promise.resolve();
    },
  };
  const loop = new Loop<PrimaryStep>(leadership.scope, {
    name: 'primary',
    alarms: clock,
    pass: async (signal) => {
      const plan = await reconcileOnce<PrimaryFacts, PrimaryStep>(
        {
          name: 'primary',
          read: async () => {
            const facts = await read(options, left);
            if (facts.named === node) left = facts.version;
            return facts;
          },
          plan: planPrimary,
          guard: (step, facts) => (step.kind === 'yield' ? leadership.confirm() : name(facts)),
          executors,
        },
        signal,
      );
      if (plan.do === 'rest') options.onNamed();
      // The term ends: there is nothing more to do in it.
      return plan.do === 'step' && plan.step.kind === 'yield' ? { do: 'rest', reason: plan.reason } : plan;
    },
    onPlan: (plan) => log.info({ node }, `primary: ${plan.reason}`),
    onError: (error, retryMs) => {
      if (!isDroverError(error, 'NOT_LEADER', 'TREE_READ_ONLY'))
        log.warn({ node, err: error, retryMs }, 'primary');
    },
  });
  const watch = store.watch(PATH, () => loop.wake());
  leadership.scope.defer(() => watch.close());
  void loop.start();
}

async function read({ store, node }: PrimaryOptions, left: number | undefined): Promise<PrimaryFacts> {
  await store.sync();
  const entry = await store.read(PATH);
  const named = entry === undefined ? undefined : nameIn(entry.data);
  const able = named === undefined || named === node ? false : await canLead(store, named);
  return { me: node, named, version: entry?.stat.version, left, able };
}

/** What a program wrote there; garbage is a request for a node that does not exist. */
function nameIn(data: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(data);
  return text === '' || text === NOBODY ? undefined : text;
}

/** Keys that cannot be read are no reason to lead. */
async function canLead(store: Store, node: string): Promise<boolean> {
  if (componentFault(node) !== undefined) return false;
  try {
    const keys = await readKeys(store, 'node', { node }, ['mode', 'daemonState']);
    return keys.value('mode') === 'coordinator' && keys.value('daemonState') === 'run';
  } catch (error) {
    if (isDroverError(error, 'TREE_UNREADABLE')) return false;
    throw error;
  }
}

const TRIES = 8;

/** Asks the primary, by the public key, to give the lead to `to`, or to whoever is next. */
export async function askForPrimary(store: Store, to: string | undefined): Promise<void> {
  const data = encodeKey('cluster', 'primaryNode', to ?? NOBODY);
  for (let left = TRIES; left > 0; left -= 1) {
    await store.sync();
    const entry = await store.read(PATH);
    try {
      await store.commit([
        entry === undefined
          ? { op: 'create', path: PATH, data }
          : { op: 'set', path: PATH, data, version: entry.stat.version },
      ]);
      return;
    } catch (error) {
      if (conflictOf(error) === undefined) throw error;
    }
  }
  throw new DroverError('STORE_CONFLICT', {
    object: PATH,
    reason: `other writers were faster ${TRIES} times in a row`,
    remedy: 'ask again',
  });
}
