import t from 'tap';
import { DroverError } from '../../../lib/core/index.js';
import { type KeeperFacts, planKeeper } from '../../../lib/task/keeper-plan.js';
import { DEATHS } from '../../../lib/task/status.js';
import type { TaskStatus } from '../../../schemas/index.js';

const running: TaskStatus = { v: 1, state: 'running', attempt: 5, node: 'hv2', at: 0 };
const fault = new DroverError('BAD_INPUT', { object: 'kind "x"', reason: 'unknown' });

function answer(facts: Partial<KeeperFacts>) {
  const plan = planKeeper({
    id: 't1',
    requested: true,
    unkeepable: undefined,
    status: undefined,
    garbled: undefined,
    claim: undefined,
    cancel: false,
    fault: undefined,
    waiting: undefined,
    ...facts,
  });
  return plan.do === 'step' ? plan.step : plan.do;
}

void t.test('what can never be carried out fails', (t) => {
  t.same(answer({ fault }), { kind: 'end', ending: { state: 'failed', error: fault } });
  t.same(answer({ garbled: fault }), { kind: 'end', ending: { state: 'failed', error: fault } });
  t.match(answer({ status: { ...running, deaths: DEATHS - 1 } }), {
    kind: 'end',
    ending: { state: 'failed', error: { code: 'WORKERS_DIED', message: /5 attempts.*hv2/ } },
  });
  t.end();
});

void t.test('a task that nobody runs is cancelled at once, one that runs is left to its worker', (t) => {
  t.same(answer({ cancel: true }), { kind: 'end', ending: 'cancelled' });
  t.same(answer({ cancel: true, status: running }), { kind: 'end', ending: 'cancelled' });
  const claim = { owner: '0x1' };
  t.equal(answer({ cancel: true, status: running, claim }), 'rest');
  t.equal(answer({ fault, garbled: fault, claim }), 'rest');
  t.end();
});

void t.test('rubbish and what is over', (t) => {
  t.same(answer({ claim: { owner: undefined } }), { kind: 'sweep' });
  t.same(answer({ claim: { owner: undefined }, status: { ...running, state: 'done' } }), { kind: 'sweep' });
  t.same(answer({ status: { ...running, state: 'done' }, cancel: true, fault }), { kind: 'leave' });
  t.same(answer({ requested: false, cancel: true }), { kind: 'leave' });
  t.equal(answer({ unkeepable: 'ephemeral', fault, cancel: true }), 'rest');
  t.end();
});

void t.test('a task that waits says what for, once', (t) => {
  const waiting = 'hv2 has no session';
  t.same(answer({ waiting }), { kind: 'note', waiting });
  t.equal(answer({ waiting, status: { ...running, state: 'queued', waiting } }), 'rest');
  const stale = { ...running, state: 'queued', waiting } as const;
  t.same(answer({ status: stale }), { kind: 'note', waiting: undefined });
  t.equal(answer({}), 'rest');
  t.end();
});
