import type { Plan } from '../core/index.js';
import { chooseTarget, type NodeSeen } from '../domain/index.js';
import type { MigrationMethod, NodeDomainState, Selector, VmState } from '../tree/index.js';

/** A VM as a flush sees it. */
export interface VmSeen {
  readonly uuid: string;
  readonly name: string;
  readonly state: VmState;
  readonly node: string;
  /** Where it goes back to; empty: nowhere. */
  readonly lastNode: string;
  /** Whether this node has a process of it, or is about to. */
  readonly held: boolean;
  readonly autostart: boolean;
  readonly method: MigrationMethod;
  readonly limit: readonly string[];
  readonly selector: Selector | undefined;
  /** MiB; undefined when its definition does not tell. */
  readonly memory: number | undefined;
  /** How long ago, in milliseconds, this node last sent it away and it came to nothing; undefined when it did not. */
  readonly failedAgoMs: number | undefined;
}

/** What a flush, or the end of one, is planned from. Page: docs/node.md. */
export interface FlushFacts {
  readonly me: string;
  readonly state: NodeDomainState | undefined;
  readonly vms: readonly VmSeen[];
  readonly nodes: readonly NodeSeen[];
  /** Node → MiB of the VMs that are on their way there, whoever sent them. */
  readonly reserved: ReadonlyMap<string, number>;
  readonly selector: Selector;
}

export type FlushStep =
  /** Give a VM to another node. One that runs moves; one that was to start here starts there. */
  | { readonly kind: 'send'; readonly vm: VmSeen; readonly target: string; readonly lastNode: string }
  /** Have a VM whose home this is come back. */
  | { readonly kind: 'fetch'; readonly vm: VmSeen }
  /** Start a VM that was to start when this node is ready. */
  | { readonly kind: 'start'; readonly vm: VmSeen }
  /** Say that it is done. */
  | { readonly kind: 'finish'; readonly state: 'flushed' | 'ready' };

/** VMs on their way from or to one node at once. */
const AT_ONCE = 2;
/** A VM that did not get away is tried again after this. */
const AGAIN_MS = 60_000;
/** Figures of other nodes, which may make room, are as old as their keepalive. */
const LOOK_AGAIN_MS = 5_000;

const MOVING: ReadonlySet<VmState> = new Set(['migrate', 'migrate-live', 'unmigrate']);

/**
 * The first step of a flush or unflush of this node. Pure. A VM that does not run and shall not, a mirror among them, stays
 * as it is; nothing is shut down because it finds no room elsewhere.
 */
export function planFlush(facts: FlushFacts): Plan<FlushStep> {
  switch (facts.state) {
    case 'flush':
      return planAway(facts);
    case 'unflush':
      return planBack(facts);
    default:
      return { do: 'rest', reason: `the node is ${facts.state ?? 'in no known state'}` };
  }
}

function planAway(facts: FlushFacts): Plan<FlushStep> {
  const { me, vms } = facts;
  const leaving = vms.filter(({ node, held }) => held && node !== me);
  const busy = vms.filter(({ node, held, state }) => held && node === me && state !== 'start');
  const here = vms.filter(({ node, state }) => node === me && state === 'start');
  const tired = ({ failedAgoMs }: VmSeen) => failedAgoMs !== undefined && failedAgoMs < AGAIN_MS;
  for (const vm of here.filter((one) => !tired(one))) {
    if (leaving.length >= AT_ONCE) break;
    const target = targetOf(facts, vm);
    if (target === undefined) continue;
    // It goes home, or to another node for a while: then home stays where it was.
    const lastNode = target === vm.lastNode ? '' : vm.lastNode || me;
    return step({ kind: 'send', vm, target, lastNode }, `VM '${vm.name}' goes to ${target}`);
  }
  if (leaving.length > 0) return wait(undefined, `on their way: ${names(leaving)}`);
  if (here.length > 0)
    return wait(LOOK_AGAIN_MS, `no other node takes, or has room for: ${names(here)}; they run on here`);
  if (busy.length > 0)
    return wait(
      undefined,
      `they still run: ${busy.map(({ name, state }) => `${name} (${state})`).join(', ')}`,
    );
  return step({ kind: 'finish', state: 'flushed' }, 'nothing runs here');
}

function planBack(facts: FlushFacts): Plan<FlushStep> {
  const { me, vms } = facts;
  // Until one has arrived its state says that it is on its way.
  const coming = vms.filter(({ node, state }) => node === me && MOVING.has(state));
  const [next] = vms.filter(
    ({ node, lastNode, state }) => lastNode === me && node !== me && state === 'start',
  );
  if (next !== undefined && coming.length < AT_ONCE)
    return step({ kind: 'fetch', vm: next }, `VM '${next.name}' comes back from ${next.node}`);
  const [waiting] = vms.filter(({ node, state, autostart }) => node === me && state === 'stop' && autostart);
  if (waiting !== undefined)
    return step({ kind: 'start', vm: waiting }, `VM '${waiting.name}' starts with the node`);
  if (coming.length > 0) return wait(undefined, `on their way here: ${names(coming)}`);
  return step({ kind: 'finish', state: 'ready' }, 'everything that belongs here is here');
}

/** Where a VM goes: its home if that takes it, else what its selector chooses. What is on its way there has its memory. */
function targetOf(facts: FlushFacts, vm: VmSeen): string | undefined {
  const { nodes, me, selector, reserved } = facts;
  const need = { limit: vm.limit, not: me, memory: vm.memory };
  const home = chooseTarget(
    nodes.filter(({ name }) => name === vm.lastNode),
    'load',
    need,
    reserved,
  );
  return home ?? chooseTarget(nodes, vm.selector ?? selector, need, reserved);
}

function names(vms: readonly VmSeen[]): string {
  return vms.map(({ name }) => name).join(', ');
}

function step(what: FlushStep, reason: string): Plan<FlushStep> {
  return { do: 'step', step: what, reason };
}

function wait(ms: number | undefined, reason: string): Plan<FlushStep> {
  return { do: 'wait', reason, ...(ms === undefined ? {} : { ms }) };
}
