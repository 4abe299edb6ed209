import type { Plan } from '../core/index.js';

/** What the primary knows of `/config/primary_node`. Page: docs/node.md. */
export interface PrimaryFacts {
  readonly me: string;
  /** The name in the key; undefined when it is empty, `none` or not there. */
  readonly named: string | undefined;
  /** The version of the key; undefined when it is not there. */
  readonly version: number | undefined;
  /** The version that this node left the key at, in this term; undefined before it has written it. */
  readonly left: number | undefined;
  /** Whether the named node is a coordinator whose daemon runs. */
  readonly able: boolean;
}

export type PrimaryStep =
  /** Write this node's name. */
  | { readonly kind: 'name' }
  /** Write it over a request that cannot be met, and say so. */
  | { readonly kind: 'refuse'; readonly wanted: string; readonly reason: string }
  /** End the term, in favour of the named node or of whoever is next. */
  | { readonly kind: 'yield'; readonly to: string | undefined };

/**
 * The public key names the primary, and is a request when somebody else writes it: a name directs the lead to that node,
 * `none` gives it away. Pure.
 */
export function planPrimary(facts: PrimaryFacts): Plan<PrimaryStep> {
  const { me, named, left, version, able } = facts;
  if (named === me) return { do: 'rest', reason: 'the key names this node' };
  if (left === undefined) return step({ kind: 'name' }, 'this node leads now');
  if (version === undefined) return step({ kind: 'name' }, 'the key has vanished');
  if (named === undefined) return step({ kind: 'yield', to: undefined }, 'somebody asks for another primary');
  if (able) return step({ kind: 'yield', to: named }, `somebody asks for ${named}`);
  const reason = `${named} is no coordinator whose daemon runs`;
  return step({ kind: 'refuse', wanted: named, reason }, reason);
}

function step(what: PrimaryStep, reason: string): Plan<PrimaryStep> {
  return { do: 'step', step: what, reason };
}
