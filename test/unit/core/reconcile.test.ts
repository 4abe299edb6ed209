import t from 'tap';
import {
  CUTS,
  DroverError,
  execute,
  type Executors,
  isDroverError,
  killPoints,
  type Plan,
  reconcileOnce,
  type Reconciler,
} from '../../../lib/core/index.js';

type Step = { readonly kind: 'start'; readonly on: string } | { readonly kind: 'stop' };
interface Facts {
  readonly version: number;
}

const start: Plan<Step> = { do: 'step', step: { kind: 'start', on: 'hv1' }, reason: 'it should run' };

/** A reconciler that writes down everything that is asked of it. */
function recorder(plan: Plan<Step>, parts: Partial<Reconciler<Facts, Step>> = {}) {
  const log: string[] = [];
  const facts: Facts = { version: 3 };
  const reconciler: Reconciler<Facts, Step> = {
    name: 'vm',
    read: () => Promise.resolve((log.push('read'), facts)),
    plan: (of) => (log.push(`plan ${of.version}`), plan),
    guard: (step, of) => Promise.resolve(void log.push(`guard ${step.kind} ${of.version}`)),
    executors: {
      start: (step, of) => Promise.resolve(void log.push(`start ${step.on} ${of.version}`)),
      stop: () => Promise.resolve(void log.push('stop')),
    },
    killPoint: (name) => void log.push(`cut ${name}`),
    ...parts,
  };
  return { log, reconciler };
}

const signal = new AbortController().signal;

void t.test('a pass reads, plans, guards and executes, with a cut between', async (t) => {
  const { log, reconciler } = recorder(start);
  t.equal(await reconcileOnce(reconciler, signal), start, 'the plan is returned');
  t.same(log, [
    'read',
    'plan 3',
    'cut vm/start/before',
    'guard start 3',
    'cut vm/start/guarded',
    'start hv1 3',
    'cut vm/start/done',
  ]);
});

void t.test('rest and wait do nothing', async (t) => {
  const plans: Plan<Step>[] = [
    { do: 'rest', reason: 'as wished' },
    { do: 'wait', reason: 'its node is away', ms: 1000 },
  ];
  for (const plan of plans) {
    const { log, reconciler } = recorder(plan);
    t.equal(await reconcileOnce(reconciler, signal), plan);
    t.same(log, ['read', 'plan 3']);
  }
});

void t.test('a conflict in the guard: nothing is executed, and the caller sees it', async (t) => {
  const conflict = new DroverError('STORE_CONFLICT', { object: '/state', reason: 'version 4, not 3' });
  const { log, reconciler } = recorder(start, { guard: () => Promise.reject(conflict) });
  await t.rejects(reconcileOnce(reconciler, signal), conflict);
  t.same(log, ['read', 'plan 3', 'cut vm/start/before']);
});

void t.test('a failing executor ends the pass before its last cut', async (t) => {
  const failure = new Error('libvirt is away');
  const executors: Executors<Step, Facts> = {
    start: () => Promise.reject(failure),
    stop: () => Promise.resolve(),
  };
  const { log, reconciler } = recorder(start, { executors });
  await t.rejects(reconcileOnce(reconciler, signal), failure);
  t.equal(log.at(-1), 'cut vm/start/guarded');
});

void t.test('a failing read decides nothing', async (t) => {
  const { log, reconciler } = recorder(start, { read: () => Promise.reject(new Error('no answer')) });
  await t.rejects(reconcileOnce(reconciler, signal), { message: 'no answer' });
  t.same(log, []);
});

void t.test('an abort while it reads lets no step begin', async (t) => {
  const controller = new AbortController();
  const { log, reconciler } = recorder(start, {
    read: (given) => {
      t.equal(given, controller.signal, 'the read can be aborted too');
      controller.abort(new DroverError('CANCELLED', { object: 'vm', reason: 'closed' }));
      return Promise.resolve({ version: 3 });
    },
  });
  const failure = await reconcileOnce(reconciler, controller.signal).catch((error: unknown) => error);
  t.ok(isDroverError(failure, 'CANCELLED'));
  t.same(log, ['plan 3']);
});

void t.test('a process that dies at a cut has done exactly what lies before it', async (t) => {
  const whole = recorder(start);
  await reconcileOnce(whole.reconciler, signal);
  for (const cut of CUTS) {
    const name = `vm/start/${cut}`;
    const { log, reconciler } = recorder(start, {
      killPoint: async (at) => {
        await Promise.resolve();
        if (at === name) throw new Error('killed');
      },
    });
    await t.rejects(reconcileOnce(reconciler, signal), { message: 'killed' });
    const before = whole.log.slice(0, whole.log.indexOf(`cut ${name}`));
    t.same(
      log,
      before.filter((line) => !line.startsWith('cut')),
    );
  }
});

void t.test('without kill points it works the same', async (t) => {
  const { log, reconciler } = recorder(start);
  const { killPoint: _, ...production } = reconciler;
  await reconcileOnce(production, signal);
  t.equal(log.at(-1), 'start hv1 3');
});

void t.test('the listing of kill points is complete and is what passes announce', async (t) => {
  const announced: string[] = [];
  const steps: Step[] = [{ kind: 'start', on: 'hv1' }, { kind: 'stop' }];
  let listed: string[] = [];
  for (const step of steps) {
    const { reconciler } = recorder(
      { do: 'step', step, reason: 'test' },
      { killPoint: (name) => void announced.push(name) },
    );
    await reconcileOnce(reconciler, signal);
    listed = killPoints(reconciler);
  }
  t.same(listed, announced);
  t.equal(listed.length, steps.length * CUTS.length);
});

void t.test('the executor of the step’s kind runs, with the step and its context', async (t) => {
  const seen: unknown[] = [];
  const executors: Executors<Step, string> = {
    start: (step, context) => Promise.resolve(void seen.push([step.on, context])),
    stop: (step, context) => Promise.resolve(void seen.push([step.kind, context])),
  };
  await execute(executors, { kind: 'start', on: 'hv2' }, 'here');
  await execute(executors, { kind: 'stop' }, 'there');
  t.same(seen, [
    ['hv2', 'here'],
    ['stop', 'there'],
  ]);
  // @ts-expect-error: a kind without an executor must not compile
  const incomplete: Executors<Step, string> = { start: () => Promise.resolve() };
  t.notOk('stop' in incomplete);
});
