import { DroverError, type Log, type Loop, type Reconciler, type Scope } from '../core/index.js';
import type { Clock, Store, Write } from '../ports/index.js';
import type { Leadership } from '../ownership/index.js';
import { component, documentPath, problemError, writeRecord } from '../tree/index.js';
import { attend } from './attend.js';
import { Board } from './board.js';
import { Cleaner } from './cleaner.js';
import { EPHEMERAL_REQUEST, isFinal, jobOf } from './job.js';
import { readTaskKeys, type TaskKeys } from './keys.js';
import { type KeeperFacts, type KeeperStep, planKeeper } from './keeper-plan.js';
import type { Kinds } from './kinds.js';
import { placeOf } from './place.js';
import { cancelledBy, ended, type Ending, waiting } from './status.js';

export interface KeeperOptions {
  readonly leadership: Leadership;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly kinds: Kinds;
}

interface Reading {
  readonly keys: TaskKeys;
  readonly facts: KeeperFacts;
}

const SESSIONS_PATH = '/drover/sessions';

/**
 * The primary's part for as long as its term lasts: ends the tasks that no worker can end (not understood, cancelled
 * before they began, given up), says what a task waits for, removes old ones. Every write is tied to the term.
 */
export function keepTasks(options: KeeperOptions): void {
  const { leadership, store, clock, log } = options;
  const { scope } = leadership;
  const cleaner = new Cleaner(options);
  const loops = new Map<string, Loop<KeeperStep>>();
  const board: Board = new Board(scope, {
    store,
    clock,
    log,
    attend: (id) => {
      const child = scope.child(`task ${id}`);
      const reconciler = reconcilerOf(options, id, (keys) => {
        loops.delete(id);
        board.left(id, keys.request === undefined ? undefined : keys.status?.value);
        close(child, log);
      });
      loops.set(id, attend(child, { id, store, clock, log, reconciler }));
    },
    onEnded: (id, status) => cleaner.add(id, status.endedAt ?? status.at),
  });
  const watch = store.watchChildren(SESSIONS_PATH, () => {
    for (const loop of loops.values()) loop.wake();
  });
  scope.defer(() => watch.close());
}

function close(scope: Scope, log: Log): void {
  scope.close('the task has ended').catch((error: unknown) => log.error({ err: error }, 'task keeper'));
}

function reconcilerOf(
  options: KeeperOptions,
  id: string,
  leave: (keys: TaskKeys) => void,
): Reconciler<Reading, KeeperStep> {
  return {
    name: 'task-keeper',
    read: () => read(options, id),
    plan: ({ facts }) => planKeeper(facts),
    guard: (step, reading) => guard(options, step, reading),
    executors: {
      end: () => Promise.resolve(),
      sweep: () => Promise.resolve(),
      note: () => Promise.resolve(),
      leave: (_, { keys }) => {
        leave(keys);
        return Promise.resolve();
      },
    },
  };
}

async function read(options: KeeperOptions, id: string): Promise<Reading> {
  const keys = await readTaskKeys(options.store, id);
  const { request, status, claim, cancel } = keys;
  const judged = request === undefined || claim !== undefined ? {} : await judge(options, keys);
  return {
    keys,
    facts: {
      id,
      requested: request !== undefined,
      unkeepable: request?.stat.owner === undefined ? undefined : EPHEMERAL_REQUEST,
      status: status?.value,
      garbled: status?.problem && problemError(status.problem),
      claim: claim && { owner: claim.stat.owner },
      cancel: cancel !== undefined,
      fault: judged.fault,
      waiting: judged.waiting,
    },
  };
}

/** Whether the request can be carried out, and what hinders it. */
async function judge(
  options: KeeperOptions,
  keys: TaskKeys,
): Promise<{ readonly fault?: KeeperFacts['fault']; readonly waiting?: string }> {
  const { store, kinds } = options;
  try {
    const place = await placeOf(jobOf(keys, kinds), store);
    if (place.is !== 'node') return {};
    const node = component(place.node, 'node');
    const [session, known] = await Promise.all([
      store.read(`${SESSIONS_PATH}/${node}`),
      store.read(`/nodes/${node}`),
    ]);
    if (session !== undefined) return {};
    if (known === undefined) return { fault: noSuchNode(keys.id, node) };
    return { waiting: `${node} has no session: its daemon does not run, or is cut off from the store` };
  } catch (error) {
    if (!isFinal(error)) throw error;
    return { fault: error };
  }
}

async function guard(options: KeeperOptions, step: KeeperStep, { keys }: Reading): Promise<void> {
  const { leadership, clock, log } = options;
  const { id, request, status, cancel, claim } = keys;
  if (request === undefined || step.kind === 'leave') return;
  if (step.kind === 'sweep') {
    if (claim === undefined) return;
    await leadership.commit([{ op: 'delete', path: claim.path, version: claim.version }]);
    log.warn({ task: id, path: claim.path }, 'a claim without a session was removed');
    return;
  }
  const ending = endingOf(step, keys);
  const next =
    ending === undefined
      ? waiting(status?.value, step.kind === 'note' ? step.waiting : undefined, clock.now())
      : ended(status?.value, ending, clock.now());
  const unchanged: Write = { op: 'check', path: request.path, version: request.version };
  const path = documentPath('task-status', { id });
  await leadership.commit([writeRecord('task-status', path, next, status), unchanged]);
  if (ending?.state === 'failed') log.error({ task: id, err: ending.error }, 'task failed');
  else log.info({ task: id, by: cancel?.value?.by }, ending === undefined ? 'task waits' : 'task cancelled');
}

function endingOf(step: KeeperStep, { id, cancel }: TaskKeys): Ending | undefined {
  if (step.kind !== 'end') return undefined;
  return step.ending === 'cancelled' ? cancelledBy(id, cancel?.value) : step.ending;
}

function noSuchNode(id: string, node: string): DroverError {
  return new DroverError('NOT_FOUND', { object: `node ${node}`, reason: `task ${id} is to run there` });
}
