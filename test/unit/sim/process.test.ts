import t from 'tap';
import { SimClock, SimRandom } from '../../../lib/sim/index.js';

void t.test('each machine has its own clocks', async (t) => {
  const world = new SimClock({ startMs: 500_000 });
  const [a, b] = [world.process('a', { skewMs: 2_000 }), world.process('b')];
  t.equal(a.clock.now(), 502_000);
  t.equal(b.clock.now(), 500_000);
  t.not(a.clock.monotonic(), b.clock.monotonic(), 'monotonic times of two machines do not compare');
  const before = a.clock.monotonic();
  await world.advance(10);
  t.equal(a.clock.monotonic() - before, 10);
});

void t.test('a paused process does nothing, while its clock goes on', async (t) => {
  const world = new SimClock({ random: new SimRandom(3) });
  const process = world.process('p');
  const { clock } = process;
  const order: string[] = [];
  clock.after(10, () => order.push('ten'));
  clock.after(20, () => order.push('twenty'));
  clock.after(30, () => order.push('thirty'));
  const before = clock.monotonic();
  process.pause();
  await world.advance(25);
  process.deliver(() => order.push('delivered'));
  await world.advance(100);
  t.same(order, []);
  t.equal(clock.monotonic() - before, 125);
  process.resume();
  t.same(order, [], 'not within the call');
  await world.advance(0);
  t.same(order, ['ten', 'twenty', 'delivered', 'thirty'], 'in the order in which it came');
});

void t.test('what comes after resume stays behind what waited', async (t) => {
  const world = new SimClock();
  const process = world.process('p');
  const order: number[] = [];
  process.pause();
  process.deliver(() => order.push(1));
  process.resume();
  process.deliver(() => order.push(2));
  await world.advance(0);
  t.same(order, [1, 2]);
});

void t.test('paused again before it caught up, it waits again', async (t) => {
  const world = new SimClock();
  const process = world.process('p');
  const order: number[] = [];
  process.pause();
  process.deliver(() => {
    order.push(1);
    process.pause();
  });
  process.deliver(() => order.push(2));
  process.resume();
  await world.advance(100);
  t.same(order, [1]);
  process.resume();
  await world.advance(0);
  t.same(order, [1, 2]);
});

void t.test('an alarm that is due but waits can still be cancelled', async (t) => {
  const world = new SimClock();
  const process = world.process('p');
  let fired = false;
  const alarm = process.clock.after(1, () => (fired = true));
  process.pause();
  await world.advance(10);
  alarm.cancel();
  process.resume();
  await world.advance(10);
  t.notOk(fired);
});

void t.test('a killed process never does anything again', async (t) => {
  const world = new SimClock();
  const process = world.process('p');
  const ran: string[] = [];
  process.clock.after(5, () => ran.push('alarm'));
  void process.clock.sleep(5).then(() => ran.push('sleep'));
  process.pause();
  process.deliver(() => ran.push('waiting'));
  process.kill();
  process.resume();
  t.equal(process.state, 'killed');
  process.deliver(() => ran.push('delivered'));
  process.call(() => ran.push('called'));
  void process.here().then(() => ran.push('here'));
  await world.advance(1_000);
  t.same(ran, []);
});

void t.test('code of the process can stop where it stands', async (t) => {
  const world = new SimClock();
  const process = world.process('p');
  const ran: string[] = [];
  const work = (async () => {
    await process.clock.sleep(1);
    process.pause();
    await process.here();
    ran.push('continued');
    process.kill();
    await process.here();
    ran.push('after its death');
  })();
  await world.advance(10);
  t.same(ran, []);
  process.resume();
  await world.advance(10);
  t.same(ran, ['continued']);
  await t.rejects(world.settle(work, 1_000), { code: 'DEADLINE' });
});
