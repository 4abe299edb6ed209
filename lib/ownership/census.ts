import type { CensusReport, Holder, Run } from '../../schemas/index.js';
import type { Kinded, Plan } from '../core/index.js';

/** What the primary sees when a census is on. */
export interface CensusFacts {
  /** Incarnation and id that the tree shows. */
  readonly cluster: { readonly id: string; readonly incarnation: number } | undefined;
  readonly epoch: number;
  /** Who must answer: everyone under /nodes, every coordinator, and whoever any node remembers. */
  readonly nodes: readonly string[];
  /** Open reports. */
  readonly reports: readonly CensusReport[];
  /** Nodes that are confirmed off since this term began. */
  readonly off: readonly string[];
}

export type CensusStep =
  /** Lead in an epoch that is higher than any that a node has seen. */
  | (Kinded & { readonly kind: 'outgrow'; readonly epoch: number })
  /** Rebuild the run records and raise the incarnation. `id` undefined: the cluster gets its first one. */
  | (Kinded & { readonly kind: 'rebuild'; readonly id: string | undefined; readonly incarnation: number });

export function planCensus(facts: CensusFacts): Plan<CensusStep> {
  if (facts.reports.length === 0) return { do: 'rest', reason: 'nobody asked for a census' };
  const ids = new Set(
    facts.reports.map((report) => report.remembered.cluster).filter((id) => id !== undefined),
  );
  if (ids.size > 1)
    return {
      do: 'rest',
      reason: `the census stops: nodes of different clusters (${[...ids].join(', ')}) share this store`,
    };
  // First of all: a word of confirmation counts only for the term in which it was given.
  const epoch = Math.max(...facts.reports.map((report) => report.remembered.epoch));
  if (epoch > facts.epoch)
    return { do: 'step', step: { kind: 'outgrow', epoch }, reason: `a node has seen epoch ${epoch}` };
  const missing = facts.nodes.filter(
    (node) => !facts.off.includes(node) && !facts.reports.some((report) => report.node === node),
  );
  if (missing.length > 0)
    return {
      do: 'rest',
      reason: `the census waits for ${missing.join(', ')}: start droverd there, or confirm the node off`,
    };
  const incarnation = Math.max(
    facts.cluster?.incarnation ?? 0,
    ...facts.reports.map((report) => report.remembered.incarnation),
  );
  const [id = facts.cluster?.id] = ids;
  return {
    do: 'step',
    step: { kind: 'rebuild', id, incarnation: incarnation + 1 },
    reason: 'every node has reported, or is confirmed off',
  };
}

/** VM → who really has a process of it, by the reports. Two `run` holders of one VM are kept, and told. */
export function holdersByReports(reports: readonly CensusReport[]): ReadonlyMap<string, readonly Holder[]> {
  const result = new Map<string, Holder[]>();
  for (const report of reports)
    for (const domain of report.domains) {
      const holders = result.get(domain.uuid) ?? [];
      holders.push({ node: report.node, boot: report.boot, role: domain.role, since: report.at });
      result.set(domain.uuid, holders);
    }
  return result;
}

/** VMs that more than one node says it runs: the damage was done before the census; it must be told. */
export function runTwice(holders: ReadonlyMap<string, readonly Holder[]>): readonly string[] {
  return [...holders]
    .filter(([, list]) => list.filter((holder) => holder.role === 'run').length > 1)
    .map(([uuid]) => uuid);
}

/** The run record that says what the reports say, or undefined when it says so already. */
export function rebuilt(run: Run | undefined, holders: readonly Holder[]): Omit<Run, 'v'> | undefined {
  if (run !== undefined && sameHolders(run.holders, holders)) return undefined;
  if (run === undefined && holders.length === 0) return undefined;
  return { ...run, epoch: (run?.epoch ?? 0) + 1, holders, edges: run?.edges ?? [] };
}

function sameHolders(a: readonly Holder[], b: readonly Holder[]): boolean {
  const key = (holder: Holder) => `${holder.node} ${holder.boot} ${holder.role}`;
  const keys = new Set(a.map(key));
  return a.length === b.length && b.every((holder) => keys.has(key(holder)));
}
