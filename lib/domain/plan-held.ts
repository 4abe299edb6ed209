import type { Holder } from '../../schemas/index.js';
import type { Plan } from '../core/index.js';
import { rest, step, wait } from './say.js';
import type { VmFacts, Wish } from './facts.js';
import type { VmStep } from './steps.js';

/** This node is a holder. `here`: its process is there. */
export function planHeld(facts: VmFacts, mine: Holder, here: boolean): Plan<VmStep> {
  if (mine.role === 'incoming') return planIncoming(facts, here);
  if (!here) return step(GONE, 'its process is gone');
  const other = facts.run?.holders.find((holder) => holder !== mine && holder.role === 'run');
  if (other !== undefined)
    return rest(`it runs here and, by the record, on ${other.node}: end one of the two by hand`);
  if (facts.wish === undefined)
    return rest('its definition has vanished while it runs: adopt or destroy it by hand');
  return planRunning(facts, facts.wish);
}

const GONE: VmStep = { kind: 'leave', why: { gone: 'process', domain: 'absent', process: 'absent' } };

/** Why a guest stands that has switched over. */
const STANDING: ReadonlySet<string> = new Set(['user', 'I/O error', 'watchdog']);

/** The receiving side. libvirt shows its process as paused, and migrating, until the guest has switched over. */
function planIncoming(facts: VmFacts, here: boolean): Plan<VmStep> {
  const source = facts.run?.holders.find((holder) => holder.role === 'run');
  if (here) {
    const { state, reason = '' } = facts.domain ?? {};
    const arrived =
      (state === 'running' && reason !== 'migrating') || (state === 'paused' && STANDING.has(reason));
    if (!arrived) return rest(`it is being received from ${source?.node ?? 'nobody'}`);
    return source === undefined
      ? step({ kind: 'arrive' }, 'it has arrived here')
      : rest(`it has arrived here, and ${source.node} has not left it yet`);
  }
  const wanted = facts.wish !== undefined && facts.wish.node.value === facts.me.node && moves(facts.wish);
  if (source !== undefined && wanted) return rest(`ready to receive it from ${source.node}`);
  return step(GONE, source === undefined ? 'its source is gone' : 'it is not wanted here any more');
}

/** Its process is here and ours. */
function planRunning(facts: VmFacts, wish: Wish): Plan<VmStep> {
  const elsewhere = wish.node.value !== facts.me.node;
  switch (wish.state.value) {
    case 'start':
      return elsewhere ? planMove(facts, wish) : planSteady(facts, wish);
    case 'migrate':
    case 'migrate-live':
    case 'unmigrate':
      return elsewhere
        ? planMove(facts, wish)
        : step({ kind: 'report', state: 'start' }, 'it runs where it was to go');
    case 'restart':
      return planShutdown(facts, wish, 'restart');
    case 'shutdown':
    case 'disable':
      return planShutdown(facts, wish, 'shutdown');
    case 'stop':
    case 'delete':
      return step({ kind: 'destroy' }, `the wish is ${wish.state.value}`);
    case 'fail':
    case 'mirror':
    case 'provision':
    case 'import':
    case 'restore':
      return rest(`it runs although its state is ${wish.state.value}: stop it, or write start`);
  }
}

function planSteady(facts: VmFacts, wish: Wish): Plan<VmStep> {
  const untidy = wish.failedReason.value !== '' || (facts.run?.edges.length ?? 0) > 0;
  if (untidy) return step({ kind: 'settle' }, 'it runs as wished');
  const { state, reason } = facts.domain ?? { state: 'unknown', reason: 'libvirt does not list it' };
  return state === 'running' ? rest('it runs as wished') : rest(`it is ${state} (${reason})`);
}

function planMove(facts: VmFacts, wish: Wish): Plan<VmStep> {
  const { migrationMethod, state, node } = wish;
  const failed = facts.past.failedMigration;
  const liveFailed = failed?.mzxid === state.mzxid ? failed.reason : undefined;
  // Only the word `migrate` allows the guest to be shut down for the move.
  const coldAllowed = state.value === 'migrate' && migrationMethod !== 'live';
  if (migrationMethod === 'shutdown' || (liveFailed !== undefined && coldAllowed))
    return planShutdown(facts, wish, 'migrate');
  if (liveFailed !== undefined) return step({ kind: 'abort', reason: liveFailed }, liveFailed);
  const ready = facts.run?.holders.some((holder) => holder.role === 'incoming' && holder.node === node.value);
  return ready === true
    ? step({ kind: 'send', target: node.value }, `${node.value} is ready to receive it`)
    : rest(`waiting for ${node.value} to get ready`);
}

/**
 * Asks once, waits, and ends the process when the guest does not go by itself, nor can be asked: one that stands still for an
 * I/O error hears nothing.
 */
function planShutdown(facts: VmFacts, wish: Wish, word: 'shutdown' | 'restart' | 'migrate'): Plan<VmStep> {
  const { past, policy, now } = facts;
  const asked = past.asked?.mzxid === wish.state.mzxid ? past.asked : undefined;
  const unasked = past.unasked?.mzxid === wish.state.mzxid ? past.unasked : undefined;
  if (asked === undefined && unasked !== undefined && now >= unasked.since + policy.shutdownMs)
    return step({ kind: 'destroy' }, 'the guest could not be asked to power off in time');
  if (asked === undefined) return step({ kind: 'ask', word }, `the wish is ${wish.state.value}`);
  const leftMs = asked.at + policy.shutdownMs - now;
  return leftMs > 0
    ? wait(leftMs, 'the guest was asked to power off')
    : step({ kind: 'destroy' }, 'the guest did not power off in time');
}

/** Whether a wish moves the VM to its node, if it runs elsewhere. */
export function moves(wish: Wish): boolean {
  return ['start', 'migrate', 'migrate-live', 'unmigrate'].includes(wish.state.value);
}
