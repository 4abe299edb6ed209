/**
 * The first of the two patterns: where truth can be read again. `plan` is pure and names at most the first step; the
 * step's guard is committed, its executor runs, and everything is read again.
 */
export interface Kinded {
  readonly kind: string;
}

/** What `plan` answers; the reason is for people and goes into the log and the fault. */
export type Plan<Step extends Kinded> =
  | { readonly do: 'rest'; readonly reason: string }
  | { readonly do: 'wait'; readonly reason: string; readonly ms?: number }
  | { readonly do: 'step'; readonly step: Step; readonly reason: string };

/** One executor per step kind: a missing one does not compile. */
export type Executors<Step extends Kinded, Context> = {
  readonly [K in Step['kind']]: (step: Extract<Step, { kind: K }>, context: Context) => Promise<void>;
};

/** Where a step can be cut: before its guard, between guard and act, after the act. */
export const CUTS = ['before', 'guarded', 'done'] as const;
export type Cut = (typeof CUTS)[number];

/** Called at every cut of every step. Production passes nothing; a test may stop the process there. */
export type KillPoint = (name: string) => void | Promise<void>;

export interface Reconciler<Facts, Step extends Kinded> {
  /** What the kill points and log lines of this reconciler begin with. */
  readonly name: string;
  read(signal: AbortSignal): Promise<Facts>;
  plan(facts: Facts): Plan<Step>;
  /** Commits the transaction that makes the step ours: throws STORE_CONFLICT when the facts have moved. */
  guard(step: Step, facts: Facts): Promise<void>;
  readonly executors: Executors<Step, Facts>;
  readonly killPoint?: KillPoint;
}

/**
 * One pass: read, plan and, if there is a step, guard and execute it. Returns the plan that was carried out, so that
 * the caller goes on at once after a step, sleeps on a watch after *rest*, and sets an alarm after *wait*.
 */
export async function reconcileOnce<Facts, Step extends Kinded>(
  reconciler: Reconciler<Facts, Step>,
  signal: AbortSignal,
): Promise<Plan<Step>> {
  const facts = await reconciler.read(signal);
  const plan = reconciler.plan(facts);
  if (plan.do !== 'step') return plan;
  const cut = (at: Cut) => reconciler.killPoint?.(killPointName(reconciler.name, plan.step.kind, at));
  signal.throwIfAborted();
  await cut('before');
  await reconciler.guard(plan.step, facts);
  await cut('guarded');
  await execute(reconciler.executors, plan.step, facts);
  await cut('done');
  return plan;
}

/** Runs the executor of `step`'s kind. */
export async function execute<Step extends Kinded, Context>(
  executors: Executors<Step, Context>,
  step: Step,
  context: Context,
): Promise<void> {
  const kind = step.kind as Step['kind'];
  await executors[kind](step as Extract<Step, { kind: typeof kind }>, context);
}

export function killPointName(machine: string, kind: string, cut: Cut): string {
  return `${machine}/${kind}/${cut}`;
}

/** All kill points of a reconciler: the list that kill tests are generated from. */
export function killPoints(machine: { readonly name: string; readonly executors: object }): string[] {
  return Object.keys(machine.executors).flatMap((kind) =>
    CUTS.map((cut) => killPointName(machine.name, kind, cut)),
  );
}
