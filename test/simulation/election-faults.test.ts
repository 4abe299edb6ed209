import t, { type Test } from 'tap';
import { violations } from '../support/ownership-checker.js';
import { Scenario } from '../support/ownership-scenario.js';
import { SESSION_MS } from '../support/ownership-world.js';

const LEADER = '/drover/election/leader';
const EPOCH = '/drover/election/epoch';

/** After whatever was done: one leader within the bound, in a later epoch, and it stays one. */
async function recovers(t: Test, scenario: Scenario, epoch: number): Promise<void> {
  const { world } = scenario;
  await scenario.leaderAgain((leader) => leader.election!.leadership!.epoch > epoch);
  const { leader } = scenario;
  await world.clock.settle(leader.election!.leadership!.confirm());
  await world.clock.advance(20_000);
  t.equal(scenario.leader, leader, 'and it stays');
  t.same(violations(world, false), []);
}

void t.test(
  'N3d a leader that was stopped for longer than its session acts no more when it goes on',
  async (t) => {
    const scenario = await Scenario.settled(1);
    const { leader, world } = scenario;
    const { epoch } = leader.election!.leadership!;
    const term = leader.election!.leadership!;
    leader.process.pause();
    await scenario.until(
      () => scenario.leaders.some((one) => one !== leader && one.process.state === 'running'),
      'next',
    );
    const acts = () => world.acts.filter((act) => act.epoch === epoch).length;
    const before = acts();
    leader.process.resume();
    t.notOk(term.valid, 'its own clock tells it at once');
    await t.rejects(world.clock.settle(term.act(() => Promise.resolve())), { code: 'NOT_LEADER' });
    await world.clock.advance(30_000);
    t.equal(acts(), before);
    t.equal(scenario.leaders.length, 1);
    t.same(violations(world, false), []);
  },
);

void t.test(
  'a store that does not answer for less than the session ends no term and begins none',
  async (t) => {
    const scenario = await Scenario.settled(2);
    const { leader, world } = scenario;
    const term = leader.election!.leadership!;
    const began = [...leader.terms];
    world.service.disconnect(leader.store);
    for (let round = 0; round < 5; round += 1) {
      await world.clock.advance(500);
      leader.election!.wake();
    }
    world.service.reconnect(leader.store);
    await world.clock.advance(10_000);
    t.equal(leader.election!.leadership, term);
    t.notOk(term.scope.closed);
    t.same(leader.terms, began);
  },
);

void t.test('a cut-off leader is followed within the bound', async (t) => {
  const scenario = await Scenario.settled(3);
  const { leader, world } = scenario;
  world.service.disconnect(leader.store, { silent: true });
  const tookMs = await scenario.leaderAgain((one) => one !== leader);
  t.ok(tookMs > SESSION_MS / 2, 'not before its lease can be over');
  t.same(violations(world, false), []);
});

void t.test('N3c a persistent key in the leader’s place is removed', async (t) => {
  const scenario = await Scenario.settled(4);
  const { leader } = scenario;
  const { epoch } = leader.election!.leadership!;
  for (const text of ['', 'rubbish', '{"v":1,"node":"hv7","epoch":1,"since":0}']) {
    for (const { daemon } of scenario.world.hosts) daemon.process.pause();
    await scenario.world.clock.advance(SESSION_MS + 2_000);
    await scenario.put(LEADER, text);
    for (const { daemon } of scenario.world.hosts) daemon.process.resume();
    await recovers(t, scenario, epoch);
  }
});

void t.test('N3c a persistent key in a session’s place is removed, and the node lives', async (t) => {
  const scenario = await Scenario.settled(5);
  const host = scenario.follower();
  host.daemon.process.kill();
  await scenario.world.clock.advance(SESSION_MS + 2_000);
  await scenario.put(`/drover/sessions/${host.node}`, 'rubbish');
  host.restart();
  await scenario.until(() => host.daemon.membership?.proof !== undefined, 'registered');
  t.equal(
    scenario.world.service.peek(`/drover/sessions/${host.node}`)?.stat.owner,
    host.daemon.store.session().id,
  );
});

void t.test('a daemon that comes back before its earlier session has ended waits for that', async (t) => {
  const scenario = await Scenario.settled(6);
  const host = scenario.follower();
  const earlier = scenario.world.service.peek(`/drover/sessions/${host.node}`)?.stat.owner;
  host.restart();
  await scenario.world.clock.advance(2_000);
  t.equal(scenario.world.service.peek(`/drover/sessions/${host.node}`)?.stat.owner, earlier);
  t.equal(host.daemon.trust?.trusted, false);
  await scenario.until(() => scenario.isSettled(), 'all is well again');
});

void t.test('an unreadable epoch under a living leader: a new term above every one that was', async (t) => {
  for (const text of ['', 'rubbish', '{"v":1,"epoch":-3}', '{"v":1,"epoch":0}']) {
    const scenario = await Scenario.settled(7);
    const { epoch } = scenario.leader.election!.leadership!;
    await scenario.put(EPOCH, text);
    await recovers(t, scenario, epoch);
  }
});

void t.test('keys of the election deleted under a living leader: a new term', async (t) => {
  for (const what of ['term', 'leader', 'epoch', 'folder'] as const) {
    const scenario = await Scenario.settled(8);
    const { epoch, guard } = scenario.leader.election!.leadership!;
    const path = { term: guard.path, leader: LEADER, epoch: EPOCH, folder: '/drover/election' }[what];
    await scenario.wipe(path);
    t.comment(what);
    await recovers(t, scenario, epoch);
  }
});

void t.test('the epoch key and the folder of the election gone while nobody leads', async (t) => {
  const scenario = await Scenario.settled(9);
  const { epoch } = scenario.leader.election!.leadership!;
  for (const host of scenario.world.hosts) host.mayLead = false;
  await scenario.world.clock.settle(scenario.leader.election!.handOver());
  await scenario.wipe('/drover/election');
  for (const host of scenario.world.hosts) host.mayLead = true;
  await recovers(t, scenario, epoch);
});

void t.test(
  'children of the epoch that are no terms, or persistent ones, stand in nobody’s way',
  async (t) => {
    const scenario = await Scenario.settled(10);
    const { epoch } = scenario.leader.election!.leadership!;
    const future = `${EPOCH}/${String(epoch + 5).padStart(10, '0')}`;
    const lock = `${EPOCH}/${'0123456789abcdef'.repeat(2)}__lock__0000000001`;
    for (const path of [`${EPOCH}/rubbish`, `${EPOCH}/00000000001`, lock, future])
      await scenario.put(path, 'x');
    await scenario.put(future, 'written again');
    await scenario.wipe(LEADER);
    await recovers(t, scenario, epoch + 5);
    t.equal(scenario.text(future), undefined);
  },
);

void t.test('an unreadable hand-over is meant for nobody and goes', async (t) => {
  const scenario = await Scenario.settled(11);
  const { epoch } = scenario.leader.election!.leadership!;
  await scenario.put('/drover/election/handover', 'rubbish');
  await scenario.wipe(LEADER);
  await recovers(t, scenario, epoch);
  t.equal(scenario.text('/drover/election/handover'), undefined);
});

void t.test('a term whose work cannot begin is begun again', async (t) => {
  const scenario = new Scenario(12, ['hv1']);
  let failures = 3;
  scenario.world.onElected = () => {
    failures -= 1;
    if (failures >= 0) throw new Error('the work cannot begin');
  };
  await scenario.until(() => scenario.isSettled(), 'a leader that works');
  t.equal(failures, -1);
  t.ok(scenario.heard(/election/, 'warn'));
});

void t.test('N12 clocks that are a minute apart change nothing', async (t) => {
  const scenario = await Scenario.settled(13);
  const clocks = scenario.world.hosts.map(({ daemon }) => daemon.process.clock.now());
  t.ok(Math.max(...clocks) - Math.min(...clocks) > 10_000, 'they are apart');
  const to = scenario.follower();
  await scenario.world.clock.settle(scenario.leader.election!.handOver(to.node));
  t.ok((await scenario.leaderAgain((leader) => leader === to.daemon)) < 2_000);
});
