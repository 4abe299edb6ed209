import { getEventListeners } from 'node:events';
import t from 'tap';
import {
  DroverError,
  type Kinded,
  Loop,
  type LoopOptions,
  type Plan,
  Scope,
} from '../../../lib/core/index.js';

type Answer = Plan<Kinded>;

const REST: Answer = { do: 'rest', reason: 'nothing to do' };
const STEP: Answer = { do: 'step', step: { kind: 'go' }, reason: 'there is a step' };
const boom = () => new DroverError('STORE_UNAVAILABLE', { object: 'store', reason: 'a test' });

/** Lets every micro-task run out. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A loop whose passes answer as told (then rest), over alarms that go off by hand. */
function driven(answers: (Answer | Error)[], more: Partial<LoopOptions<Kinded>> = {}) {
  const scope = new Scope('test');
  const alarms: { ms: number; ring: () => void; cancelled: boolean }[] = [];
  const seen = { passes: 0, plans: [] as string[], errors: [] as number[] };
  const loop = new Loop<Kinded>(scope, {
    name: 'test',
    alarms: {
      after: (ms, ring) => {
        const alarm = { ms, ring, cancelled: false };
        alarms.push(alarm);
        return { cancel: () => void (alarm.cancelled = true) };
      },
    },
    pass: () => {
      seen.passes += 1;
      const answer = answers.shift() ?? REST;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onPlan: (plan) => void seen.plans.push(`${plan.do}: ${plan.reason}`),
    onError: (_, retryMs) => void seen.errors.push(retryMs),
    ...more,
  });
  return { scope, loop, alarms, seen };
}

void t.test('passes follow each other while there are steps, then it sleeps until it is woken', async (t) => {
  const { scope, loop, alarms, seen } = driven([STEP, STEP]);
  const end = loop.start();
  await turn();
  t.equal(seen.passes, 3);
  t.same(alarms, [], 'rest sets no alarm');
  loop.wake();
  loop.wake();
  await turn();
  t.equal(seen.passes, 4, 'two wake-ups at once make one pass');
  await scope.close();
  await end;
  t.equal(seen.passes, 4);
});

void t.test('N20: a wake-up during a pass makes one more pass and is never lost', async (t) => {
  let finish = (): void => undefined;
  let passes = 0;
  const { scope, loop } = driven([], {
    pass: () => {
      passes += 1;
      return new Promise((resolve) => {
        finish = () => resolve(REST);
      });
    },
  });
  void loop.start();
  await turn();
  loop.wake();
  loop.wake();
  await turn();
  t.equal(passes, 1, 'never two at once');
  finish();
  await turn();
  t.equal(passes, 2);
  finish();
  await turn();
  t.equal(passes, 2, 'one wake-up, one more pass');
  await scope.close();
});

void t.test('wait ends with its alarm, or sooner when it is woken', async (t) => {
  const wait: Answer = { do: 'wait', reason: 'a while', ms: 250 };
  const { scope, loop, alarms, seen } = driven([wait, wait, { do: 'wait', reason: 'for ever' }]);
  void loop.start();
  await turn();
  t.same(
    alarms.map(({ ms }) => ms),
    [250],
  );
  alarms[0]?.ring();
  await turn();
  t.equal(seen.passes, 2);
  loop.wake();
  await turn();
  t.equal(seen.passes, 3);
  t.ok(alarms[1]?.cancelled, 'nothing is left behind');
  t.equal(alarms.length, 2, 'a wait without a time waits to be woken');
  await scope.close();
});

void t.test('failures back off, and the first success forgets them', async (t) => {
  const { scope, loop, alarms, seen } = driven([boom(), boom(), boom(), REST, boom()], {
    firstRetryMs: 10,
    lastRetryMs: 25,
  });
  void loop.start();
  for (let round = 0; round < 3; round += 1) {
    await turn();
    alarms[round]?.ring();
  }
  await turn();
  t.same(seen.errors, [10, 20, 25]);
  loop.wake();
  await turn();
  t.same(seen.errors, [10, 20, 25, 10]);
  loop.wake();
  await turn();
  t.equal(seen.passes, 6, 'a wake-up does not wait for the back-off');
  await scope.close();
});

void t.test('an answer is told when it differs, a step always', async (t) => {
  const { scope, loop, seen } = driven([REST, REST, STEP, STEP, REST]);
  void loop.start();
  for (let round = 0; round < 4; round += 1) {
    await turn();
    loop.wake();
  }
  await turn();
  t.same(seen.plans, [
    'rest: nothing to do',
    'step: there is a step',
    'step: there is a step',
    'rest: nothing to do',
  ]);
  await scope.close();
});

void t.test('it ends with its scope, which waits for the running pass', async (t) => {
  let finish = (): void => undefined;
  const { scope, loop, seen } = driven([], {
    pass: (signal) =>
      new Promise((_, reject) => {
        finish = () => reject(signal.reason as Error);
      }),
  });
  const end = loop.start();
  await turn();
  let closed = false;
  const closing = scope.close().then(() => (closed = true));
  await turn();
  t.notOk(closed);
  finish();
  await closing;
  await end;
  t.same(seen.errors, [], 'what fails because of the end is no error');
  t.equal(getEventListeners(scope.signal, 'abort').length, 0);
});

void t.test('a loop that waits for an alarm ends at once with its scope', async (t) => {
  const { scope, loop, alarms } = driven([{ do: 'wait', reason: 'long', ms: 1e9 }]);
  const end = loop.start();
  await turn();
  await scope.close();
  await end;
  t.ok(alarms[0]?.cancelled);
});

void t.test('an error that nobody took in ends the loop in the open', async (t) => {
  const { loop } = driven([boom()], {
    onError: () => {
      throw new Error('the listener failed');
    },
  });
  await t.rejects(loop.start(), /the listener failed/);
});
