import { LIMITS, type Plan } from '../core/index.js';
import type { VmFacts, Wish } from './facts.js';
import { moves } from './plan-held.js';
import { rest, step, wait } from './say.js';
import type { VmStep } from './steps.js';

/** How often it is looked whether an operation has died. */
const DATA_LOOK_MS = 5_000;

/** This node neither holds the VM nor has a process of it. */
export function planFree(facts: VmFacts): Plan<VmStep> {
  const { wish, run, me } = facts;
  if (wish === undefined) return rest('there is no such VM');
  if (wish.node.value !== me.node) return rest(`it belongs to ${wish.node.value || 'no node'}`);
  const runner = run?.holders.find((holder) => holder.role === 'run');
  if (runner !== undefined) return planTakeOver(facts, wish, runner.node);
  const [incoming] = run?.holders ?? [];
  if (incoming !== undefined) return rest(`${incoming.node} is about to leave it`);
  return planUnheld(facts, wish);
}

/** It runs elsewhere: a start here is a migration, never a destroy. */
function planTakeOver(facts: VmFacts, wish: Wish, source: string): Plan<VmStep> {
  if (!moves(wish)) return rest(`${source} holds it and carries the wish out`);
  if (wish.migrationMethod === 'shutdown') return rest(`${source} shuts it down for the move`);
  const receiver = facts.run?.holders.find((holder) => holder.role === 'incoming');
  if (receiver !== undefined) return rest(`${receiver.node} receives it from ${source}`);
  return step({ kind: 'receive', source }, `it runs on ${source} and is wished here`);
}

/** Nobody holds it. */
function planUnheld(facts: VmFacts, wish: Wish): Plan<VmStep> {
  switch (wish.state.value) {
    case 'start':
      return planStart(facts, wish);
    case 'migrate':
    case 'migrate-live':
    case 'unmigrate':
    case 'restart':
      return step({ kind: 'report', state: 'start' }, 'it does not run, so it starts here');
    case 'shutdown':
      return step({ kind: 'report', state: 'stop' }, 'it does not run');
    case 'stop':
    case 'disable':
    case 'fail':
    case 'mirror':
    case 'provision':
    case 'import':
    case 'restore':
    case 'delete':
      return rest(`it is ${wish.state.value}`);
  }
}

function planStart(facts: VmFacts, wish: Wish): Plan<VmStep> {
  const { role, data, past, policy, now } = facts;
  if (role !== undefined && role !== 'active') return setBack(wish, role);
  // Its end is told by its record; its death only by looking again.
  if (data !== undefined)
    return wait(DATA_LOOK_MS, `${data.operation} (${data.id}) has its data on ${data.node}`);
  if (past.failedStart?.mzxid === wish.state.mzxid)
    return step(
      { kind: 'report', state: 'fail', failedReason: past.failedStart.reason },
      past.failedStart.reason,
    );
  const ended = past.ended?.mzxid === wish.state.mzxid ? past.ended.how : undefined;
  if (ended === 'powered-off' && policy.onPowerOff === 'stop')
    return step({ kind: 'report', state: 'stop' }, 'the guest powered itself off');
  if (ended === 'crashed') return planAfterCrash(past.crashes, now);
  if (facts.flushedSince)
    return rest(`${facts.me.node} was flushed after this was wished: make it ready, or wish again`);
  return step({ kind: 'start' }, 'it is wished and nobody holds it');
}

/** A start that was only written over a mirror: it stays one, and says what to do instead. */
function setBack({ name }: Wish, role: string): Plan<VmStep> {
  const reason =
    `this copy is a ${role}, and its source may run: promote it from there (drover vm mirror promote ${name}), ` +
    `or start it with force (drover vm start ${name} --force)`;
  return step({ kind: 'report', state: 'mirror', failedReason: reason }, reason);
}

/** 1, 2, 4 … 60 s after a crash, at most three in ten minutes. */
function planAfterCrash(crashes: readonly number[], now: number): Plan<VmStep> {
  const recent = crashes.filter((at) => at > now - LIMITS.crashWindowMs);
  if (recent.length > LIMITS.crashesAllowedCount) {
    const reason = `it crashed ${recent.length} times in ${LIMITS.crashWindowMs / 60_000} minutes`;
    return step({ kind: 'report', state: 'fail', failedReason: reason }, reason);
  }
  const last = recent.at(-1) ?? -Infinity;
  const pauseMs = Math.min(LIMITS.crashRetryLastMs, LIMITS.crashRetryFirstMs * 2 ** (recent.length - 1));
  const leftMs = last + pauseMs - now;
  return leftMs > 0
    ? wait(leftMs, 'it crashed and is started again after a pause')
    : step({ kind: 'start' }, 'it crashed');
}
