import fc from 'fast-check';
import t from 'tap';
import { SimClock, SimRandom } from '../../../lib/sim/index.js';
import { HappeningQueue } from '../../../lib/sim/queue.js';

void t.test('time stands still until it is driven', async (t) => {
  const clock = new SimClock({ startMs: 1_000 });
  let fired = false;
  clock.after(5, () => (fired = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(fired);
  t.equal(clock.now(), 1_000);
  await clock.advance(4);
  t.notOk(fired);
  await clock.advance(1);
  t.ok(fired);
  t.equal(clock.now(), 1_005);
  t.equal(clock.monotonic(), 5);
});

void t.test('all micro-tasks run out between two things that happen', async (t) => {
  const clock = new SimClock();
  const order: string[] = [];
  clock.after(1, () => {
    void (async () => {
      for (let hop = 0; hop < 20; hop += 1) await Promise.resolve();
      order.push('first, to its end');
    })();
  });
  clock.after(1, () => order.push('second'));
  await clock.advance(1);
  t.same(order, ['first, to its end', 'second']);
});

void t.test('what happens at one moment keeps its order, or is shuffled by the seed', async (t) => {
  const orderOf = async (seed: number | undefined) => {
    const clock = new SimClock(seed === undefined ? {} : { random: new SimRandom(seed) });
    const order: number[] = [];
    for (let at = 0; at < 10; at += 1) clock.after(7, () => order.push(at));
    await clock.advance(7);
    return order;
  };
  t.same(await orderOf(undefined), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  t.same(await orderOf(1), await orderOf(1));
  t.notSame(await orderOf(1), await orderOf(2));
});

void t.test('runUntil stops at the moment of its condition', async (t) => {
  const clock = new SimClock();
  let count = 0;
  for (let at = 1; at <= 10; at += 1) clock.after(at, () => (count += 1));
  await clock.runUntil(() => count === 3);
  t.equal(clock.monotonic(), 3);
  await t.rejects(
    clock.runUntil(() => count === 11, 100),
    { code: 'DEADLINE' },
    'and at its limit',
  );
  t.equal(clock.monotonic(), 103);
  t.equal(count, 10);
});

void t.test('a condition that throws ends its wait, and no other', async (t) => {
  const clock = new SimClock();
  const other = clock.advance(10);
  const failing = () => {
    throw new Error('boom');
  };
  await t.rejects(clock.runUntil(failing), { code: 'INTERNAL', cause: { message: 'boom' } });
  await other;
  t.equal(clock.monotonic(), 10);
});

void t.test('several may drive the clock at once', async (t) => {
  const clock = new SimClock();
  const ends: string[] = [];
  await Promise.all([
    clock.advance(10).then(() => ends.push(`advance ${clock.monotonic()}`)),
    clock.settle(clock.sleep(5)).then(() => ends.push(`settle ${clock.monotonic()}`)),
    clock
      .settle(clock.sleep(3))
      .then(() => clock.settle(clock.sleep(4)))
      .then(() => ends.push(`twice ${clock.monotonic()}`)),
  ]);
  t.same(ends, ['settle 5', 'twice 7', 'advance 10']);
});

void t.test('settle settles as the promise does', async (t) => {
  const clock = new SimClock();
  t.equal(await clock.settle(clock.sleep(5).then(() => 'value')), 'value');
  await t.rejects(
    clock.settle(
      clock.sleep(5).then(() => {
        throw new TypeError('its own');
      }),
    ),
    TypeError,
  );
  await t.rejects(clock.settle(new Promise(() => undefined), 50), { code: 'DEADLINE' });
});

void t.test('the queue gives back in order, without what was called off', (t) => {
  const entry = fc.record({ at: fc.nat(20), tie: fc.nat(3), off: fc.boolean() });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const queue = new HappeningQueue();
      const all = entries.map(({ at, tie, off }, order) => {
        const happening = { at, tie, order, action: (() => undefined) as (() => void) | undefined };
        queue.push(happening);
        return { happening, off };
      });
      for (const { happening, off } of all) if (off) happening.action = undefined;
      const expected = all
        .filter(({ off }) => !off)
        .map(({ happening }) => happening)
        .sort((a, b) => a.at - b.at || a.tie - b.tie || a.order - b.order);
      t.same(
        expected.map(() => queue.pop()?.order),
        expected.map(({ order }) => order),
      );
      t.equal(queue.pop(), undefined);
    }),
    { numRuns: 50 },
  );
  t.end();
});
