import { LIMITS } from '../../lib/core/index.js';
import type { SlotAct, World } from './ownership-world.js';

const TERM = /^\/drover\/election\/epoch\/(\d+)$/;

interface Term {
  readonly epoch: number;
  readonly node: string;
  readonly fromMs: number;
  toMs: number;
}

/**
 * Everything in the recorded history that must never be; empty when all is well.
 *
 * `killedSessions`: the service ended sessions out of turn, which no clock at the client can know. Then an act may come
 * as late as the last check of its epoch allows, and what rests on the lease alone is not judged.
 */
export function violations(world: World, killedSessions: boolean): readonly string[] {
  const terms = termsOf(world);
  const lateMs = killedSessions ? LIMITS.epochCheckAgeMs : 0;
  return [
    ...world.violations,
    ...twoLeaders(terms),
    ...lateActs(world, terms, lateMs),
    ...(killedSessions ? [] : mixedSlots(world)),
  ];
}

/** Every term by what the service really applied: as long as its term key stood. What no session owned is none. */
export function termsOf(world: World): readonly Term[] {
  const terms: Term[] = [];
  for (const transaction of world.service.history)
    for (const write of transaction.writes) {
      if (write.op === 'create' && write.mode === 'ephemeral' && TERM.test(write.path)) {
        const { node, epoch } = JSON.parse(new TextDecoder().decode(write.data)) as Term;
        terms.push({ epoch, node, fromMs: transaction.atMs, toMs: Infinity });
      }
      const ended = write.op === 'delete' ? TERM.exec(write.path) : null;
      const term = terms.find(({ epoch }) => epoch === Number(ended?.[1]));
      if (term?.toMs === Infinity) term.toMs = transaction.atMs;
    }
  return terms;
}

function twoLeaders(terms: readonly Term[]): string[] {
  return terms.flatMap((term, index) => {
    const before = terms[index - 1];
    if (before === undefined) return [];
    const wrong: string[] = [];
    if (term.epoch <= before.epoch) wrong.push(`epoch ${term.epoch} came after ${before.epoch}`);
    if (term.fromMs < before.toMs) wrong.push(`terms ${before.epoch} and ${term.epoch} overlap`);
    return wrong;
  });
}

/** No primary acts outside the time in which its term stood at the service. */
function lateActs(world: World, terms: readonly Term[], lateMs: number): string[] {
  return world.acts.flatMap((act) => {
    const term = terms.find(({ epoch }) => epoch === act.epoch);
    if (term?.node !== act.node) return [`${act.node} acted in epoch ${act.epoch}, which is not its own`];
    return act.atMs < term.fromMs || act.atMs >= term.toMs + lateMs
      ? [`${act.node} acted at ${act.atMs} in epoch ${act.epoch}, which stood ${term.fromMs} to ${term.toMs}`]
      : [];
  });
}

const TOGETHER = new Set(['read read', 'life read', 'read life']);

/** Acts of two operations that may not be together on one VM must not interleave. */
function mixedSlots(world: World): string[] {
  const spans = new Map<string, { first: SlotAct; lastMs: number }>();
  for (const act of world.slotActs) {
    const span = spans.get(act.id);
    if (span === undefined) spans.set(act.id, { first: act, lastMs: act.atMs });
    else span.lastMs = act.atMs;
  }
  const list = [...spans.values()];
  return list.flatMap((a, index) =>
    list.slice(index + 1).flatMap((b) => {
      const apart = a.lastMs < b.first.atMs || b.lastMs < a.first.atMs;
      const same = a.first.vm === b.first.vm;
      if (apart || !same || TOGETHER.has(`${a.first.slot} ${b.first.slot}`)) return [];
      return [
        `${a.first.id} (${a.first.slot}) and ${b.first.id} (${b.first.slot}) had ${a.first.vm} together`,
      ];
    }),
  );
}
