import t from 'tap';
import { violations } from '../support/ownership-checker.js';
import { LEADER_WITHIN_MS, Scenario } from '../support/ownership-scenario.js';
import { SESSION_MS } from '../support/ownership-world.js';

const VM1 = '00000001-0000-4000-8000-000000000001';
const VM2 = '00000002-0000-4000-8000-000000000002';
const VM3 = '00000003-0000-4000-8000-000000000003';

/** hv1 runs VM1, hv2 runs VM2. */
async function running(seed: number): Promise<Scenario> {
  const scenario = await Scenario.settled(seed);
  await scenario.start(scenario.host('hv1'), VM1);
  await scenario.start(scenario.host('hv2'), VM2);
  return scenario;
}

/** Waits until everybody trusts a tree of a higher incarnation. */
async function counted(scenario: Scenario, above: number): Promise<void> {
  await scenario.until(() => scenario.isSettled() && scenario.incarnation() > above, 'the census is over');
}

function fence(node: string) {
  return { id: `fence-${node}`, cursor: 'confirmed', node, epoch: 1, since: 0, recovery: [] };
}
const CONFIRMED = { confirmed: { how: 'operator', at: 0, by: 'admin', why: 'unplugged' } } as const;

void t.test('a first start: everybody reports, the tree gets its id, nothing starts before', async (t) => {
  const scenario = new Scenario(1);
  t.equal(await scenario.tryStart(scenario.host('hv1'), VM1).catch(String), 'hv1 is not up');
  await scenario.until(() => scenario.host('hv1').daemon.membership?.proof !== undefined, 'hv1 registers');
  t.equal(await scenario.tryStart(scenario.host('hv1'), VM1), 'QUARANTINE');
  await scenario.until(() => scenario.isSettled(), 'the first census is over');
  t.equal(scenario.incarnation(), 1);
  t.equal(await scenario.tryStart(scenario.host('hv1'), VM1), 'started');
  t.same(violations(scenario.world, false), []);
});

void t.test('a node that never came is named, and nothing starts until it has', async (t) => {
  const scenario = new Scenario(2);
  scenario.host('hv3').daemon.process.pause();
  await scenario.world.clock.advance(60_000);
  t.ok(scenario.heard(/the census waits for hv3:/));
  t.equal(await scenario.tryStart(scenario.host('hv1'), VM1), 'QUARANTINE');
  scenario.host('hv3').daemon.process.resume();
  await scenario.until(() => scenario.isSettled(), 'hv3 was the last');
});

void t.test(
  'N5 N7 a tree that was wiped under running VMs: records rebuilt, nothing started twice',
  async (t) => {
    for (let seed = 10; seed < 20; seed += 1) {
      const scenario = await running(seed);
      const { epoch } = scenario.leader.election!.leadership!;
      const { started } = scenario.world;
      // The records first: one that is deleted after a census has counted is for the VMs' own loops to adopt, and here are none.
      await scenario.wipe('/drover/runs');
      await scenario.wipe('/drover');
      await scenario.until(
        () => scenario.world.hosts.every(({ daemon }) => daemon.trust?.trusted === false),
        'everybody doubts',
      );
      t.equal(await scenario.tryStart(scenario.host('hv3'), VM1), 'QUARANTINE');
      await counted(scenario, 1);
      t.equal(scenario.world.started, started);
      t.equal(scenario.world.processes.size, 2, 'nothing ended');
      t.match(scenario.run(VM1), { holders: [{ node: 'hv1', role: 'run' }] });
      t.match(scenario.run(VM2), { holders: [{ node: 'hv2', role: 'run' }] });
      t.equal(scenario.incarnation(), 2);
      t.ok(scenario.leader.election!.leadership!.epoch > epoch, 'epochs go on where they were');
      t.equal(await scenario.tryStart(scenario.host('hv3'), VM1), 'HELD');
      t.equal(await scenario.tryStart(scenario.host('hv3'), VM3), 'started');
      t.same(violations(scenario.world, false), []);
    }
  },
);

void t.test(
  'N7 one node down while the tree is wiped: it is named, nothing starts; confirmed off, all goes on',
  async (t) => {
    const scenario = await running(20);
    scenario.host('hv2').powerOff();
    await scenario.wipe('/drover');
    await scenario.world.clock.advance(60_000);
    t.ok(scenario.heard(/the census waits for hv2: start droverd there, or confirm the node off/));
    t.equal(await scenario.tryStart(scenario.host('hv3'), VM3), 'QUARANTINE');
    await scenario.putDocument('fence', '/drover/fences/hv2', { ...fence('hv2'), ...CONFIRMED });
    await counted(scenario, 1);
    t.match(scenario.run(VM1), { holders: [{ node: 'hv1' }] });
    t.equal(scenario.run(VM2), undefined);
    t.equal(await scenario.tryStart(scenario.host('hv3'), VM2), 'started');
    scenario.host('hv2').powerOn();
    await scenario.until(() => scenario.host('hv2').daemon.trust?.trusted === true, 'hv2 is back');
    t.equal(await scenario.tryStart(scenario.host('hv2'), VM2), 'HELD');
    t.same(violations(scenario.world, false), []);
  },
);

void t.test('a confirmation that is written into a standing fence record wakes the census', async (t) => {
  const scenario = await running(21);
  scenario.host('hv2').powerOff();
  await scenario.wipe('/drover');
  await scenario.world.clock.advance(30_000);
  await scenario.putDocument('fence', '/drover/fences/hv2', fence('hv2'));
  await scenario.world.clock.advance(30_000);
  t.equal(scenario.incarnation(), 0, 'a fence that has only begun confirms nothing');
  await scenario.putDocument('fence', '/drover/fences/hv2', { ...fence('hv2'), ...CONFIRMED });
  await counted(scenario, 1);
});

void t.test(
  'a confirmation older than the term does not count, nor one under another node’s name',
  async (t) => {
    const scenario = await running(22);
    scenario.host('hv2').powerOff();
    await scenario.world.clock.advance(SESSION_MS + 1_000);
    await scenario.putDocument('fence', '/drover/fences/hv2', { ...fence('hv2'), ...CONFIRMED });
    await scenario.wipe('/drover/cluster');
    await scenario.wipe('/drover/election');
    await scenario.world.clock.advance(60_000);
    t.ok(scenario.heard(/the census waits for hv2/));
    await scenario.putDocument('fence', '/drover/fences/hv9', { ...fence('hv2'), ...CONFIRMED });
    await scenario.world.clock.advance(30_000);
    t.equal(scenario.incarnation(), 0);
    await scenario.putDocument('fence', '/drover/fences/hv2', { ...fence('hv2'), ...CONFIRMED });
    await counted(scenario, 0);
    t.equal(scenario.incarnation(), 2);
  },
);

void t.test(
  'N3c a tree restored from an older one: lower epoch, lower incarnation, records of the past',
  async (t) => {
    const scenario = await running(23);
    await scenario.wipe('/drover');
    await counted(scenario, 1);
    const { epoch } = scenario.leader.election!.leadership!;
    const cluster = JSON.parse(scenario.text('/drover/cluster') ?? '') as { id: string; incarnation: number };
    for (const { daemon } of scenario.world.hosts) daemon.process.pause();
    await scenario.world.clock.advance(SESSION_MS + 2_000);
    await scenario.putDocument('cluster', '/drover/cluster', { id: cluster.id, incarnation: 1 });
    await scenario.putDocument('election-epoch', '/drover/election/epoch', { epoch: 1 });
    await scenario.put('/drover/election/leader', '{"v":1,"node":"hv1","epoch":1,"since":0}');
    await scenario.put('/drover/election/epoch/0000000001', '{"v":1,"node":"hv1","epoch":1}');
    await scenario.put('/drover/sessions/hv1', 'restored');
    await scenario.put('/drover/census/hv2', 'restored');
    await scenario.put(
      '/drover/census/hv3',
      JSON.stringify({ v: 1, node: 'hv3', boot: 'b', incarnation: 1, at: 0, domains: [], remembered: {} }),
    );
    await scenario.wipe(`/drover/runs/${VM1}`);
    await scenario.put(`/drover/runs/${VM2}`, '{"v":1,"epoch":1,"holders":[],"edges":[]}');
    for (const { daemon } of scenario.world.hosts) daemon.process.resume();
    await counted(scenario, 2);
    t.match(scenario.run(VM1), { holders: [{ node: 'hv1' }] });
    t.match(scenario.run(VM2), { holders: [{ node: 'hv2' }] });
    t.ok(scenario.leader.election!.leadership!.epoch > epoch);
    t.match(JSON.parse(scenario.text('/drover/cluster') ?? ''), { id: cluster.id, incarnation: 3 });
    const reports = ['hv1', 'hv2', 'hv3'].map((node) => `/drover/census/${node}`);
    await scenario.until(
      () => reports.every((path) => scenario.text(path) === undefined),
      'no rubbish is left',
    );
    t.same(violations(scenario.world, false), []);
  },
);

void t.test('a node that has seen a far higher epoch: the primary outgrows it in place, once', async (t) => {
  const scenario = await running(24);
  const { leader } = scenario;
  await scenario.rewriteMemory(scenario.follower().node, { epoch: 500 });
  await counted(scenario, 1);
  t.equal(scenario.leader, leader);
  t.same(leader.terms, [1, 501]);
  await scenario.world.clock.advance(30_000);
  t.equal(scenario.leader, leader);
  t.equal(scenario.incarnation(), 2);
  t.same(violations(scenario.world, false), []);
});

void t.test(
  'a tree behind the transaction of a node’s last start is in doubt; one census settles it',
  async (t) => {
    const scenario = await running(25);
    await scenario.rewriteMemory('hv2', { zxid: '0x7fffffffffffffff' });
    await counted(scenario, 1);
    await scenario.world.clock.advance(60_000);
    t.equal(scenario.incarnation(), 2, 'and not again and again');
    t.ok(scenario.isSettled());
  },
);

void t.test('a node puts on its disk how far the tree was when it became a holder', async (t) => {
  const scenario = await running(26);
  const { zxid } = await scenario.memoryOf('hv1');
  const record = scenario.world.service.peek(`/drover/runs/${VM1}`);
  t.ok(BigInt(zxid) >= (record?.stat.mzxid ?? 0n));
});

void t.test(
  'an unreadable run record is written anew from what runs, its epoch above every earlier one',
  async (t) => {
    const scenario = await running(27);
    await scenario.put(`/drover/runs/${VM1}`, 'rubbish');
    await scenario.put(`/drover/runs/${VM3}`, 'rubbish');
    t.equal(
      await scenario.tryStart(scenario.host('hv3'), VM3),
      'TREE_UNREADABLE',
      'until then it is left alone',
    );
    await scenario.wipe('/drover/cluster');
    await counted(scenario, 0);
    t.match(scenario.run(VM1), { holders: [{ node: 'hv1' }] });
    t.ok((scenario.run(VM1)?.epoch ?? 0) > 1);
    t.equal(await scenario.tryStart(scenario.host('hv3'), VM1), 'HELD');
    t.equal(await scenario.tryStart(scenario.host('hv3'), VM3), 'started');
  },
);

void t.test('N14 a VM that two nodes report is told, kept with both, and not started again', async (t) => {
  const scenario = await running(28);
  scenario.world.processes.add({ vm: VM1, node: 'hv3' });
  await scenario.wipe('/drover');
  await counted(scenario, 1);
  t.ok(scenario.heard(/a VM runs on two nodes/, 'error'));
  t.same(
    scenario
      .run(VM1)
      ?.holders.map(({ node }) => node)
      .sort(),
    ['hv1', 'hv3'],
  );
  t.equal(await scenario.tryStart(scenario.host('hv2'), VM1), 'HELD');
  t.equal([...scenario.world.processes].filter(({ vm }) => vm === VM1).length, 2, 'nothing was killed');
});

void t.test('N3c garbage in the cluster record: a census under the id that the nodes remember', async (t) => {
  for (const text of ['', 'rubbish', '{"v":1,"id":"x","incarnation":0}']) {
    const scenario = await running(29);
    const { id } = JSON.parse(scenario.text('/drover/cluster') ?? '') as { id: string };
    await scenario.put('/drover/cluster', text);
    await scenario.until(() => scenario.text('/drover/cluster')?.includes(id) === true, 'the census is over');
    await counted(scenario, 1);
    t.match(scenario.run(VM1), { holders: [{ node: 'hv1' }] });
  }
});

void t.test('M10 a node of another cluster in this store stops everything until it is gone', async (t) => {
  const scenario = await running(30);
  await scenario.rewriteMemory('hv3', { cluster: '99999999-0000-4000-8000-000000000009', epoch: 900 });
  await scenario.world.clock.advance(60_000);
  t.ok(scenario.heard(/nodes of different clusters/));
  t.equal(scenario.incarnation(), 1);
  t.equal(await scenario.tryStart(scenario.host('hv1'), VM3), 'QUARANTINE');
  scenario.host('hv3').powerOff();
  await scenario.putDocument('fence', '/drover/fences/hv3', { ...fence('hv3'), ...CONFIRMED });
  await scenario.until(() => scenario.isSettled(), 'it goes on without', LEADER_WITHIN_MS + SESSION_MS);
});

void t.test(
  'a tree with nodes that are not ours waits for them by name; a lock among them is no node',
  async (t) => {
    const scenario = new Scenario(31);
    await scenario.until(() => scenario.operator.session().state === 'connected', 'the operator');
    await scenario.put('/nodes', '');
    await scenario.put('/nodes/pvc1', 'coordinator');
    await scenario.put(`/nodes/${'0123456789abcdef'.repeat(2)}__lock__0000000003`, '', 'ephemeral');
    await scenario.world.clock.advance(30_000);
    t.ok(scenario.heard(/the census waits for pvc1: /));
    await scenario.putDocument('fence', '/drover/fences/pvc1', { ...fence('pvc1'), ...CONFIRMED });
    await scenario.until(() => scenario.isSettled(), 'it was the last');
    for (const { node } of scenario.world.hosts) t.same((await scenario.memoryOf(node)).nodes, ['pvc1']);
  },
);

void t.test('a node that was removed from the tree is still asked for: it may run something', async (t) => {
  const scenario = await Scenario.settled(32);
  await scenario.put('/nodes', '');
  await scenario.put('/nodes/hv4', 'hypervisor');
  await scenario.world.clock.advance(5_000);
  t.same((await scenario.memoryOf('hv1')).nodes, ['hv4']);
  await scenario.wipe('/nodes/hv4');
  await scenario.wipe('/drover');
  await scenario.world.clock.advance(30_000);
  t.ok(scenario.heard(/the census waits for hv4:/));
  t.equal(await scenario.tryStart(scenario.host('hv1'), VM1), 'QUARANTINE');
});

void t.test('a disk that is full is never trusted for what it does not say', async (t) => {
  const scenario = await Scenario.settled(33);
  const host = scenario.follower();
  host.files.full = true;
  await scenario.world.clock.settle(scenario.leader.election!.handOver());
  await scenario.leaderAgain();
  await scenario.world.clock.advance(20_000);
  t.equal(host.daemon.trust?.trusted, false, 'the new epoch is not on its disk');
  host.files.full = false;
  await scenario.until(() => scenario.isSettled(), 'there is room again');
});
