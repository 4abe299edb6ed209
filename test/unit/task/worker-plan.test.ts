import t from 'tap';
import { DroverError } from '../../../lib/core/index.js';
import { DEATHS } from '../../../lib/task/status.js';
import { planWorker, type RunFacts, type WorkerFacts } from '../../../lib/task/worker-plan.js';
import type { TaskStatus } from '../../../schemas/index.js';

const running: TaskStatus = { v: 1, state: 'running', attempt: 2, at: 0 };
const mine = { mine: true, czxid: 7n, attempt: 2, node: 'hv1' };
const theirs = { mine: false, czxid: 8n, attempt: 2, node: 'hv2' };
const run: RunFacts = { czxid: 7n, attempt: 2, stopped: undefined, outcome: undefined };
const error = new DroverError('REFUSED', { object: 'x', reason: 'y' });
const failed: RunFacts = { ...run, outcome: { ok: false, error } };
const done: RunFacts = { ...run, outcome: { ok: true, result: 1 } };

function answer(facts: Partial<WorkerFacts>): unknown {
  const plan = planWorker({
    requested: true,
    status: undefined,
    claim: undefined,
    cancel: false,
    hindrance: undefined,
    eviction: undefined,
    room: true,
    run: undefined,
    ...facts,
  });
  return plan.do === 'step' ? plan.step : plan.reason;
}

void t.test('a task that nobody has', (t) => {
  t.same(answer({}), { kind: 'claim' });
  t.same(answer({ status: { ...running, state: 'queued' } }), { kind: 'claim' });
  t.same(answer({ status: running }), { kind: 'claim' }, 'its worker has died');
  t.same(answer({ hindrance: 'it is for hv2' }), 'it is for hv2');
  t.match(answer({ room: false }), /as many as it may/);
  t.match(answer({ cancel: true }), /cancelled/);
  t.match(answer({ status: { ...running, deaths: DEATHS - 1 } }), /too many/);
  t.match(answer({ status: { ...running, state: 'queued', deaths: DEATHS } }), /too many/);
  t.match(answer({ claim: theirs }), /hv2 has it/);
  t.same(answer({ requested: false }), { kind: 'leave' });
  for (const state of ['done', 'failed', 'cancelled'] as const)
    t.same(answer({ status: { ...running, state } }), { kind: 'leave' }, state);
  t.end();
});

void t.test('a claim that is ours without a run: its reply was lost, or somebody meddled', (t) => {
  t.same(answer({ claim: mine, status: running }), { kind: 'run' });
  t.same(answer({ claim: mine, status: running, cancel: true }), { kind: 'end', ending: 'cancelled' });
  const release = { kind: 'release', died: false };
  t.same(answer({ claim: mine, status: running, eviction: 'closing' }), release);
  t.same(answer({ claim: mine, status: { ...running, attempt: 3 } }), release);
  t.same(
    answer({ claim: mine, status: { ...running, state: 'done' } }),
    release,
    'no claim outlives its task',
  );
  t.same(answer({ claim: mine, status: undefined }), release);
  t.same(answer({ claim: mine, status: running, requested: false }), release);
  t.end();
});

void t.test('a run under its claim', (t) => {
  const held = { claim: mine, status: running };
  t.equal(answer({ ...held, run }), 'it runs');
  t.equal(answer({ ...held, run, hindrance: 'it is for hv2', room: false }), 'it runs', 'begun is begun');
  t.same(answer({ ...held, run, cancel: true }), { kind: 'stop', reason: 'cancel' });
  t.same(answer({ ...held, run, eviction: 'not the primary' }), { kind: 'stop', reason: 'evict' });
  t.match(answer({ ...held, run: { ...run, stopped: 'evict' }, eviction: 'x' }), /being stopped/);
  t.same(answer({ ...held, run: { ...run, stopped: 'evict' }, cancel: true }), {
    kind: 'stop',
    reason: 'cancel',
  });
  t.same(answer({ ...held, run: done }), { kind: 'end', ending: { state: 'done', result: 1 } });
  t.same(answer({ ...held, run: failed }), { kind: 'end', ending: { state: 'failed', error } });
  t.same(answer({ ...held, status: undefined, run: done }), {
    kind: 'end',
    ending: { state: 'done', result: 1 },
  });
  t.end();
});

void t.test('what becomes of a run that was told to stop', (t) => {
  const held = { claim: mine, status: running };
  const quit = new DroverError('CANCELLED', { object: 'x', reason: 'told to' });
  const quitted = { ...run, outcome: { ok: false, error: quit } } as const;
  t.same(answer({ ...held, run: quitted, cancel: true }), { kind: 'end', ending: 'cancelled' });
  t.same(answer({ ...held, run: failed, cancel: true }), {
    kind: 'end',
    ending: { state: 'cancelled', error },
  });
  t.same(
    answer({ ...held, run: done, cancel: true }),
    { kind: 'end', ending: { state: 'done', result: 1 } },
    'the cancel came too late: what is done is not called cancelled',
  );
  t.same(answer({ ...held, run: { ...quitted, stopped: 'evict' } }), { kind: 'release', died: false });
  const over = new DroverError('NOT_LEADER', { object: 'x', reason: 'y' });
  t.same(answer({ ...held, run: { ...run, outcome: { ok: false, error: over } } }), {
    kind: 'release',
    died: true,
  });
  t.end();
});

void t.test('a run whose claim is gone says nothing any more', (t) => {
  const lost = [
    { claim: undefined, status: running },
    { claim: theirs, status: { ...running, attempt: 3 } },
    { claim: { ...mine, czxid: 9n }, status: { ...running, attempt: 3 } },
    { claim: mine, status: { ...running, state: 'cancelled' } },
    { claim: mine, status: running, requested: false },
  ] as const;
  for (const [index, facts] of lost.entries()) {
    t.same(answer({ ...facts, run }), { kind: 'stop', reason: 'lost' }, `case ${index}`);
    t.match(answer({ ...facts, run: { ...run, stopped: 'lost' } }), /lost/, `case ${index}`);
    t.same(answer({ ...facts, run: done }), { kind: 'forget' }, `case ${index}`);
    t.same(answer({ ...facts, run: failed }), { kind: 'forget' }, `case ${index}`);
  }
  t.end();
});
