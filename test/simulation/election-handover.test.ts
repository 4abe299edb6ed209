import t from 'tap';
import { LIMITS } from '../../lib/core/index.js';
import { termsOf, violations } from '../support/ownership-checker.js';
import { Scenario } from '../support/ownership-scenario.js';

void t.test('N33 a directed hand-over takes less than two seconds, and the others stand back', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const scenario = await Scenario.settled(seed);
    const { leader, world } = scenario;
    const to = scenario.follower();
    const before = termsOf(world).length;
    const from = world.clock.monotonic();
    await world.clock.settle(leader.election!.handOver(to.node));
    const tookMs = world.clock.monotonic() - from + (await scenario.leaderAgain());
    t.ok(tookMs < 2_000, `seed ${seed}: ${Math.round(tookMs)} ms`);
    t.equal(scenario.leader, to.daemon);
    t.equal(termsOf(world).length, before + 1, 'nobody else led in between');
    t.equal(scenario.text('/drover/election/handover'), undefined, 'the request goes with the election');
    await world.clock.advance(30_000);
    t.equal(scenario.leader, to.daemon, 'and it stays there');
    t.same(violations(world, false), []);
  }
});

void t.test('a hand-over to a node that is not there keeps nobody waiting', async (t) => {
  const scenario = await Scenario.settled(30);
  const { leader, world } = scenario;
  await world.clock.settle(leader.election!.handOver('hv9'));
  t.ok((await scenario.leaderAgain()) < 1_000);
});

void t.test(
  'a node that is there and does not stand holds the others up for a time, not for ever',
  async (t) => {
    const scenario = await Scenario.settled(31);
    const { leader, world } = scenario;
    const to = scenario.follower();
    to.mayLead = false;
    await world.clock.settle(leader.election!.handOver(to.node));
    const tookMs = await scenario.leaderAgain();
    t.ok(tookMs > LIMITS.handoverMs - 1_000 && tookMs < LIMITS.handoverMs + 1_000, `${tookMs} ms`);
    t.not(scenario.leader, to.daemon);
  },
);

void t.test('a leader that stops resigns: the next one begins at once', async (t) => {
  const scenario = await Scenario.settled(32);
  const { leader, world } = scenario;
  leader.host.mayLead = false;
  await world.clock.settle(leader.election!.handOver());
  await world.clock.settle(leader.scope.close());
  await world.clock.settle(leader.store.close());
  leader.process.kill();
  t.ok((await scenario.leaderAgain()) < 1_000);
  t.not(scenario.leader, leader);
  t.same(violations(world, false), []);
});

void t.test('work that does not end holds no hand-over up, and cannot write any more', async (t) => {
  const scenario = await Scenario.settled(33);
  const { leader, world } = scenario;
  const term = leader.election!.leadership!;
  let finish = (): void => undefined;
  const stuck = term.scope.run(() => new Promise<void>((resolve) => (finish = resolve)));
  const to = scenario.follower();
  const from = world.clock.monotonic();
  await world.clock.settle(leader.election!.handOver(to.node));
  await scenario.leaderAgain((next) => next === to.daemon);
  t.ok(world.clock.monotonic() - from < 2_000);
  await t.rejects(world.clock.settle(term.confirm()), { code: 'NOT_LEADER' });
  await t.rejects(world.clock.settle(term.act(() => Promise.resolve())), { code: 'NOT_LEADER' });
  finish();
  await stuck;
});

void t.test('while a term is handed over no second one is begun beside it', async (t) => {
  const scenario = await Scenario.settled(34);
  const { leader, world } = scenario;
  const began = [...leader.terms];
  void leader.election!.leadership!.scope.run(() => leader.process.clock.sleep(600));
  const handOver = leader.election!.handOver('hv9');
  const again = leader.election!.handOver('hv8');
  for (let round = 0; round < 10; round += 1) {
    await world.clock.advance(50);
    leader.election!.wake();
    t.equal(leader.election!.leadership, undefined);
  }
  await world.clock.settle(Promise.all([handOver, again]));
  t.same(leader.terms, began);
});

void t.test('a hand-over that cannot be written leaves a leader', async (t) => {
  const scenario = await Scenario.settled(35);
  const { leader, world } = scenario;
  void leader.election!.leadership!.scope.run(() => leader.process.clock.sleep(500));
  const handOver = leader.election!.handOver('hv2').then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  );
  await world.clock.advance(100);
  world.service.disconnect(leader.store);
  t.equal(await world.clock.settle(handOver), 'STORE_UNAVAILABLE');
  world.service.reconnect(leader.store);
  await scenario.leaderAgain();
  await world.clock.advance(20_000);
  t.equal(scenario.leaders.length, 1);
  t.same(violations(world, false), []);
});

void t.test('nothing happens when a node that does not lead is asked', async (t) => {
  const scenario = await Scenario.settled(36);
  const { leader, world } = scenario;
  await world.clock.settle(scenario.follower().daemon.election!.handOver('hv1'));
  await world.clock.advance(5_000);
  t.equal(scenario.leader, leader);
});
