import t from 'tap';
import { DroverError, LIMITS } from '../../../lib/core/index.js';
import { insist } from '../../../lib/mirror/insist.js';
import { SimClock } from '../../../lib/sim/index.js';

const broken = () => new DroverError('API_UNREACHABLE', { object: 'peer west', reason: 'other side closed' });

void t.test('M48: a break is waited for', async (t) => {
  const clock = new SimClock();
  let asked = 0;
  const ask = () => {
    asked += 1;
    return asked < 3 ? Promise.reject(broken()) : Promise.resolve('there');
  };
  t.equal(await clock.settle(insist(clock, new AbortController().signal, ask)), 'there');
  t.equal(asked, 3);
});

void t.test('a refusal is an answer', async (t) => {
  const clock = new SimClock();
  let times = 0;
  const refused = () => {
    times += 1;
    return Promise.reject(new DroverError('REFUSED', { object: 'VM', reason: 'it runs there' }));
  };
  await t.rejects(clock.settle(insist(clock, new AbortController().signal, refused)), { code: 'REFUSED' });
  t.equal(times, 1);
});

void t.test('a break that lasts ends with what it was; a cancel ends it at once', async (t) => {
  const clock = new SimClock();
  const never = () => Promise.reject(broken());
  await t.rejects(clock.settle(insist(clock, new AbortController().signal, never)), {
    code: 'API_UNREACHABLE',
  });
  t.ok(clock.monotonic() >= LIMITS.shipLostMs && clock.monotonic() < 2 * LIMITS.shipLostMs);
  const cancelled = new AbortController();
  const waiting = insist(clock, cancelled.signal, never);
  clock.after(1_000, () =>
    cancelled.abort(new DroverError('CANCELLED', { object: 'task', reason: 'asked' })),
  );
  const since = clock.monotonic();
  await t.rejects(clock.settle(waiting), { code: 'CANCELLED' });
  t.ok(clock.monotonic() - since <= 1_001);
});
