import t from 'tap';
import { ELECTION_KILL_POINTS } from '../../lib/ownership/index.js';
import { violations } from '../support/ownership-checker.js';
import { Scenario } from '../support/ownership-scenario.js';
import { SESSION_MS } from '../support/ownership-world.js';

void t.test('the list of kill points has every cut of every step', (t) => {
  const cuts = ['before', 'guarded', 'done'];
  const all = ['stand', 'clear', 'resign'].flatMap((kind) => cuts.map((cut) => `election/${kind}/${cut}`));
  t.same([...ELECTION_KILL_POINTS].sort(), all.sort());
  t.end();
});

/** What makes a daemon take a step of this kind. */
const CAUSES: Readonly<Record<string, (scenario: Scenario) => Promise<void>>> = {
  stand: (scenario) => scenario.world.clock.settle(scenario.leader.election!.handOver()),
  resign: (scenario) => scenario.wipe(scenario.leader.election!.leadership!.guard.path),
  clear: async (scenario) => {
    for (const { daemon } of scenario.world.hosts) daemon.process.pause();
    await scenario.world.clock.advance(SESSION_MS + 2_000);
    await scenario.put('/drover/election/leader', 'rubbish');
    for (const { daemon } of scenario.world.hosts) daemon.process.resume();
  },
};

for (const point of ELECTION_KILL_POINTS) {
  void t.test(
    `N3d a daemon killed at ${point}: a leader comes within the bound, and the dead one again`,
    async (t) => {
      for (let seed = 1; seed <= 3; seed += 1) {
        const scenario = await Scenario.settled(seed);
        const { world } = scenario;
        const { epoch } = scenario.leader.election!.leadership!;
        let killed: string | undefined;
        world.cut = async (daemon, name) => {
          if (name !== point || killed !== undefined) return;
          killed = daemon.host.node;
          daemon.process.kill();
          await daemon.process.here();
        };
        await CAUSES[point.split('/')[1] ?? '']?.(scenario);
        await scenario.until(() => killed !== undefined, `somebody comes to ${point}`);
        await scenario.leaderAgain((leader) => leader.election!.leadership!.epoch > epoch);
        scenario.host(killed ?? '').restart();
        await scenario.until(() => scenario.isSettled(), 'all is well again');
        await world.clock.advance(10_000);
        t.ok(scenario.isSettled(), `seed ${seed}: it stays well`);
        t.same(violations(world, false), []);
      }
    },
  );
}
