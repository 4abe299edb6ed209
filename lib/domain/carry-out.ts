import { DroverError, type Executors, hexId, isDroverError, messageOf } from '../core/index.js';
import type { Seen } from '../ownership/index.js';
import type { Write } from '../ports/index.js';
import { documentPath, encodeKey, keyPath, updateRecord } from '../tree/index.js';
import { opsSeen } from './data-slot.js';
import type { Read, VmFacts, VmState, Wish } from './facts.js';
import { imagesFree } from './images.js';
import { send } from './send.js';
import { isHere, look } from './sight.js';
import type { VmStep } from './steps.js';
import type { VmStepContext, VmWorld } from './world.js';

type Step<K extends VmStep['kind']> = Extract<VmStep, { kind: K }>;

/**
 * Commits what makes the step ours, from exactly the facts it was planned from: STORE_CONFLICT when any has moved. Steps
 * whose whole effect is one transaction do it here.
 */
export async function guardStep(world: VmWorld, step: VmStep, context: VmStepContext): Promise<void> {
  const { facts } = context;
  const { runs, clock, random } = world;
  const { uuid, wish } = facts;
  const attempt = () => hexId(random);
  switch (step.kind) {
    case 'start':
      await runs.take(uuid, {
        attempt: attempt(),
        seen: [...seenOf(world, facts), await opsSeen(world.store, uuid, facts.ops)],
        now: clock.now(),
      });
      return;
    case 'adopt':
      await runs.take(uuid, { attempt: attempt(), seen: [], now: clock.now() });
      return;
    case 'receive':
      await world.secretKnown();
      await runs.join(uuid, {
        source: step.source,
        attempt: attempt(),
        seen: seenOf(world, facts),
        now: clock.now(),
      });
      return;
    case 'arrive':
      await runs.arrive(uuid);
      return;
    case 'leave':
      await runs.leave(uuid, step.why);
      return;
    case 'ask':
      await noteEdge(world, facts, step);
      return;
    case 'send':
    case 'destroy':
      if (wish !== undefined)
        await world.store.commit([check(uuid, 'state', wish.state), check(uuid, 'node', wish.node)]);
      return;
    case 'report':
      if (wish !== undefined) await report(world, context, wish, step);
      return;
    case 'abort':
      if (wish !== undefined) await abort(world, context, wish);
      return;
    case 'settle':
      if (wish !== undefined) await settle(world, facts, wish);
      return;
  }
}

/** What each step does outside the store, after its guard. */
export function executorsOf(world: VmWorld): Executors<VmStep, VmStepContext> {
  const { hypervisor, clock } = world;
  const nothing = () => Promise.resolve();
  return {
    start: (_, context) => start(world, context),
    adopt: nothing,
    receive: nothing,
    arrive: nothing,
    leave: (_, { past, facts }) => {
      past.left(clock.monotonic(), facts);
      return Promise.resolve();
    },
    ask: async (_, { facts, past, signal }) => {
      const mzxid = facts.wish?.state.mzxid ?? 0n;
      const noted = facts.run?.edges.some((edge) => edge.mzxid === mzxidText(facts)) ?? false;
      try {
        if (!noted || past.value.unasked?.mzxid === mzxid) await hypervisor.shutdown(facts.uuid, { signal });
      } catch (error) {
        // The guest has not heard of it, so that its time does not begin. After a lost answer it may have.
        const refused = isDroverError(error, 'HYPERVISOR_REFUSED');
        if (refused || isDroverError(error, 'HYPERVISOR_UNREACHABLE'))
          past.notAsked(mzxid, clock.monotonic(), refused);
        throw error;
      }
      past.askedFor(mzxid, clock.monotonic());
    },
    destroy: async (_, { facts, past, signal }) => {
      past.endedByUs();
      await hypervisor.destroy(facts.uuid, { signal });
    },
    send: ({ target }, context) => send(world, target, context),
    report: nothing,
    abort: nothing,
    settle: nothing,
  };
}

/**
 * Looks again, as what it was planned from may be old, and by then nobody else can take the VM: a process that is here after
 * all is left as it is, held as if it had been adopted. The images are asked for meanwhile.
 */
async function start(world: VmWorld, { facts, past, signal }: VmStepContext): Promise<void> {
  const { wish, uuid } = facts;
  if (wish === undefined) return;
  const images = wish.volumes.map(({ pool, volume }) => ({ pool, name: volume }));
  const looked = look(world.hypervisor, uuid, signal);
  const absent = looked.then((seen) => !isHere(seen));
  const [sight, free] = await Promise.allSettled([
    looked,
    imagesFree(world.images, images, signal, absent),
    world.secretKnown(),
  ]);
  signal.throwIfAborted();
  if (sight.status === 'rejected') {
    // Else nobody could start it elsewhere until libvirt here answers again.
    await world.runs.leave(uuid, { gone: 'not begun' });
    throw sight.reason;
  }
  if (isHere(sight.value)) {
    world.log.warn({ vm: uuid }, 'it runs here already: it is taken as it is');
    return;
  }
  try {
    if (free.status === 'rejected') throw free.reason;
    const { id, leaseUntil } = world.store.session();
    if (id === undefined || world.clock.monotonic() >= leaseUntil)
      throw new DroverError('STORE_UNAVAILABLE', {
        object: `VM ${wish.name}`,
        reason: 'the session is in doubt',
      });
    await world.hypervisor.create(wish.xml.value, { signal });
    past.started();
  } catch (error) {
    signal.throwIfAborted();
    past.startFailed(wish.state.mzxid, messageOf(error));
    world.log.warn({ vm: uuid, err: error }, 'a start failed');
  }
}

/** Everything that the decision to run it here rests on. */
function seenOf(world: VmWorld, { uuid, wish }: VmFacts): Seen[] {
  const cluster = world.trustedCluster();
  const keys =
    wish === undefined
      ? []
      : ([
          ['state', wish.state],
          ['node', wish.node],
          ['xml', wish.xml],
        ] as const);
  return [
    ...keys.map(([key, { version }]) => ({ path: keyPath('domain', key, { uuid }), version })),
    ...(cluster === undefined ? [] : [cluster]),
  ];
}

function check(uuid: string, key: 'state' | 'node', { version }: Read<unknown>): Write {
  return { op: 'check', path: keyPath('domain', key, { uuid }), version };
}

function mzxidText({ wish }: VmFacts): string {
  return `0x${(wish?.state.mzxid ?? 0n).toString(16)}`;
}

/** Copies the edge word into the run record, so that it is never done twice for one wish. */
async function noteEdge(world: VmWorld, facts: VmFacts, step: Step<'ask'>): Promise<void> {
  const mzxid = mzxidText(facts);
  await updateRecord(world.store, {
    kind: 'run',
    path: documentPath('run', { uuid: facts.uuid }),
    change: (run) => {
      if (run === undefined || run.value.edges.some((edge) => edge.mzxid === mzxid)) return undefined;
      return { ...run.value, edges: [{ word: step.word, mzxid, since: world.clock.now() }] };
    },
  });
}

async function report(
  world: VmWorld,
  context: VmStepContext,
  wish: Wish,
  step: Step<'report'>,
): Promise<void> {
  const { uuid } = context.facts;
  await world.unlocked(keyPath('domain', 'state', { uuid }), context.signal);
  const reason = step.failedReason ?? '';
  await world.store.commit([
    setState(uuid, wish, step.state),
    check(uuid, 'node', wish.node),
    ...(reason === wish.failedReason.value ? [] : [setText(uuid, 'failedReason', reason, wish.failedReason)]),
  ]);
  context.past.reported(step.state);
}

/** The wish becomes what is: it runs here, and stays. */
async function abort(world: VmWorld, { facts, signal }: VmStepContext, wish: Wish): Promise<void> {
  const { uuid, me } = facts;
  await world.unlocked(keyPath('domain', 'node', { uuid }), signal);
  const back = wish.lastNode.value === me.node ? [setText(uuid, 'lastNode', '', wish.lastNode)] : [];
  await world.store.commit([
    setState(uuid, wish, 'start'),
    setText(uuid, 'node', me.node, wish.node),
    ...back,
  ]);
}

async function settle(world: VmWorld, { uuid }: VmFacts, wish: Wish): Promise<void> {
  if (wish.failedReason.value !== '')
    await world.store.commit([setText(uuid, 'failedReason', '', wish.failedReason)]);
  await updateRecord(world.store, {
    kind: 'run',
    path: documentPath('run', { uuid }),
    change: (run) =>
      run === undefined || run.value.edges.length === 0 ? undefined : { ...run.value, edges: [] },
  });
}

function setState(uuid: string, wish: Wish, state: VmState): Write {
  const path = keyPath('domain', 'state', { uuid });
  return { op: 'set', path, data: encodeKey('domain', 'state', state), version: wish.state.version };
}

function setText(
  uuid: string,
  key: 'failedReason' | 'node' | 'lastNode',
  text: string,
  from: Read<string>,
): Write {
  const value = text === '' && key !== 'failedReason' ? undefined : text;
  const data = encodeKey('domain', key, value as never);
  return { op: 'set', path: keyPath('domain', key, { uuid }), data, version: from.version };
}
