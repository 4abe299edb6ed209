import t from 'tap';
import type { SimStore } from '../../lib/sim/index.js';
import { violations } from '../support/ownership-checker.js';
import { Scenario } from '../support/ownership-scenario.js';

const VM = '00000001-0000-4000-8000-000000000001';

/** Lets `meanwhile` happen while `store` reads the names under `path`, the next time that it does. */
function holdNext(
  store: SimStore,
  path: string,
  meanwhile: () => Promise<void>,
): { readonly over: () => boolean } {
  let state: 'armed' | 'held' | 'over' = 'armed';
  const children = store.children.bind(store);
  store.children = async (asked, options) => {
    if (asked === path && state === 'armed') {
      state = 'held';
      await meanwhile();
      state = 'over';
    }
    return children(asked, options);
  };
  return { over: () => state === 'over' };
}

void t.test(
  'N5 a census whose reports go while it reads the records takes no VM from its node',
  async (t) => {
    const scenario = await Scenario.settled(1, ['hv1', 'hv2']);
    const hv1 = scenario.host('hv1');
    const hv2 = scenario.host('hv2');
    await scenario.world.clock.settle(scenario.leader.election!.handOver('hv1'));
    await scenario.leaderAgain((leader) => leader === hv1.daemon);
    const held = holdNext(hv1.daemon.store, '/drover/runs', async () => {
      scenario.world.service.expire(hv2.daemon.store);
      hv2.powerOff();
      await scenario.until(() => hv1.daemon.trust?.trusted === true, 'nobody doubts any more');
      await scenario.start(hv1, VM);
    });
    await scenario.rewriteMemory('hv2', { epoch: 1_000, zxid: '0x7fffffffffffffff' });
    await scenario.until(held.over, 'the census came to the records');
    await scenario.world.clock.advance(20_000);
    t.match(scenario.run(VM)?.holders, [{ node: 'hv1' }]);
    hv2.powerOn();
    await scenario.until(() => scenario.isSettled(), 'hv2 is back');
    t.match(scenario.run(VM)?.holders, [{ node: 'hv1' }]);
    t.equal(await scenario.tryStart(hv2, VM), 'HELD');
    t.same(violations(scenario.world, false), []);
  },
);

void t.test(
  'N3d a tree that was trusted under one session key is not under the next, until it is read',
  async (t) => {
    const scenario = await Scenario.settled(2);
    const host = scenario.follower();
    const { daemon } = host;
    const before = daemon.membership?.proof;
    const held = holdNext(daemon.store, '/nodes', async () => {
      scenario.world.service.expire(daemon.store);
      await scenario.until(() => daemon.membership?.proof?.czxid !== before?.czxid, 'the old key is gone');
      await scenario.until(() => daemon.membership?.proof !== undefined, 'the next key stands');
      t.equal(daemon.trust?.trusted, false);
      t.equal(await scenario.tryStart(host, VM), 'QUARANTINE');
    });
    daemon.trust?.wake();
    await scenario.until(held.over, 'the next key was there before the reading ended');
    t.equal(daemon.trust?.trusted, false, 'what was read is of the time before');
    await scenario.until(() => scenario.isSettled(), 'it is read again');
  },
);
